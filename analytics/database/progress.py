"""Progress of long set-up tasks, so that an interrupted one resumes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.columns import now
from analytics.database.schema import progress


def is_finished(connection: Session | Connection, task: str) -> bool:
    """Return whether a task is finished."""
    return connection.execute(sa.select(progress.c.finished_at).where(progress.c.task == task)).scalar() is not None


def begin(connection: Connection, task: str) -> int:
    """Return the last id a task has processed; 0 if it has not begun."""
    last: int | None = connection.execute(sa.select(progress.c.last_id).where(progress.c.task == task)).scalar()
    if last is None:
        connection.execute(sa.insert(progress).values(task=task, last_id=0))
    return last or 0


def advance(connection: Connection, task: str, last_id: int) -> None:
    """Record the last id a task has processed, unless another process is further ahead."""
    ahead = sa.update(progress).where(progress.c.task == task, progress.c.last_id < last_id)
    connection.execute(ahead.values(last_id=last_id))


def finish(connection: Connection, task: str) -> None:
    """Record that a task is finished."""
    connection.execute(sa.update(progress).where(progress.c.task == task).values(finished_at=now()))
