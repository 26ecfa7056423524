"""How far the long pieces of set-up have come, so that an interrupted one goes on where it was."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.columns import now
from analytics.database.schema import progress


def is_finished(connection: Session | Connection, task: str) -> bool:
    """Return whether a task came to its end."""
    return connection.execute(sa.select(progress.c.finished_at).where(progress.c.task == task)).scalar() is not None


def begin(connection: Connection, task: str) -> int:
    """Return the last id that a task has done; 0 where it had not begun."""
    last: int | None = connection.execute(sa.select(progress.c.last_id).where(progress.c.task == task)).scalar()
    if last is None:
        connection.execute(sa.insert(progress).values(task=task, last_id=0))
    return last or 0


def advance(connection: Connection, task: str, last_id: int) -> None:
    """Note the last id that a task has done; another process that is further ahead stays so."""
    ahead = sa.update(progress).where(progress.c.task == task, progress.c.last_id < last_id)
    connection.execute(ahead.values(last_id=last_id))


def finish(connection: Connection, task: str) -> None:
    """Note that a task came to its end."""
    connection.execute(sa.update(progress).where(progress.c.task == task).values(finished_at=now()))
