"""Makes the reports of batches one after the other, in any number of processes."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.access.makers import resolve_maker
from analytics.access.viewer import Role
from analytics.access.visits import note_visit
from analytics.columns import now
from analytics.database.errors import DatabaseError
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import batch_reports, report_batches
from analytics.report.html import report_html
from analytics.report.pdf import ReportError, report_pdf
from analytics.settings import Settings
from analytics.text import safe_file_name
from analytics.views.report import view_report

_log = logging.getLogger(__name__)
# After so long another process takes up a report that was begun.
LEASE: Final = timedelta(minutes=1)
# A report that ends the process every time it is made is given up.
_MOST_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class _Work:
    """A report that was begun, and what its batch says of it."""

    batch_id: str
    place: int
    user_id: int
    attempts: int
    until: datetime
    asked_by: str
    asked_as: str
    asker_id: int | None
    asked_at: datetime
    paper: Literal["a4", "us-letter"]
    zone: str


def make_waiting(
    engine: Engine, settings: Settings, *, lease: timedelta = LEASE, ending: threading.Event | None = None
) -> int:
    """Make the waiting reports that no other process is making, until `ending` is set, and count those finished."""
    count = 0
    while ending is None or not ending.is_set():
        with reading(engine) as db:
            if db.execute(_next()).first() is None:
                return count
        with writing(engine) as connection:
            work = _take(connection, lease)
        if work is None:
            return count
        state, name, content = _make(engine, settings, work)
        with writing(engine) as connection:
            _end(connection, work, state, name, content)
        count += 1
    return count


def _next() -> sa.Select[tuple[str, int]]:
    report = batch_reports.c
    waiting = sa.select(report.batch_id, report.place).where(report.state == "waiting", report.until <= now())
    return waiting.order_by(report.until, report.batch_id, report.place).limit(1)


def _take(connection: Connection, lease: timedelta) -> _Work | None:
    report, batch = batch_reports.c, report_batches.c
    chosen = _next()
    if connection.dialect.name == "postgresql":
        chosen = chosen.with_for_update(skip_locked=True)
    row = connection.execute(chosen).first()
    if row is None:
        return None
    where = sa.and_(report.batch_id == row.batch_id, report.place == row.place)
    begun = sa.update(batch_reports).where(where).values(until=now() + lease, attempts=report.attempts + 1)
    connection.execute(begun)
    asked = (batch.asked_by, batch.asked_as, batch.asker_id, batch.asked_at, batch.paper, batch.zone)
    found = connection.execute(
        sa.select(report.batch_id, report.place, report.user_id, report.attempts, report.until, *asked)
        .join(report_batches, batch.id == report.batch_id)
        .where(where)
    )
    work = found.mappings().first()
    return None if work is None else _Work(**work)


def _make(engine: Engine, settings: Settings, work: _Work) -> tuple[str, str | None, bytes | None]:
    """Make a report with the rights that whoever asked has now; one that is no PDF becomes HTML."""
    if work.attempts > _MOST_ATTEMPTS:
        return "failed", None, None
    try:
        with reading(engine) as db:
            viewer = resolve_maker(
                db, work.asked_by, settings,
                made_as=Role(work.asked_as), user_id=work.asker_id, made_at=work.asked_at,
            )  # fmt: skip
            if viewer is None:
                return "left_out", None, None
            zone = ZoneInfo(work.zone)
            report = view_report(viewer, work.user_id, settings.targets, db, zone=zone)
        if report is None:
            return "left_out", None, None
        # In the demo and in a workspace of one's own there is nobody to be told.
        if not settings.is_demo and not settings.is_own:
            note_visit(viewer, engine, "report", [work.user_id])
        name = f"interview-skills-{report.candidate}"
        try:
            return "made", safe_file_name(name, "pdf"), report_pdf(report, paper=work.paper)
        except ReportError:
            return "made", safe_file_name(name, "html"), report_html(report).encode()
    except DatabaseError:
        raise
    except Exception:  # whatever it is, others' reports have nothing to do with it
        _log.exception("A report of a batch could not be made")
        return "failed", None, None


def _end(connection: Connection, work: _Work, state: str, name: str | None, content: bytes | None) -> None:
    """Record what became of a report; nothing where its batch was dropped meanwhile, or somebody else ended it."""
    report = batch_reports.c
    # Each process that takes it up has it until another moment; what is to be made anew has another one too.
    mine = sa.and_(report.batch_id == work.batch_id, report.place == work.place, report.until == work.until)
    ended = sa.update(batch_reports).where(mine, report.state == "waiting")
    connection.execute(ended.values(state=state, file_name=name, content=content))
