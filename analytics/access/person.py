"""A person whose data is exported or deleted: since when they have their id, and which e-mails are surely theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.coaching_data import made_since
from analytics.access.sign_in import TIED_AT, normalise_email
from analytics.database.schema import audit, candidate_summaries, identities, members, skill_scores
from analytics.interviewlab.tables import interviews, users
from analytics.text import is_canonical_address


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever has an id, or had it last.

    `emails` are proven: verified by the platform, or by the provider at a sign-in that is tied to this person. Those
    that are `unproven` stand in their account all the same, and nobody else is known by them.
    """

    user_id: int
    since: datetime | None
    emails: tuple[str, ...]
    unproven: tuple[str, ...]
    interview_ids: tuple[int, ...]
    gone_ids: tuple[int, ...]


def find_person(db: Session | Connection, user_id: int) -> Person:
    """Find whoever has this id; of somebody who is gone what our own tables still know."""
    user = db.execute(
        sa.select(users.c.email, users.c.is_verified, users.c.created_at).where(users.c.id == user_id)
    ).first()
    since = None if user is None else user.created_at
    tied = made_since(TIED_AT, since, identities.c.user_id == user_id)
    proven = _emails(db.execute(sa.select(identities.c.email).where(tied)).scalars())
    if user is not None and user.is_verified and is_canonical_address(user.email):
        proven |= _emails([user.email])
    copied = db.execute(
        sa.select(candidate_summaries.c.email).where(candidate_summaries.c.user_id == user_id)
    ).scalars()
    # Of whoever is gone nothing else tells under which e-mail they asked to be deleted.
    asked = made_since(audit.c.at, since, sa.and_(audit.c.user_id == user_id, audit.c.action == "ask_deletion"))
    asker = db.execute(sa.select(audit.c.actor).where(asked, audit.c.actor.contains("@"))).scalars()
    told = _emails([*asker, *copied, user and user.email]) - proven
    ids = db.execute(sa.select(interviews.c.id).where(interviews.c.user_id == user_id)).scalars()
    scored = sa.select(skill_scores.c.interview_id).where(skill_scores.c.user_id == user_id)
    recorded = sa.select(audit.c.interview_id).where(made_since(audit.c.at, since, audit.c.user_id == user_id))
    former = sa.union(scored, recorded).subquery().c.interview_id
    gone = sa.select(former).where(former.is_not(None), ~sa.exists().where(interviews.c.id == former))
    return Person(
        user_id=user_id,
        since=since,
        emails=tuple(sorted(proven)),
        unproven=tuple(sorted(email for email in told if not _is_known(db, email, user_id))),
        interview_ids=tuple(sorted(ids)),
        gone_ids=tuple(sorted(db.execute(gone).scalars())),
    )


def _emails(found: Iterable[str | None]) -> set[str]:
    return {normalise_email(email) for email in found if email}


def _is_known(db: Session | Connection, email: str, user_id: int) -> bool:
    """Return whether somebody else has a role, a sign-in or an account with an e-mail."""
    account = sa.func.lower(users.c.email) == email, users.c.id != user_id
    others = (members.c.email == email, identities.c.email == email, sa.and_(*account))
    return bool(db.execute(sa.select(sa.or_(*(sa.exists().where(other) for other in others)))).scalar())
