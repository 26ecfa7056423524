"""Set-up of our own tables beside the platform's: migrations, triggers and the back-fill.

Nothing of the platform's is changed but for the triggers put on its tables. Every step commits by itself, so that the
platform's tables are never locked for longer than one of them, and an interrupted run goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from analytics import readers, summaries
from analytics.database import NO_PLATFORM, DatabaseError, described, execute, now, parse_json
from analytics.feedback import read_feedback
from analytics.schema import SCHEMA, interviews, ours, progress, skill_scores, users

BATCH: Final = 2_000
SCORES_TASK: Final = "skill_scores"
Progress = Callable[[int, int], None]


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def missing(engine: Engine) -> list[str]:
    """List what `set_up` would still have to do, one sentence each; empty when nothing is missing."""
    with engine.connect() as connection:
        return list(_missing(connection))


def _missing(connection: Connection) -> Iterator[str]:
    inspector = sa.inspect(connection)
    platform_tables = [table.name for table in (users, interviews) if not inspector.has_table(table.name)]
    if platform_tables:
        yield f"InterviewLab's own tables are not in this database: {', '.join(platform_tables)}."
        return
    postgresql = connection.dialect.name == "postgresql"
    schema = SCHEMA if postgresql else None
    absent = [table.name for table in ours.sorted_tables if not inspector.has_table(table.name, schema=schema)]
    if absent:
        yield f"Tables are missing: {', '.join(absent)}."
        return
    if _revision(connection) != _head(connection):
        yield "A newer version of the tables is waiting."
    for name in _absent_functions(connection) if postgresql else ():
        yield f"The function {name} is missing or from another version."
    for name in _absent_triggers(connection):
        yield f"The trigger {name} is missing or from another version."
    for task in (SCORES_TASK, summaries.SCATTER_TASK, summaries.TASK):
        if not _finished(connection, task):
            yield f"The back-fill of {task} has not finished."


def _head(connection: Connection) -> str | None:
    return ScriptDirectory.from_config(_alembic(connection)).get_current_head()


def _revision(connection: Connection) -> str | None:
    schema = SCHEMA if connection.dialect.name == "postgresql" else None
    table = sa.table("skill_analytics_version", sa.column("version_num"), schema=schema)
    if not sa.inspect(connection).has_table(table.name, schema=schema):
        return None
    return connection.execute(sa.select(table.c.version_num)).scalar()


def _finished(connection: Connection, task: str) -> bool:
    statement = sa.select(progress.c.finished_at).where(progress.c.task == task)
    return execute(connection, statement).scalar() is not None


def _absent_functions(connection: Connection) -> list[str]:
    query = sa.text(
        "SELECT proname, prosrc FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace "
        "WHERE nspname = :schema"
    )
    present = {row.proname: row.prosrc for row in connection.execute(query, {"schema": SCHEMA})}
    return [
        name
        for name, statement in readers.POSTGRESQL_FUNCTIONS.items()
        if (source := present.get(name)) is None or source not in statement
    ]


def _absent_triggers(connection: Connection) -> list[str]:
    if connection.dialect.name == "postgresql":
        present = set(connection.execute(sa.text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")).scalars())
        return [name for name in readers.POSTGRESQL_TRIGGERS if name not in present]
    query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    stored = {row.name: row.sql for row in connection.execute(query)}
    return [name for name, statement in readers.SQLITE_TRIGGERS.items() if stored.get(name) != statement]


def set_up(engine: Engine, progress_of: Callable[[str], Progress] | None = None) -> None:
    """Create our tables, install the triggers and back-fill both; a second run changes nothing.

    Each step commits by itself and goes on where an interrupted run stopped. `progress_of` gives, for the name of a
    task, a function that is told (done, total). Raises `DatabaseError` where the platform's tables or a right is
    missing.
    """
    report = progress_of or (lambda _task: lambda _done, _total: None)
    try:
        with engine.begin() as connection:
            _take_turn(connection)
            tables = set(sa.inspect(connection).get_table_names())
            if not {"users", "interviews"} <= tables:
                raise DatabaseError(NO_PLATFORM)
            if connection.dialect.name == "postgresql":
                present = connection.execute(
                    sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :schema"), {"schema": SCHEMA}
                ).scalar()
                if not present:
                    connection.execute(sa.schema.CreateSchema(SCHEMA))
            if _revision(connection) != _head(connection):
                command.upgrade(_alembic(connection), "head")
        with engine.begin() as connection:
            _install(connection)
        _back_fill(engine, report(SCORES_TASK))
        summaries.prepare(engine, report)
    except exc.SQLAlchemyError as error:
        raise described(error) from error


def _take_turn(connection: Connection) -> None:
    """Let only one set-up run at a time (PostgreSQL; SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('skill_analytics.set_up'))"))


def _install(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        for name in _absent_functions(connection):
            connection.exec_driver_sql(readers.POSTGRESQL_FUNCTIONS[name].replace("%", "%%"))
        for name in _absent_triggers(connection):
            statement = readers.POSTGRESQL_TRIGGERS[name]
            connection.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
            connection.exec_driver_sql(statement)
        return
    for name in _absent_triggers(connection):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        connection.exec_driver_sql(readers.SQLITE_TRIGGERS[name])


def _back_fill(engine: Engine, report: Progress) -> None:
    """Fill `skill_scores` batch by batch, each in a transaction of its own."""
    with engine.begin() as connection:
        if _finished(connection, SCORES_TASK):
            return
        count = connection.execute(sa.select(sa.func.count()).select_from(interviews)).scalar_one()
        if execute(connection, sa.select(progress.c.last_id).where(progress.c.task == SCORES_TASK)).first() is None:
            execute(connection, sa.insert(progress).values(task=SCORES_TASK, last_id=0))
    done = 0
    while True:
        with engine.begin() as connection:
            after: int = execute(
                connection, sa.select(progress.c.last_id).where(progress.c.task == SCORES_TASK)
            ).scalar_one()
            batch = sa.select(interviews.c.id).where(interviews.c.id > after).order_by(interviews.c.id).limit(BATCH)
            upto = connection.execute(sa.select(sa.func.max(batch.subquery().c.id))).scalar()
            if upto is None:
                _finish_back_fill(connection)
                report(count, count)
                return
            _fill(connection, after, upto)
            execute(connection, sa.update(progress).where(progress.c.task == SCORES_TASK).values(last_id=upto))
        done += BATCH
        report(min(done, count), count)


def _fill(connection: Connection, after: int, upto: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL statement_timeout = '120s'"))
        connection.execute(sa.text(readers.POSTGRESQL_BACK_FILL), {"after": after, "upto": upto})
        return
    statement = sa.select(
        interviews.c.id,
        interviews.c.user_id,
        sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at, type_=sa.DateTime()).label("completed_at"),
        sa.cast(interviews.c.feedback, sa.Text).label("feedback"),
    ).where(
        interviews.c.id > after,
        interviews.c.id <= upto,
        interviews.c.status == "completed",
        interviews.c.feedback.is_not(None),
    )
    rows = [
        {
            "interview_id": row.id,
            "skill": key,
            "user_id": row.user_id,
            "completed_at": row.completed_at,
            "state": skill.state,
            "reason": skill.reason,
            "score": skill.score,
        }
        for row in connection.execute(statement)
        if (raw := parse_json(row.feedback)) is not None
        for key, skill in read_feedback(raw).skills.items()
    ]
    if rows:
        execute(connection, sa.insert(skill_scores).prefix_with("OR IGNORE"), rows)


def _finish_back_fill(connection: Connection) -> None:
    """Mark the end, and drop the rows of interviews deleted while a batch was being read."""
    gone = ~sa.exists().where(interviews.c.id == skill_scores.c.interview_id)
    execute(connection, sa.delete(skill_scores).where(gone))
    execute(connection, sa.update(progress).where(progress.c.task == SCORES_TASK).values(finished_at=now()))
