"""Claims: which process sends a digest; one row per person and period, claimed before anything is sent.

If its process dies, a claim expires and another process sends the digest. If the digest had been accepted before that
could be recorded, it is sent a second time, under the same id: mail servers do the same among themselves (RFC 5321,
4.5.4.1), and better twice than never.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer
from analytics.coaching.digests import Subscription, token_hash
from analytics.coaching.news import State, keep_reported
from analytics.columns import now
from analytics.database.sessions import upsert
from analytics.database.sharing_tables import digest_deliveries, digest_tokens, digests

MOST_FAILURES: Final = 3
_TOKEN_BYTES: Final = 32
_rows: Final = digest_deliveries.c


class DeliveryState(StrEnum):
    """The state of a digest."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    NOTHING = "nothing"
    FAILED = "failed"


_OPEN: Final = (DeliveryState.WAITING, DeliveryState.CLAIMED, DeliveryState.SENDING)


class LostClaimError(Exception):
    """A claim that another process has taken over, or whose digest is no longer wanted."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one digest: its `id`, from which the id of the message is made, and the unsubscribe token."""

    id: str
    name: str
    token: str
    subscription: Subscription
    due_on: date
    failures: int


def find_ended(db: Session, days: set[date]) -> set[tuple[str, date]]:
    """Return the digests due on these days that need nothing more."""
    statement = sa.select(_rows.email, _rows.due_on).where(_rows.due_on.in_(days), _rows.state.not_in(_OPEN))
    return {(email, due_on) for email, due_on in db.execute(statement)}


def last_made(db: Session, subscription: Subscription) -> datetime:
    """Return when the last digest to this address was made, even if empty; before the first, when it was chosen."""
    ended = _rows.state.in_((DeliveryState.SENT, DeliveryState.NOTHING))
    statement = sa.select(sa.func.max(_rows.changed_at)).where(_rows.email == subscription.email, ended)
    return db.execute(statement).scalar() or subscription.chosen_at


def take(db: Connection, subscription: Subscription, due_on: date, lease: timedelta) -> Claim | None:
    """Claim a digest for a time; None if another process has it, it waits for a retry, or it has ended."""
    at = now()
    new = {"email": subscription.email, "due_on": due_on, "id": str(uuid4()), "state": DeliveryState.WAITING}
    new |= {"until": at, "failures": 0, "sentence": "", "changed_at": at}
    db.execute(upsert(db, digest_deliveries).values(new).on_conflict_do_nothing())
    free = sa.and_(_rows.email == subscription.email, _rows.due_on == due_on, _rows.until <= at)
    name, token = str(uuid4()), secrets.token_urlsafe(_TOKEN_BYTES)
    claimed = (
        sa.update(digest_deliveries)
        .where(free, _rows.state.in_(_OPEN))
        .values(state=DeliveryState.CLAIMED, claim=name, until=at + lease, changed_at=at)
        .returning(_rows.id, _rows.failures)
    )
    row = db.execute(claimed).first()
    return None if row is None else Claim(row.id, name, token, subscription, due_on, row.failures)


def begin(db: Connection, claim: Claim, lease: timedelta) -> None:
    """Record that the message is being sent now; raises `LostClaimError` if it must not be."""
    wanted = sa.exists().where(
        digests.c.email == claim.subscription.email, digests.c.chosen_at == claim.subscription.chosen_at
    )
    at = now()
    values = {"state": DeliveryState.SENDING, "until": at + lease, "changed_at": at}
    _move(db, claim, values, sa.and_(_rows.state == DeliveryState.CLAIMED, wanted))
    token = {"token_hash": token_hash(claim.token), "email": claim.subscription.email, "made_at": at}
    db.execute(sa.insert(digest_tokens).values(token))


def mark_sent(db: Connection, claim: Claim, viewer: Viewer, told: Mapping[int, State], read_at: datetime) -> None:
    """Record that the message was accepted, and what it told about whom: as it stood at `read_at`."""
    _move(db, claim, {"state": DeliveryState.SENT, "sentence": "", "changed_at": read_at})
    for user_id, state in told.items():
        # A look at the page since then was told more.
        keep_reported(viewer, db, user_id, state, read_at)


def mark_empty(db: Connection, claim: Claim, read_at: datetime) -> None:
    """Record that there was nothing to tell at `read_at`."""
    _move(db, claim, {"state": DeliveryState.NOTHING, "sentence": "", "changed_at": read_at})


def fail(db: Connection, claim: Claim, sentence: str, pause: timedelta) -> None:
    """Record a failed attempt: it is retried after a growing pause, or given up."""
    at, failures = now(), claim.failures + 1
    state = DeliveryState.WAITING if failures < MOST_FAILURES else DeliveryState.FAILED
    values = {"state": state, "failures": failures, "sentence": sentence, "until": at + failures * pause}
    _move(db, claim, values | {"changed_at": at})


def _move(
    db: Connection, claim: Claim, values: Mapping[str, object], condition: sa.ColumnElement[bool] | None = None
) -> None:
    held = sa.and_(_rows.email == claim.subscription.email, _rows.due_on == claim.due_on, _rows.claim == claim.name)
    where = held if condition is None else sa.and_(held, condition)
    if not db.execute(sa.update(digest_deliveries).where(where).values(dict(values))).rowcount:
        raise LostClaimError


def period(at: datetime, hour: int, *, weekly: bool) -> datetime:
    """Return the last moment at which a digest was due: every day, or every Monday, at an hour of UTC."""
    moment = at.replace(hour=hour, minute=0, second=0, microsecond=0)
    if moment > at:
        moment -= timedelta(days=1)
    return moment - timedelta(days=moment.weekday()) if weekly else moment
