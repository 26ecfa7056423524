"""The present rights of somebody who made a link or a report earlier, from what was stored about them then."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.access import without_sign_in
from analytics.access.blind import has_chosen, mark_blind_rater
from analytics.access.sign_in import normalise_email
from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.columns import UtcDateTime
from analytics.database.schema import members
from analytics.interviewlab.tables import belongs, users
from analytics.settings import Settings


def resolve_maker(
    db: Session, actor: str, settings: Settings, *, made_as: Role, user_id: int | None, made_at: datetime
) -> Viewer | None:
    """Return what the maker of something may see now; None if they may no longer sign in.

    An interviewee is known by their account, a coach or an admin by the e-mail that has a role. Nobody is more now than
    an interviewee who made it as one.
    """
    email = normalise_email(actor)
    moment = sa.literal(made_at, UtcDateTime())
    if user_id is not None:
        account = sa.select(users.c.is_active).where(users.c.id == user_id, belongs(moment, users))
        if not db.execute(account).scalar():
            return None
    if made_as is Role.INTERVIEWEE:
        may_link = settings.interviewees_link_reports
        if user_id is None:
            return None
        return Viewer(made_as, user_id=user_id, email=actor, may_link=may_link, rates_self=settings.self_rating)
    if made_as is Role.ADMIN and actor == TRUSTED.actor:
        return TRUSTED
    if db.execute(sa.select(users.c.id).where(sa.func.lower(users.c.email) == email, ~users.c.is_active)).first():
        return None
    member = db.execute(sa.select(members.c.id, members.c.role).where(members.c.email == email)).first()
    if email in settings.admin_emails or without_sign_in.administers(email, settings):
        role = Role.ADMIN
    elif member is not None:
        role = Role(member.role)
    else:
        return None
    member_id = None if member is None else member.id
    maker = Viewer(
        role, user_id, member_id, email=actor, may_link=settings.coaches_link_reports, rates_self=settings.self_rating
    )
    # A link must not open what its maker has to rate first.
    return mark_blind_rater(maker, settings, chosen=has_chosen(db, email))
