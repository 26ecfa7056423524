"""The two ways to open a database: for reading, and for one writing transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import cast

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection as Connection
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session as Session

from analytics.database import connection as database_connection
from analytics.database.errors import describe


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session for reading; each statement sees what was committed when it began.

    There is no transaction around the statements: it would give nothing and take two more round trips. Raises
    `DatabaseError` with one sentence fit to show where the database fails.
    """
    with _describe_errors(), Session(_without_transactions(engine)) as db:
        yield db


@contextmanager
def writing(engine: Engine, *, seconds: int | None = None) -> Iterator[Connection]:
    """Open a connection in one transaction: committed at the end, rolled back on an exception.

    SQLite takes its one write lock at the start, so that what is read still holds when it writes, and so that changes
    of tables are part of the transaction. `seconds` allows each statement longer than usual (PostgreSQL). Raises as
    `reading` does.
    """
    with _describe_errors(), engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif seconds is not None:
            database_connection.allow(connection, seconds)
        yield connection


def upsert(db: Session | Connection, table: sa.Table) -> postgresql.Insert:
    """Build an insert that supports `on_conflict_do_nothing` and `on_conflict_do_update` in this database."""
    bind = db.get_bind() if isinstance(db, Session) else db
    insert = sqlite.insert if bind.dialect.name == "sqlite" else postgresql.insert
    return cast("postgresql.Insert", insert(table))


@contextmanager
def _describe_errors() -> Iterator[None]:
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise describe(error) from error


@lru_cache(maxsize=16)
def _without_transactions(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="AUTOCOMMIT")
