"""The rows of `breakdown_jobs`: created, followed, cancelled and closed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics.access import audit, orphans
from analytics.access.blind import find_hidden
from analytics.access.viewer import Viewer, scope
from analytics.breakdown.jobs.job import Budget, BudgetError, Job, JobError, JobProgress, JobState
from analytics.breakdown.versions.locking import require_editor
from analytics.columns import now
from analytics.database.schema import breakdown_jobs
from analytics.database.sessions import reading, upsert, writing
from analytics.interviewlab.feedback import Reason
from analytics.interviewlab.tables import belongs, interviews

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


# As many in all may be open before nobody can press: hours of work for one process.
MOST_OPEN: Final = 500
_OPEN: Final = breakdown_jobs.c.finished_at.is_(None)


def latest(viewer: Viewer, db: Session, interview_id: int) -> Job | None:
    """Return the newest job of an interview; None without any, or if the viewer may not see it.

    An open one was, whatever the clock of the copy says that noted the others.
    """
    statement = (
        sa.select(*_COLUMNS)
        .join(interviews, interviews.c.id == breakdown_jobs.c.interview_id)
        .where(
            breakdown_jobs.c.interview_id == interview_id,
            belongs(breakdown_jobs.c.pressed_at),
            scope(viewer.role, interviews.c.user_id),
        )
        .order_by(_OPEN.desc(), breakdown_jobs.c.pressed_at.desc())
    )
    row = db.execute(statement.limit(1), dict(viewer.parameters)).first()
    return None if row is None else hide_result(viewer, db, _job(row))


def hide_result(viewer: Viewer, db: Session, job: Job) -> Job:
    """Return a job without its result if the viewer has to rate the interview first."""
    if not find_hidden(viewer, db, interview_ids=[job.interview_id]):
        return job
    progress = JobProgress(done=job.progress.done, total=job.progress.total)
    return replace(job, progress=progress, sentence=Reason.UNRATED.sentence, version_id=None)


def with_open_job(viewer: Viewer, db: Session, interview_ids: Sequence[int]) -> list[int]:
    """Return those of these interviews that have an open job and that the viewer may see."""
    statement = (
        sa.select(breakdown_jobs.c.interview_id)
        .join(interviews, interviews.c.id == breakdown_jobs.c.interview_id)
        .where(breakdown_jobs.c.interview_id.in_(interview_ids), _OPEN, scope(viewer.role, interviews.c.user_id))
    )
    return list(db.execute(statement, dict(viewer.parameters)).scalars()) if interview_ids else []


def by_id(db: Session | Connection, job_ids: Sequence[str]) -> list[Job]:
    """Return jobs by id, without access control; unknown ids are left out."""
    rows = db.execute(sa.select(*_COLUMNS).where(breakdown_jobs.c.id.in_(job_ids)))
    return [_job(row) for row in rows]


def budget(viewer: Viewer, db: Session | Connection, per_day: int) -> Budget:
    """Count a person's requests of the last day, and all open jobs."""
    since = now() - timedelta(days=1)
    own = sa.select(sa.func.count()).where(
        breakdown_jobs.c.pressed_by == viewer.actor,
        breakdown_jobs.c.pressed_at > sa.bindparam("since", since, type_=sa.DateTime(timezone=True)),
    )
    pressed = db.execute(own).scalar_one()
    waiting = db.execute(sa.select(sa.func.count()).where(_OPEN)).scalar_one()
    return Budget(per_day=per_day, left=max(per_day - pressed, 0), queue_is_full=waiting >= MOST_OPEN)


def request(
    viewer: Viewer,
    engine: Engine,
    interview_id: int,
    *,
    batch: str | None = None,
    per_day: int | None = None,
) -> Job:
    """Record a press and return the interview's open job: a new one, or the one already requested.

    A new one is made in a batch where one is named. `per_day` bounds the new ones of one person, and the open ones of
    all; None, for whoever runs the program, does not. Raises `NotAllowedError` as `require_editor`, `JobError` for an
    interview that is not completed or not there, `BudgetError` beyond the bounds.
    """
    visible = sa.select(interviews.c.status, interviews.c.user_id, interviews.c.created_at).where(
        interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id)
    )
    with writing(engine) as connection:
        require_editor(viewer, connection, interview_id)
        row = connection.execute(visible, dict(viewer.parameters)).first()
        if row is None:
            raise JobError("This interview does not exist, or you do not have access.")
        if row.status != "completed":
            raise JobError("The interview is not completed, so there is nothing to assess yet.")
        orphans.stop_job(connection, interview_id)
        open_job = sa.select(*_COLUMNS).where(breakdown_jobs.c.interview_id == interview_id, _OPEN)
        if per_day is not None and (refusal := _refusal(connection, viewer, per_day)) is not None:
            if found := connection.execute(open_job).first():
                return _job(found)
            raise BudgetError(refusal)
        # The open one may end between the two statements.
        while True:
            if connection.execute(_insert_press(connection, viewer, interview_id, batch, row.created_at)).first():
                audit.record(
                    connection, viewer.actor, "start breakdown", interview_id=interview_id, user_id=row.user_id
                )
            if found := connection.execute(open_job).first():
                return _job(found)


def _refusal(connection: Connection, viewer: Viewer, per_day: int) -> str | None:
    if connection.dialect.name == "postgresql":
        # Those who press at the same moment are counted one after the other.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('skill_analytics.presses'))"))
    return budget(viewer, connection, per_day).refusal


def _insert_press(
    connection: Connection, viewer: Viewer, interview_id: int, batch: str | None, since: datetime
) -> sa.Executable:
    row = upsert(connection, breakdown_jobs).values(
        id=str(uuid.uuid4()),
        batch_id=batch,
        interview_id=interview_id,
        pressed_by=viewer.actor,
        pressed_at=max(now(), since),
        state=JobState.WAITING,
        cancel_requested=False,
        progress=JobProgress().model_dump_json(),
        sentence="Waiting for its turn.",
    )
    return row.on_conflict_do_nothing().returning(breakdown_jobs.c.id)


def cancel(viewer: Viewer, engine: Engine, interview_id: int, *, only_waiting: bool = False) -> None:
    """Cancel the open job of an interview; one that has not begun ends at once.

    What was paid for until then is lost, and nothing that is shown changes; `only_waiting` leaves alone what has begun.
    Does nothing where no job is open. Who asked is in the audit trail only: the interviewee reads the job as well.
    """
    ids = sa.select(interviews.c.id).where(interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id))
    asked = sa.update(breakdown_jobs).where(breakdown_jobs.c.interview_id.in_(ids), _OPEN).values(cancel_requested=True)
    before = asked.where(breakdown_jobs.c.started_at.is_(None)).values(
        finished_at=now(), state=JobState.CANCELLED, sentence="Cancelled before it began. Nothing was changed."
    )
    during = asked.values(sentence="Being cancelled.")
    with writing(engine) as connection:
        require_editor(viewer, connection, interview_id)
        for statement in (before,) if only_waiting else (before, during):
            found = statement.returning(breakdown_jobs.c.id)
            if connection.execute(found, dict(viewer.parameters)).first() is not None:
                audit.record(connection, viewer.actor, "cancel breakdown", interview_id=interview_id)
                return


def begin(engine: Engine, job_id: str) -> Job | None:
    """Record that a job has begun; None if it was cancelled before."""
    started = sa.func.coalesce(breakdown_jobs.c.started_at, now())
    with writing(engine) as connection:
        _update(connection, job_id, started_at=started, state=JobState.RUNNING, sentence="Reading the interview.")
        found = by_id(connection, [job_id])
    return found[0] if found and found[0].is_open else None


def report(engine: Engine, job_id: str, progress: JobProgress) -> None:
    """Record a job's progress."""
    with writing(engine) as connection:
        _update(connection, job_id, progress=progress.model_dump_json())


def is_cancelled(engine: Engine, job_id: str) -> bool:
    """Return whether a job was asked to stop."""
    with reading(engine) as connection:
        return bool(connection.execute(_is_asked_to_stop(job_id)).scalar())


def close(engine: Engine, job_id: str, state: JobState, sentence: str) -> None:
    """Record the end of a job without a result."""
    with writing(engine) as connection:
        _update(connection, job_id, finished_at=now(), state=state, sentence=sentence)


def close_cancelled(engine: Engine, batch_id: str, sentence: str) -> set[str]:
    """Close the jobs of a batch that were asked to stop, and return their ids."""
    asked = sa.select(breakdown_jobs.c.id).where(
        breakdown_jobs.c.batch_id == batch_id, breakdown_jobs.c.cancel_requested.is_(True)
    )
    with reading(engine) as connection:
        cancelled = set(connection.execute(asked).scalars())
    for job_id in cancelled:
        close(engine, job_id, JobState.CANCELLED, sentence)
    return cancelled


def finish(connection: Connection, job_id: str, sentence: str, version_id: str) -> bool:
    """Record the end of a job, in the transaction that saves its version; False if it was asked to stop before."""
    _update(connection, job_id, finished_at=now(), state=JobState.FINISHED, sentence=sentence, version_id=version_id)
    # The row is held by now: who asks later finds the job finished.
    return not connection.execute(_is_asked_to_stop(job_id)).scalar()


def _is_asked_to_stop(job_id: str) -> sa.Select[bool]:
    return sa.select(breakdown_jobs.c.cancel_requested).where(breakdown_jobs.c.id == job_id)


def open_jobs(engine: Engine) -> list[Job]:
    """List the unfinished jobs."""
    with reading(engine) as connection:
        return [_job(row) for row in connection.execute(sa.select(*_COLUMNS).where(_OPEN))]


def _update(connection: Connection, job_id: str, **values: Any) -> None:
    connection.execute(sa.update(breakdown_jobs).where(breakdown_jobs.c.id == job_id, _OPEN).values(**values))


def _job(row: Sequence[Any]) -> Job:
    values = dict(zip((column.name for column in _COLUMNS), row, strict=True))
    try:
        progress = JobProgress.model_validate_json(values["progress"])
    except ValidationError:
        progress = JobProgress()
    moments = {name: values[name] for name in ("pressed_at", "started_at", "finished_at")}
    return Job(**values | moments | {"state": JobState(values["state"]), "progress": progress})
