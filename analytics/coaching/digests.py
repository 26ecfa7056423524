"""Digest subscriptions: chosen by each person for themselves, off by default, cancelled even without sign-in."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record, require_few_changes
from analytics.access.makers import resolve_maker
from analytics.access.sign_in import normalise_email
from analytics.access.viewer import Role, Viewer
from analytics.coaching.access import CoachingError
from analytics.database.sessions import upsert
from analytics.database.sharing_tables import digest_deliveries, digest_tokens, digests
from analytics.interviewlab.tables import moment_for, users
from analytics.settings import Settings


class Every(StrEnum):
    """How often a digest is sent."""

    DAY = "day"
    WEEK = "week"


class Channel(StrEnum):
    """How a digest is sent."""

    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's subscription, with their identity and role when they chose it."""

    email: str
    every: Every
    channel: Channel
    with_scores: bool
    chosen_as: Role
    user_id: int | None
    chosen_at: datetime


_COLUMNS: Final = (digests.c[name] for name in Subscription.__dataclass_fields__)
_ALL: Final = sa.select(*_COLUMNS).order_by(digests.c.email)


def subscriptions(db: Session) -> list[Subscription]:
    """List all subscriptions."""
    return [_subscription(row) for row in db.execute(_ALL).mappings()]


def digest_of(viewer: Viewer, db: Session | Connection) -> Subscription | None:
    """Read the viewer's subscription; None without one."""
    row = db.execute(_ALL.where(digests.c.email == viewer.email)).mappings().first()
    return None if row is None else _subscription(row)


def choose_digest(
    viewer: Viewer, db: Connection, every: Every | None, channel: Channel = Channel.MAIL, *, with_scores: bool = False
) -> None:
    """Set the viewer's subscription in place of the former one; None cancels it."""
    if not viewer.email:
        raise CoachingError("Your sign-in names no e-mail address.")
    require_few_changes(viewer, db)
    db.execute(sa.delete(digests).where(digests.c.email == viewer.email))
    if every is not None:
        chosen = Subscription(
            viewer.email, every, channel, with_scores, viewer.role, viewer.user_id, moment_for(db, viewer.user_id)
        )
        db.execute(upsert(db, digests).values(asdict(chosen)))
    way = None if every is None else channel
    record(db, viewer.actor, "choose_digest", every=every, channel=way, with_scores=with_scores)


def unsubscribe(db: Connection, token: str) -> bool:
    """Cancel the subscription with this token; False for an unknown token.

    Ending them twice does nothing more.
    """
    email = email_of(db, token)
    if email is None:
        return False
    if db.execute(sa.delete(digests).where(digests.c.email == email)).rowcount:
        record(db, email, "end_digest")
    return True


def email_of(db: Session | Connection, token: str) -> str | None:
    """Return the address a token was sent to, however long ago; None for an unknown token."""
    # A copy of a former version keeps it with the delivery, while copies are replaced one by one.
    kept = (digest_tokens.c, digest_deliveries.c)
    found = (sa.select(rows.email).where(rows.token_hash == token_hash(token)) for rows in kept)
    return db.execute(sa.union_all(*found)).scalar()


def token_hash(token: str) -> str:
    """Hash a token for storage: 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def recipient_now(db: Session, chosen: Subscription, settings: Settings) -> Viewer | None:
    """Return what a subscriber may see now; None if they may not sign in, or have another address."""
    viewer = resolve_maker(
        db, chosen.email, settings, made_as=chosen.chosen_as, user_id=chosen.user_id, made_at=chosen.chosen_at
    )
    if viewer is None:
        return None
    if chosen.user_id is not None:
        address = db.execute(sa.select(users.c.email).where(users.c.id == chosen.user_id)).scalar()
        if normalise_email(address or "") != normalise_email(chosen.email):
            return None
    return viewer if viewer.sees_others else replace(viewer, sees_cohort=settings.interviewees_see_cohort)


def _subscription(row: sa.RowMapping) -> Subscription:
    kinds = {"every": Every(row["every"]), "channel": Channel(row["channel"]), "chosen_as": Role(row["chosen_as"])}
    return Subscription(**dict(row) | kinds)
