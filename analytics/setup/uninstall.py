"""Removes everything set-up has created: first what acts on the platform's writes, then what is stored."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from analytics.database import job_store
from analytics.database.errors import describe
from analytics.database.schema import SCHEMA, breakdown_versions, ours, shown_versions
from analytics.database.sessions import reading, writing
from analytics.scores import postgresql, sqlite
from analytics.setup.locks import briefly, exclusive, retry_on_lock

_VERSION_TABLE: Final = "skill_analytics_version"
# What `keep_versions` leaves, with the revision of their form, so that set-up can go on from there.
_KEPT: Final = (breakdown_versions.name, shown_versions.name, _VERSION_TABLE)
_ROUTINES: Final = sa.text(
    "SELECT CAST(pg_proc.oid AS regprocedure)::text FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace "
    "WHERE nspname = :schema AND proname = ANY(:names)"
)


def is_installed(engine: Engine) -> bool:
    """Return whether anything of ours is in a database, even after an interrupted uninstall."""
    with reading(engine) as db:
        inspector = sa.inspect(db.connection())
        if engine.dialect.name == "postgresql":
            return inspector.has_schema(SCHEMA) or inspector.has_schema(job_store.SCHEMA)
        return inspector.has_table(_VERSION_TABLE) or any(path.exists() for path in _job_files(engine))


def count_written_back(engine: Engine) -> int:
    """Count the interviews whose feedback in the platform's table is a breakdown of ours."""
    with reading(engine) as db:
        schema = SCHEMA if engine.dialect.name == "postgresql" else None
        if not sa.inspect(db.connection()).has_table(shown_versions.name, schema=schema):
            return 0
        count = sa.select(sa.func.count()).select_from(shown_versions).where(shown_versions.c.replaces.is_(None))
        return int(db.execute(count).scalar_one())


def uninstall(engine: Engine, *, keep_versions: bool = False) -> None:
    """Remove our triggers, functions and tables, skipping what is gone, so that an interrupted run resumes.

    With `keep_versions` the tables stay, and in them only the versions of breakdowns and which of them is shown.
    Raises `DatabaseError` where a right is missing, or where others hold a lock for too long.
    """
    try:
        if engine.dialect.name == "postgresql":
            with exclusive(engine):
                _from_postgresql(engine, keep_versions)
        else:
            _from_sqlite(engine, keep_versions)
    except exc.SQLAlchemyError as error:
        raise describe(error) from error


def _from_postgresql(engine: Engine, keep_versions: bool) -> None:
    for name in postgresql.POSTGRESQL_FUNCTIONS:
        retry_on_lock(partial(briefly, engine, partial(_drop_function, name=name)))
    retry_on_lock(partial(briefly, engine, partial(_drop_schema, name=job_store.SCHEMA)))
    work = _empty_tables if keep_versions else partial(_drop_schema, name=SCHEMA)
    retry_on_lock(partial(briefly, engine, work))


def _drop_function(connection: Connection, name: str) -> None:
    """Drop a function and the triggers that call it, which only the owner of their table could drop by themselves."""
    for function in connection.execute(_ROUTINES, {"schema": SCHEMA, "names": [name]}).scalars().all():
        connection.exec_driver_sql(f"DROP FUNCTION {function} CASCADE")


def _drop_schema(connection: Connection, name: str) -> None:
    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {name} CASCADE")


def _empty_tables(connection: Connection) -> None:
    names = sa.inspect(connection).get_table_names(SCHEMA)
    emptied = [f"{SCHEMA}.{name}" for name in names if name not in _KEPT]
    if emptied:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(emptied)}")


def _from_sqlite(engine: Engine, keep_versions: bool) -> None:
    with writing(engine) as connection:
        for name in sqlite.SQLITE_TRIGGERS:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        # Their names are common ones: without ours beside them they are somebody else's.
        if sa.inspect(connection).has_table(_VERSION_TABLE):
            for name in (*(table.name for table in reversed(ours.sorted_tables)), _VERSION_TABLE):
                if not keep_versions:
                    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
                elif name not in _KEPT:
                    connection.exec_driver_sql(f"DELETE FROM {name}")
    for path in _job_files(engine):
        path.unlink(missing_ok=True)


def _job_files(engine: Engine) -> list[Path]:
    if engine.url.database in (None, "", ":memory:"):
        return []
    return [Path(f"{job_store.file_of(engine.url.database)}{end}") for end in ("", "-wal", "-shm", "-journal")]
