"""The rows of batches: created, followed, read and deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics.access.audit import record, require_few_changes
from analytics.access.viewer import NotAllowedError, Viewer, scope
from analytics.coaching.access import CoachingError, MissingError
from analytics.columns import now
from analytics.database.sessions import writing
from analytics.database.sharing_tables import batch_reports, report_batches
from analytics.interviewlab.tables import belongs, users

MOST: Final = 500
# One more of the same person would wait behind these.
MOST_OPEN: Final = 3
# Each is a file of some 50 kB that lies in the database for a day.
MOST_KEPT: Final = 2_000
# Reports are made for taking them, not for keeping them.
KEPT: Final = timedelta(days=1)
_MISSING: Final = "These reports do not exist, or they were not made for you."
_WAITING, _MADE = "waiting", "made"


@dataclass(frozen=True, slots=True)
class Batch:
    """Requested reports: of `total`, how many are `made`, left out or failed; the others wait.

    Left out are people whom whoever asked may no longer see.
    """

    id: str
    asked_at: datetime
    total: int
    made: int
    left_out: int
    failed: int

    @property
    def done(self) -> int:
        """Return how many reports are settled."""
        return self.made + self.left_out + self.failed

    @property
    def is_open(self) -> bool:
        """Return whether reports are still waiting."""
        return self.done < self.total


def ask(viewer: Viewer, db: Connection, user_ids: Sequence[int], *, paper: str = "a4", zone: str = "UTC") -> str:
    """Request a report of each of these people, in this order, and return the batch's id.

    Raises `NotAllowedError` for an interviewee, `MissingError` where one of them is not there to be seen, and
    `CoachingError` for nobody, too many, or too many batches at once.
    """
    if not viewer.sees_others:
        raise NotAllowedError("Reports of many people are for coaches and admins.")
    if not user_ids:
        raise CoachingError("There is nobody to report about.")
    wanted = list(dict.fromkeys(user_ids))
    if len(wanted) > MOST:
        raise CoachingError(f"At most {MOST} reports are made at once.")
    seen = sa.select(sa.func.count()).where(users.c.id.in_(wanted), scope(viewer.role, users.c.id))
    if db.execute(seen.select_from(users), dict(viewer.parameters)).scalar_one() < len(wanted):
        raise MissingError("A candidate does not exist, or you do not have access.")
    kept = _batches(viewer, db)
    if sum(batch.is_open for batch in kept) >= MOST_OPEN:
        raise CoachingError("Earlier reports of yours are still being made. Wait for them, or cancel them.")
    if sum(batch.total for batch in kept) + len(wanted) > MOST_KEPT:
        raise CoachingError(
            f"At most {MOST_KEPT:,} of your reports are kept, each for a day. Remove earlier ones, or go on tomorrow."
        )
    require_few_changes(viewer, db)
    batch_id, moment = str(uuid4()), now()
    asker = {"asked_by": viewer.actor, "asked_as": viewer.role.value, "asker_id": viewer.user_id, "asked_at": moment}
    db.execute(sa.insert(report_batches).values(id=batch_id, paper=paper, zone=zone, **asker))
    waiting = {"batch_id": batch_id, "state": _WAITING, "until": moment, "attempts": 0}
    db.execute(
        sa.insert(batch_reports),
        [waiting | {"place": place, "user_id": user_id} for place, user_id in enumerate(wanted, 1)],
    )
    record(db, viewer.actor, "ask_reports", batch=batch_id, count=len(wanted))
    return batch_id


def latest(viewer: Viewer, db: Session) -> Batch | None:
    """Find the viewer's newest batch; None without any."""
    return next(iter(_batches(viewer, db)), None)


def find(viewer: Viewer, db: Session | Connection, batch_id: str) -> Batch:
    """Find a batch of the viewer's; raises `MissingError` for anybody else's."""
    for batch in _batches(viewer, db):
        if batch.id == batch_id:
            return batch
    raise MissingError(_MISSING)


def drop(viewer: Viewer, db: Connection, batch_id: str) -> None:
    """Delete a batch of the viewer's; its waiting reports are not made."""
    find(viewer, db, batch_id)
    db.execute(sa.delete(batch_reports).where(batch_reports.c.batch_id == batch_id))
    db.execute(sa.delete(report_batches).where(report_batches.c.id == batch_id))


def files(viewer: Viewer, db: Session, batch_id: str) -> Iterator[tuple[int, str, bytes]]:
    """Read the finished reports of a batch of the viewer's: person, file name and file.

    Nothing of people whom the viewer may no longer see. Raises `MissingError` as `find`.
    """
    find(viewer, db, batch_id)
    report = batch_reports.c
    statement = (
        sa.select(report.user_id, report.file_name, report.content)
        .join(report_batches, report_batches.c.id == report.batch_id)
        .join(users, users.c.id == report.user_id)
        .where(report.batch_id == batch_id, report.state == _MADE, belongs(report_batches.c.asked_at, users))
        .where(scope(viewer.role, report.user_id))
        .order_by(report.place)
    )
    for row in db.execute(statement, dict(viewer.parameters)):
        yield row.user_id, row.file_name, row.content


def delete_old(engine: Engine) -> None:
    """Delete expired batches, and reports whose batch is gone."""
    with writing(engine) as db:
        db.execute(sa.delete(report_batches).where(report_batches.c.asked_at <= now() - KEPT))
        db.execute(sa.delete(batch_reports).where(batch_reports.c.batch_id.not_in(sa.select(report_batches.c.id))))


def _batches(viewer: Viewer, db: Session | Connection) -> list[Batch]:
    """List the viewer's batches that are kept, the latest first."""
    count, state = sa.func.count(), batch_reports.c.state
    counts = [count.filter(state == name).label(name) for name in (_MADE, "left_out", "failed")]
    asked = report_batches.c
    statement = (
        sa.select(asked.id, asked.asked_at, count.label("total"), *counts)
        .join(batch_reports, batch_reports.c.batch_id == asked.id)
        .where(asked.asked_by == viewer.actor, asked.asked_as == viewer.role.value, asked.asked_at > now() - KEPT)
        .group_by(asked.id, asked.asked_at)
        .order_by(asked.asked_at.desc(), asked.id)
    )
    return [Batch(**row) for row in db.execute(statement).mappings()]
