"""Detects that the platform's tables have been replaced since the scores were read (PostgreSQL).

A restore of the platform's tables alone makes them anew under their old names, triggers included, while our copies of
the scores stay as they were. Every table has a number of its own in the catalog. Ours is noted beside theirs: a restore
of both together makes both anew, and everything fits.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.database.schema import members, progress
from analytics.database.sessions import upsert

_NUMBERS: Final = sa.text("SELECT CAST(CAST('interviews' AS regclass) AS oid), CAST(CAST(:ours AS regclass) AS oid)")


def is_another(connection: Connection) -> bool:
    """Return whether the platform's interviews are in another table than recorded, while ours are not."""
    theirs, task = _numbers(connection)
    noted = connection.execute(sa.select(progress.c.last_id).where(progress.c.task == task)).scalar()
    return noted is not None and noted != theirs


def note(connection: Connection) -> None:
    """Record the present tables."""
    theirs, task = _numbers(connection)
    statement = upsert(connection, progress).values(task=task, last_id=theirs)
    changed = statement.on_conflict_do_update(
        index_elements=["task"], set_={"last_id": theirs}, where=progress.c.last_id != theirs
    )
    connection.execute(changed)


def _numbers(connection: Connection) -> tuple[int, str]:
    theirs, ours = connection.execute(_NUMBERS, {"ours": members.fullname}).one()
    return theirs, f"interviews beside {ours}"
