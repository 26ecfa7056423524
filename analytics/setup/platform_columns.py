"""Checks that the platform's columns exist and have types this program can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.columns import LARGEST_ID, UtcDateTime
from analytics.interviewlab.tables import interviews, users

_READ: Final[tuple[sa.Column[object], ...]] = (
    *(users.c[name] for name in ("id", "email", "full_name", "is_active", "is_verified")),
    *(interviews.c[name] for name in ("id", "user_id", "title", "status", "turn_count")),
    *(interviews.c[name] for name in ("conversation_history", "resume_context", "job_description", "feedback")),
    *(interviews.c[name] for name in ("started_at", "completed_at", "created_at")),
)
_IDS: Final = ("integer", "bigint")
_DOCUMENTS: Final = ("json", "jsonb")
_MOMENTS: Final = ("timestamp with time zone", "timestamp without time zone")
# A precision, as in timestamp(3), makes no difference.
_TYPES: Final = sa.text(
    "SELECT relname, attname, format_type(atttypid, NULL) AS type FROM pg_attribute "
    "JOIN pg_class ON pg_class.oid = attrelid WHERE attnum > 0 AND NOT attisdropped "
    "AND attrelid IN (CAST('users' AS regclass), CAST('interviews' AS regclass))"
)


def problems(connection: Connection) -> Iterator[str]:
    """List missing or unreadable columns of the platform's tables, and too large ids, one sentence each."""
    types = _types(connection)
    for column in _READ:
        name = f"{column.table.name}.{column.name}"
        if name not in types:
            yield f"The column {name} is missing from InterviewLab's tables."
        elif connection.dialect.name == "postgresql":
            allowed = _allowed_types(column)
            if allowed and types[name] not in allowed:
                yield f"The column {name} is of type {types[name]}; it can be read as {' or '.join(allowed)} only."
            elif types[name] == "bigint" and _largest(connection, column) > LARGEST_ID:
                yield f"The column {name} holds ids above {LARGEST_ID}, which is the largest that can be read."


def _largest(connection: Connection, column: sa.Column[object]) -> int:
    # The index of a key tells; whose an interview is, is the key of a user.
    largest = connection.execute(sa.select(sa.func.max(column))).scalar() if column.primary_key else None
    return largest if isinstance(largest, int) else 0


def _types(connection: Connection) -> dict[str, str]:
    if connection.dialect.name == "postgresql":
        return {f"{row.relname}.{row.attname}": row.type for row in connection.execute(_TYPES)}
    inspector = sa.inspect(connection)
    return {
        f"{table.name}.{column['name']}": str(column["type"])
        for table in (users, interviews)
        for column in inspector.get_columns(table.name)
    }


def _allowed_types(column: sa.Column[object]) -> tuple[str, ...]:
    if isinstance(column.type, sa.JSON):
        return _DOCUMENTS
    if isinstance(column.type, UtcDateTime):
        return _MOMENTS
    return _IDS if column.primary_key or column.foreign_keys else ()
