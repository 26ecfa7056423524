"""Set-up: migrations, triggers and the back-fill.

Nothing of the platform's is changed but for the triggers put on its tables. Every step commits by itself and waits for
a lock on a platform's table no longer than a moment at a time; an interrupted run goes on where it was. The back-fill
runs while the platform goes on writing: `_make_exact` ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from analytics.database import connection as database_connection
from analytics.database import job_store, migrations
from analytics.database import progress as database_progress
from analytics.database.errors import NO_PLATFORM, SETUP_COMMAND, DatabaseError, describe
from analytics.database.schema import (
    SCHEMA,
    ours,
)
from analytics.database.sessions import writing
from analytics.interviewlab.tables import interviews, users
from analytics.roster import refresh
from analytics.scores import partitions, sqlite
from analytics.scores import postgresql as scores_postgresql
from analytics.scores import skill_scores as score_copies
from analytics.setup import platform_columns, platform_identity, platform_tables, rights
from analytics.setup.backfill import (
    JUDGES_TASK,
    SCORES_TASK,
    TASKS,
    SetupProgress,
    back_fill,
    back_fill_judges,
    repartition,
    start_over,
)
from analytics.setup.locks import LONG_SECONDS, briefly, exclusive, lock_briefly, retry_on_lock

LATER_TABLES: Final = (
    "The tables are from a later version of this program. Start that one, or bring back the backup from before it."
)


def list_missing(engine: Engine, *, write_back: bool = True) -> list[str]:
    """List missing rights and what `set_up` would still have to do; empty if nothing is missing.

    One sentence each. Without `write_back` the right to change the platform's feedback is not needed.
    """
    try:
        with engine.connect() as connection:
            postgresql = connection.dialect.name == "postgresql"
            lacking = rights.missing_for_set_up(connection) if postgresql else []
            unwritable = rights.missing_for_write_back(connection) if postgresql and write_back else []
            # Without those rights the rest cannot be looked at.
            return [*lacking, *unwritable, *(() if lacking else _list_faults(connection))]
    except exc.SQLAlchemyError as error:
        raise describe(error) from error


def _list_faults(connection: Connection) -> Iterator[str]:
    if not_theirs := _absent_platform_tables(connection):
        yield f"InterviewLab's own tables are not in this database: {', '.join(not_theirs)}."
        return
    if unreadable := list(platform_columns.problems(connection)):
        yield from unreadable
        return
    inspector = sa.inspect(connection)
    postgresql = connection.dialect.name == "postgresql"
    if postgresql and (unfollowed := list(platform_tables.problems(connection))):
        yield from unfollowed
        return
    schema = SCHEMA if postgresql else None
    absent = [table.name for table in ours.sorted_tables if not inspector.has_table(table.name, schema=schema)]
    if absent:
        yield f"Tables are missing: {', '.join(absent)}."
        return
    if not _is_newest(connection):
        yield LATER_TABLES if _is_later(connection) else "A newer version of the tables is waiting."
    for name in _absent_functions(connection):
        yield f"The function {name} is missing or from another version."
    for name in _absent_triggers(connection):
        yield f"The trigger {name} is missing, switched off or from another version."
    if postgresql and platform_identity.is_another(connection):
        yield "InterviewLab's tables were made anew since the last set-up, perhaps by a restore. Run set-up again."
    unfinished = [task for task in TASKS if not database_progress.is_finished(connection, task)]
    for task in unfinished:
        yield f"The back-fill of {task} has not finished."
    if postgresql and (number := partitions.under_way(connection)):
        yield f"The partitions of skill_scores are not finished. Run: {SETUP_COMMAND} --partitions {number}"
    if postgresql and not unfinished:
        database_connection.allow(connection, LONG_SECONDS)
        if astray := score_copies.astray(connection):
            yield f"The scores of {len(astray)} interviews are not up to date."


def _absent_platform_tables(connection: Connection) -> list[str]:
    # Looked up by name, wherever the role's search path finds them: a list would be of one schema, maybe our own.
    inspector = sa.inspect(connection)
    return [table.name for table in (users, interviews) if not inspector.has_table(table.name)]


def _is_newest(connection: Connection) -> bool:
    return _has_revision(connection) and migrations.revision(connection) == migrations.newest()


def _is_later(connection: Connection) -> bool:
    return _has_revision(connection) and migrations.is_later(migrations.revision(connection))


def _has_revision(connection: Connection) -> bool:
    schema = SCHEMA if connection.dialect.name == "postgresql" else None
    return sa.inspect(connection).has_table("skill_analytics_version", schema=schema)


def _absent_functions(connection: Connection) -> list[str]:
    if connection.dialect.name != "postgresql":
        return []
    query = sa.text(
        "SELECT proname, prosrc FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace "
        "WHERE nspname = :schema"
    )
    present = {row.proname: row.prosrc for row in connection.execute(query, {"schema": SCHEMA})}
    return [
        name
        for name, statement in scores_postgresql.POSTGRESQL_FUNCTIONS.items()
        if (source := present.get(name)) is None or source not in statement
    ]


def _absent_triggers(connection: Connection) -> list[str]:
    if connection.dialect.name == "postgresql":
        query = sa.text(
            "SELECT tgname AS name, pg_get_triggerdef(oid, true) AS sql FROM pg_trigger "
            "WHERE tgrelid IN (CAST('interviews' AS regclass), CAST('users' AS regclass)) AND tgenabled IN ('O', 'A')"
        )
        statements = scores_postgresql.POSTGRESQL_TRIGGERS
    else:
        query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        statements = sqlite.SQLITE_TRIGGERS
    # PostgreSQL leaves our schema's name out where the role's search path holds it.
    stored = {row.name: row.sql.replace(f"{SCHEMA}.", "") for row in connection.execute(query)}
    return [name for name, statement in statements.items() if stored.get(name) != statement.replace(f"{SCHEMA}.", "")]


def set_up(engine: Engine, progress_of: Callable[[str], SetupProgress] | None = None) -> None:
    """Create our tables, install the triggers and run the back-fill; a second run changes nothing.

    Each step commits by itself and goes on where an interrupted run stopped. `progress_of` gives, for the name of a
    task, a function that is told (done, total). Raises `DatabaseError` where the platform's tables or a right is
    missing, or where others hold a lock for too long.
    """
    report = progress_of or (lambda _task: lambda _done, _total: None)
    try:
        with exclusive(engine):
            retry_on_lock(partial(_create_tables, engine))
            if engine.dialect.name == "postgresql":
                retry_on_lock(partial(_install_functions, engine))
                retry_on_lock(partial(briefly, engine, rights.let_owner_dump))
                if _begins_large(engine):
                    repartition(engine, partitions.PARTITIONS, report(partitions.TASK))
            else:
                _install_sqlite_triggers(engine)
            back_fill(engine, report(SCORES_TASK))
            back_fill_judges(engine, report(JUDGES_TASK))
            refresh.prepare(engine, report)
    except exc.SQLAlchemyError as error:
        raise describe(error) from error


def partition(engine: Engine, number: int, progress_of: Callable[[str], SetupProgress] | None = None) -> None:
    """Split `skill_scores` into this many hash partitions while it is in use (PostgreSQL).

    Goes on where an interrupted run stopped, and does nothing where the table has as many already. Raises
    `DatabaseError` as `set_up` does, and where there are no partitions.
    """
    if engine.dialect.name != "postgresql":
        raise DatabaseError("Only PostgreSQL has partitions; an SQLite database needs none.")
    report = progress_of or (lambda _task: lambda _done, _total: None)
    try:
        with exclusive(engine):
            repartition(engine, number, report(partitions.TASK))
    except exc.SQLAlchemyError as error:
        raise describe(error) from error


def _begins_large(engine: Engine) -> bool:
    with writing(engine) as connection:
        return partitions.should_partition(connection)


def _create_tables(engine: Engine) -> None:
    with writing(engine) as connection:
        if _absent_platform_tables(connection):
            raise DatabaseError(NO_PLATFORM)
        if unreadable := list(platform_columns.problems(connection)):
            raise DatabaseError(" ".join(unreadable))
        if connection.dialect.name == "postgresql" and (unfollowed := list(platform_tables.problems(connection))):
            raise DatabaseError(" ".join(unfollowed))
        if _is_later(connection):
            raise DatabaseError(LATER_TABLES)
        lock_briefly(connection)
        if connection.dialect.name == "postgresql":
            for schema in (SCHEMA, job_store.SCHEMA):
                if not sa.inspect(connection).has_schema(schema):
                    connection.execute(sa.schema.CreateSchema(schema))
        if not _is_newest(connection):
            migrations.upgrade(connection)


def _install_functions(engine: Engine) -> None:
    """Update functions and triggers; whatever an older function read, or an absent trigger missed, is read again.

    All or nothing: the scores stay as they were where a trigger cannot be made.
    """
    with writing(engine) as connection:
        lock_briefly(connection)
        triggers, functions = _absent_triggers(connection), _absent_functions(connection)
        for name in functions:
            connection.exec_driver_sql(scores_postgresql.POSTGRESQL_FUNCTIONS[name].replace("%", "%%"))
        if functions:
            connection.exec_driver_sql(f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {SCHEMA} FROM PUBLIC")
        for name in triggers:
            _install_trigger(connection, name)
        if functions or triggers or platform_identity.is_another(connection):
            start_over(connection)
        platform_identity.note(connection)


def _install_trigger(connection: Connection, name: str) -> None:
    statement = scores_postgresql.POSTGRESQL_TRIGGERS[name]
    if _former_trigger(connection, name):
        statement = statement.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1)
    connection.exec_driver_sql(statement)


def _former_trigger(connection: Connection, name: str) -> bool:
    """Return whether there is a trigger of this name; raises `DatabaseError` for one that we cannot replace."""
    query = sa.text(
        "SELECT CAST(tgrelid AS regclass) AS table, tgenabled IN ('O', 'A') AS fires "
        "FROM pg_trigger WHERE tgname = :name AND NOT tgisinternal "
        "AND tgrelid IN (CAST('interviews' AS regclass), CAST('users' AS regclass))"
    )
    former = connection.execute(query, {"name": name}).first()
    if former is not None and not (former.fires and _replaces_triggers(connection)):
        raise DatabaseError(
            f"The trigger {name} was switched off or changed. Only the owner of the table can remove it: "
            f"DROP TRIGGER {name} ON {former.table}. Then run: {SETUP_COMMAND}"
        )
    return former is not None


def _replaces_triggers(connection: Connection) -> bool:
    return (connection.dialect.server_version_info or (0,)) >= (14,)


def _install_sqlite_triggers(engine: Engine) -> None:
    with writing(engine) as connection:
        names = _absent_triggers(connection)
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(sqlite.SQLITE_TRIGGERS[name])
        if names:
            start_over(connection)
