"""The job engine's own tables: the results of job steps, with transcripts, kept for a day after a job ends.

In PostgreSQL they are a schema of our database. Beside a file of SQLite they are a file of their own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import sys
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.database.errors import DatabaseError

SCHEMA: Final = "skill_analytics_jobs"
# The columns that say whose a row is.
_OWNERS: Final = ("workflow_uuid", "destination_uuid")
# What refers to it goes before it.
_LAST: Final = "workflow_status"
# A row for each step of a workflow.
STEPS: Final = "operation_outputs"
# The states of a workflow that has not ended.
OPEN: Final = frozenset({"ENQUEUED", "DELAYED", "PENDING"})


def file_of(database: str | None) -> str:
    """Return the jobs' file beside a database file."""
    return f"{database}-jobs"


def require_support(engine: Engine) -> None:
    """Raise `DatabaseError` for an SQLite that the job engine cannot use."""
    # From Python 3.12 on it asks for milliseconds.
    if engine.dialect.name == "sqlite" and sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise DatabaseError(
            f"Breakdowns need SQLite 3.42 or newer with this version of Python; here is {sqlite3.sqlite_version}."
        )


def delete(connection: Connection, workflow_ids: Collection[str]) -> int:
    """Delete everything stored for workflows, and count the rows.

    In PostgreSQL in the transaction of the connection. In SQLite at once and before that one is committed: after a
    crash in between, the rows that lead here are still there, and the deletion can be repeated.
    """
    with _open(connection) as store:
        return sum(
            int(getattr(store.execute(sa.delete(table).where(condition)), "rowcount", 0))
            for table, condition in _rows_of(store, workflow_ids)
        )


def rows(connection: Connection, workflow_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Read everything stored for workflows, table by table, unpacked."""
    with _open(connection) as store:
        return {
            table.name: [
                {name: unpack(value) for name, value in row.items()}
                for row in store.execute(sa.select(table).where(condition)).mappings()
            ]
            for table, condition in _rows_of(store, workflow_ids)
        }


def recording_prefix(actor: str) -> str:
    """Return what the ids of a person's recordings begin with; it does not reveal who that is."""
    return f"recording-{hashlib.sha256(actor.encode()).hexdigest()[:32]}-"


def recordings_of(connection: Connection, actors: Iterable[str], *, open_since: datetime | None = None) -> set[str]:
    """Find the recordings that people sent; with a moment only those since then that are still being written down."""
    with _open(connection) as store:
        table = next((table for table, _ in _rows_of(store, ()) if table.name == _LAST), None)
        if table is None:
            return set()
        name = table.c.workflow_uuid
        wanted = sa.or_(sa.false(), *(name.startswith(recording_prefix(actor), autoescape=True) for actor in actors))
        if open_since is not None:
            wanted &= table.c.status.in_(OPEN) & (table.c.created_at > int(open_since.timestamp() * 1000))
        return set(store.execute(sa.select(name).where(wanted)).scalars())


def unpack(value: Any) -> Any:
    """Decode JSON in text, and compressed base64 text, at any depth."""
    if isinstance(value, list):
        return [unpack(entry) for entry in value]
    if isinstance(value, dict):
        return {name: unpack(entry) for name, entry in value.items()}
    if not isinstance(value, str):
        return value
    try:
        if value.startswith("eJ"):
            return unpack(zlib.decompress(base64.b64decode(value, validate=True)).decode())
        return unpack(json.loads(value)) if value.startswith(("{", "[", '"')) else value
    except (ValueError, zlib.error):
        return value


@contextmanager
def _open(connection: Connection) -> Iterator[Connection]:
    if connection.dialect.name == "postgresql":
        yield connection
        return
    path = file_of(connection.engine.url.database)
    # An engine that never ran has no file, and none is made here.
    url = sa.URL.create("sqlite", database=path if Path(path).exists() else ":memory:")
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout": 30})
    with engine.begin() as store:
        store.exec_driver_sql("PRAGMA secure_delete = ON")
        yield store


def _rows_of(store: Connection, workflow_ids: Collection[str]) -> list[tuple[sa.TableClause, sa.ColumnElement[bool]]]:
    inspector = sa.inspect(store)
    schema = SCHEMA if store.dialect.name == "postgresql" else None
    if schema is not None and not inspector.has_schema(schema):
        return []
    tables: list[tuple[sa.TableClause, sa.ColumnElement[bool]]] = []
    for name in sorted(inspector.get_table_names(schema), key=lambda name: name == _LAST):
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(column["name"]) for column in inspector.get_columns(name, schema)
        ]
        owner = next((column for column in columns if column.name in _OWNERS), None)
        if owner is not None:
            table = sa.table(name, *columns, schema=schema)
            tables.append((table, owner.in_(workflow_ids)))
    return tables
