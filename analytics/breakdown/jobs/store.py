"""Jobs: somebody presses the button, and the breakdown is made whatever becomes of the page or the process.

A press is a row of `breakdown_jobs`, at most one unfinished for each interview, and a durable workflow of the same id
(`analytics.breakdown.workflow`) that does the work and writes into the row how far it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics import audit
from analytics.access import Viewer, scope
from analytics.breakdown.holding import require_editor
from analytics.breakdown.records import Record
from analytics.database import described, execute, now, writing
from analytics.queries import as_utc
from analytics.schema import breakdown_jobs, interviews


class JobError(Exception):
    """A job cannot be started or changed; the message says why."""


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Progress(Record):
    """How far a running job is: calls done of those expected, tokens so far, and a sentence for each skill."""

    done: int = 0
    total: int = 0
    tokens: int = 0
    skills: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it


@dataclass(frozen=True, slots=True)
class Job:
    """One press of the button and what came of it; `sentence` says it in words."""

    id: str
    interview_id: int
    pressed_by: str
    pressed_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    state: JobState
    cancel_requested: bool
    progress: Progress
    sentence: str
    version_id: str | None
    batch_id: str | None

    @property
    def workflow_id(self) -> str:
        """Name the workflow behind it: its own, or that of the batch it is made in."""
        return self.batch_id or self.id

    @property
    def is_open(self) -> bool:
        """Tell whether it is not finished yet."""
        return self.finished_at is None


_COLUMNS: Final = tuple(
    breakdown_jobs.c[name]
    for name in (
        "id",
        "interview_id",
        "pressed_by",
        "pressed_at",
        "started_at",
        "finished_at",
        "state",
        "cancel_requested",
        "progress",
        "sentence",
        "version_id",
        "batch_id",
    )
)
_OPEN: Final = breakdown_jobs.c.finished_at.is_(None)


def latest(viewer: Viewer, db: Session, interview_id: int) -> Job | None:
    """Find the job of an interview that was pressed last; None without any, or where the viewer may not see it.

    An open one was, whatever the clock of the copy says that noted the others.
    """
    statement = (
        sa.select(*_COLUMNS)
        .join(interviews, interviews.c.id == breakdown_jobs.c.interview_id)
        .where(breakdown_jobs.c.interview_id == interview_id, scope(viewer.role, interviews.c.user_id))
        .order_by(_OPEN.desc(), breakdown_jobs.c.pressed_at.desc())
    )
    row = execute(db, statement.limit(1), dict(viewer.parameters)).first()
    return None if row is None else _job(row)


def by_id(db: Session | Connection, job_ids: Sequence[str]) -> list[Job]:
    """Find jobs by their ids, for whoever runs the program; unknown ids give none."""
    rows = execute(db, sa.select(*_COLUMNS).where(breakdown_jobs.c.id.in_(job_ids)))
    return [_job(row) for row in rows]


def enter(viewer: Viewer, engine: Engine, interview_id: int, *, batch: str | None = None) -> Job:
    """Note a press and give the interview's open job: a new one, or the one that somebody else has pressed.

    A new one is made in a batch where one is named.
    Raises `NotAllowedError` for an interviewee and `JobError` for an interview that is not completed or not there.
    """
    require_editor(viewer)
    visible = sa.select(interviews.c.status, interviews.c.user_id).where(
        interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id)
    )
    try:
        with writing(engine) as connection:
            row = execute(connection, visible, dict(viewer.parameters)).first()
            if row is None:
                raise JobError("There is no such interview.")
            if row.status != "completed":
                raise JobError("The interview is not completed, so there is nothing to assess yet.")
            held = sa.select(*_COLUMNS).where(breakdown_jobs.c.interview_id == interview_id, _OPEN)
            # The open one may end between the two statements.
            while True:
                if execute(connection, _pressed(connection, viewer, interview_id, batch)).first():
                    audit.record(
                        connection, viewer.actor, "start breakdown", interview_id=interview_id, user_id=row.user_id
                    )
                if found := execute(connection, held).first():
                    return _job(found)
    except (exc.SQLAlchemyError, OSError) as error:
        raise described(error) from error


def _pressed(connection: Connection, viewer: Viewer, interview_id: int, batch: str | None) -> sa.Executable:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(breakdown_jobs).values(
        id=str(uuid.uuid4()),
        batch_id=batch,
        interview_id=interview_id,
        pressed_by=viewer.actor,
        pressed_at=now(),
        state=JobState.WAITING,
        cancel_requested=False,
        progress=Progress().model_dump_json(),
        sentence="Waiting for its turn.",
    )
    return row.on_conflict_do_nothing().returning(breakdown_jobs.c.id)


def cancel(viewer: Viewer, engine: Engine, interview_id: int, *, only_waiting: bool = False) -> None:
    """Ask the open job of an interview to stop; one that has not begun ends at once.

    What was paid for until then is lost, and nothing that is shown changes; `only_waiting` leaves alone what has begun.
    Does nothing where no job is open. Who asked is in the audit trail only: the interviewee reads the job as well.
    """
    require_editor(viewer)
    ids = sa.select(interviews.c.id).where(interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id))
    asked = sa.update(breakdown_jobs).where(breakdown_jobs.c.interview_id.in_(ids), _OPEN).values(cancel_requested=True)
    before = asked.where(breakdown_jobs.c.started_at.is_(None)).values(
        finished_at=now(), state=JobState.CANCELLED, sentence="Cancelled before it began. Nothing was changed."
    )
    during = asked.values(sentence="Being cancelled.")
    try:
        with writing(engine) as connection:
            for statement in (before,) if only_waiting else (before, during):
                found = statement.returning(breakdown_jobs.c.id)
                if execute(connection, found, dict(viewer.parameters)).first() is not None:
                    audit.record(connection, viewer.actor, "cancel breakdown", interview_id=interview_id)
                    return
    except (exc.SQLAlchemyError, OSError) as error:
        raise described(error) from error


# What the workflow writes into the row. Each is one statement that does nothing to a job that is finished.


def begin(engine: Engine, job_id: str) -> Job | None:
    """Note that a job begins; None for one that was cancelled before."""
    started = sa.func.coalesce(breakdown_jobs.c.started_at, sa.bindparam("moment", now(), type_=sa.DateTime(True)))
    with writing(engine) as connection:
        _update(connection, job_id, started_at=started, state=JobState.RUNNING, sentence="Reading the interview.")
        found = by_id(connection, [job_id])
    return found[0] if found and found[0].is_open else None


def tell(engine: Engine, job_id: str, progress: Progress) -> None:
    """Note how far a job is."""
    with writing(engine) as connection:
        _update(connection, job_id, progress=progress.model_dump_json())


def is_cancelled(engine: Engine, job_id: str) -> bool:
    """Tell whether somebody asked a job to stop."""
    asked = sa.select(breakdown_jobs.c.cancel_requested).where(breakdown_jobs.c.id == job_id)
    with engine.connect() as connection:
        return bool(execute(connection, asked).scalar())


def close(engine: Engine, job_id: str, state: JobState, sentence: str) -> None:
    """Note the end of a job that brought nothing."""
    with writing(engine) as connection:
        _update(connection, job_id, finished_at=now(), state=state, sentence=sentence)


def finish(connection: Connection, job_id: str, sentence: str, version_id: str) -> None:
    """Note the end of a job in the transaction that saves its version."""
    _update(connection, job_id, finished_at=now(), state=JobState.FINISHED, sentence=sentence, version_id=version_id)


def open_jobs(engine: Engine) -> list[Job]:
    """List the jobs that are not finished."""
    with engine.connect() as connection:
        return [_job(row) for row in execute(connection, sa.select(*_COLUMNS).where(_OPEN))]


def _update(connection: Connection, job_id: str, **values: Any) -> None:
    execute(connection, sa.update(breakdown_jobs).where(breakdown_jobs.c.id == job_id, _OPEN).values(**values))


def _job(row: Sequence[Any]) -> Job:
    values = dict(zip((column.name for column in _COLUMNS), row, strict=True))
    try:
        progress = Progress.model_validate_json(values["progress"])
    except ValidationError:
        progress = Progress()
    moments = {name: as_utc(values[name]) for name in ("pressed_at", "started_at", "finished_at")}
    return Job(**values | moments | {"state": JobState(values["state"]), "progress": progress})
