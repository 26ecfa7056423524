"""Filling an empty database: with the demo people, or with any number of synthetic ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from analytics import demo
from analytics.database import DatabaseError, described, writing
from analytics.schema import interviews, platform, resumes, users
from analytics.setup import Progress, set_up

FILLING: Final = "interviews"
_LONG_SECONDS: Final = 600
NOT_EMPTY: Final = "This database already holds people. Demo people only go into an empty one."


def create_platform(connection: Connection) -> None:
    """Create the platform's tables where there are none of them; otherwise leave everything as it is."""
    inspector = sa.inspect(connection)
    if not any(inspector.has_table(name) for name in platform.tables):
        platform.create_all(connection, checkfirst=False)


def fill_demo(engine: Engine, progress_of: Callable[[str], Progress] | None = None) -> None:
    """Put the demo people into an empty database and set it up; a second run changes nothing.

    Raises `DatabaseError` where the database holds other people.
    """
    try:
        with writing(engine) as connection:
            create_platform(connection)
            present = set(connection.execute(sa.select(users.c.email).limit(len(demo.STORIES) + 1)).scalars())
            if not present:
                for table, rows in (
                    (users, demo.people()),
                    (resumes, demo.resumes()),
                    (interviews, demo.interviews()),
                ):
                    insert(connection, table, rows)
            elif present != {story.email for story in demo.STORIES}:
                raise DatabaseError(NOT_EMPTY)
    except exc.SQLAlchemyError as error:
        raise described(error) from error
    set_up(engine, progress_of)


def fill(
    engine: Engine,
    people: int,
    interview_count: int,
    *,
    transcript_bytes: int = 2_000,
    progress_of: Callable[[str], Progress] | None = None,
) -> None:
    """Fill an empty database with synthetic people and set it up; all or nothing until the set-up begins.

    The triggers come after the rows, so that a million of them is quick. Raises `DatabaseError` where the database
    holds people.
    """
    report = progress_of(FILLING) if progress_of else lambda _done, _total: None
    try:
        with writing(engine, seconds=_LONG_SECONDS) as connection:
            create_platform(connection)
            if connection.execute(sa.select(users.c.id).limit(1)).first():
                raise DatabaseError(NOT_EMPTY)
            done = 0
            for new_users, new_interviews in demo.synthetic(people, interview_count, transcript_bytes=transcript_bytes):
                _load(connection, users, new_users)
                _load(connection, interviews, new_interviews)
                done += len(new_interviews)
                report(done, interview_count)
            for table in (users, interviews):
                number_on(connection, table)
                connection.exec_driver_sql(f"ANALYZE {table.name}")
    except exc.SQLAlchemyError as error:
        raise described(error) from error
    set_up(engine, progress_of)


def _load(connection: Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Load rows whose JSON is text already."""
    if not rows:
        return
    names = list(rows[0])
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(tuple(row.values()))
        return
    columns = [
        sa.column(name, sa.Text if isinstance(table.c[name].type, sa.JSON) else table.c[name].type) for name in names
    ]
    connection.execute(sa.insert(sa.table(table.name, *columns)), rows)


def insert(connection: Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that bring their own ids, and have the database number on from there."""
    connection.execute(sa.insert(table), rows)
    number_on(connection, table)


def number_on(connection: Connection, table: sa.Table) -> None:
    """Have the next id follow the highest one; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        connection.execute(sa.select(sa.func.setval(sequence, sa.func.max(table.c.id))).select_from(table))
