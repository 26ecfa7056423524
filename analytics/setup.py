"""Set-up of our own tables beside the platform's: migrations, triggers and the back-fill.

Nothing of the platform's is changed but for the triggers put on its tables. Every step commits by itself and waits for
a lock on a platform's table no longer than a moment at a time; an interrupted run goes on where it was. The back-fill
runs while the platform goes on writing: `_make_exact` ends it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from analytics import partitions, patience, readers, scores, sqlite_readers, summaries, tasks
from analytics.database import NO_PLATFORM, SETUP_COMMAND, DatabaseError, described, execute, is_waiting_error, writing
from analytics.schema import (
    SCHEMA,
    candidate_scatter,
    candidate_summaries,
    interviews,
    ours,
    progress,
    skill_scores,
    stale_candidates,
    users,
)

BATCH: Final = 2_000
SCORES_TASK: Final = "skill_scores"
Progress = Callable[[int, int], None]

# Others queue behind whoever waits for a lock, so a wait is short and the pauses between are long.
LOCK_WAIT: Final = "200ms"
_PATIENCE_SECONDS: Final = 60.0
_LONG_SECONDS: Final = 600
_MOST_ROUNDS: Final = 10

IN_USE: Final = (
    "A transaction on InterviewLab's tables has been open for a while, and set-up does not push in. Nothing is lost: "
    f"run it again when that transaction has ended: {SETUP_COMMAND}"
)
ALREADY_RUNNING: Final = (
    "Another set-up of this database is running. Wait for its end; it does everything there is to do."
)


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def missing(engine: Engine) -> list[str]:
    """List what `set_up` would still have to do, one sentence each; empty when nothing is missing."""
    try:
        with engine.connect() as connection:
            return list(_missing(connection))
    except exc.SQLAlchemyError as error:
        raise described(error) from error


def _missing(connection: Connection) -> Iterator[str]:
    if not_theirs := _absent_platform_tables(connection):
        yield f"InterviewLab's own tables are not in this database: {', '.join(not_theirs)}."
        return
    inspector = sa.inspect(connection)
    postgresql = connection.dialect.name == "postgresql"
    schema = SCHEMA if postgresql else None
    absent = [table.name for table in ours.sorted_tables if not inspector.has_table(table.name, schema=schema)]
    if absent:
        yield f"Tables are missing: {', '.join(absent)}."
        return
    if _revision(connection) != _head(connection):
        yield "A newer version of the tables is waiting."
    for name in _absent_functions(connection):
        yield f"The function {name} is missing or from another version."
    for name in _absent_triggers(connection):
        yield f"The trigger {name} is missing, switched off or from another version."
    unfinished = [task for task in _TASKS if not tasks.finished(connection, task)]
    for task in unfinished:
        yield f"The back-fill of {task} has not finished."
    if postgresql and (number := partitions.under_way(connection)):
        yield f"The partitions of skill_scores are not finished. Run: {SETUP_COMMAND} --partitions {number}"
    if postgresql and not unfinished:
        patience.allow(connection, _LONG_SECONDS)
        if astray := scores.astray(connection):
            yield f"The scores of {len(astray)} interviews are not up to date."


_TASKS: Final = (SCORES_TASK, summaries.SCATTER_TASK, summaries.TASK)


def _absent_platform_tables(connection: Connection) -> list[str]:
    # Looked up by name, wherever the role's search path finds them: a list would be of one schema, maybe our own.
    inspector = sa.inspect(connection)
    return [table.name for table in (users, interviews) if not inspector.has_table(table.name)]


def _head(connection: Connection) -> str | None:
    return ScriptDirectory.from_config(_alembic(connection)).get_current_head()


def _revision(connection: Connection) -> str | None:
    schema = SCHEMA if connection.dialect.name == "postgresql" else None
    table = sa.table("skill_analytics_version", sa.column("version_num"), schema=schema)
    if not sa.inspect(connection).has_table(table.name, schema=schema):
        return None
    return connection.execute(sa.select(table.c.version_num)).scalar()


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
        for name, statement in readers.POSTGRESQL_FUNCTIONS.items()
        if (source := present.get(name)) is None or source not in statement
    ]


def _absent_triggers(connection: Connection) -> list[str]:
    if connection.dialect.name == "postgresql":
        query = sa.text(
            "SELECT tgname AS name, pg_get_triggerdef(oid, true) AS sql FROM pg_trigger "
            "WHERE tgrelid IN (CAST('interviews' AS regclass), CAST('users' AS regclass)) AND tgenabled IN ('O', 'A')"
        )
        statements = readers.POSTGRESQL_TRIGGERS
    else:
        query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        statements = sqlite_readers.SQLITE_TRIGGERS
    # PostgreSQL leaves our schema's name out where the role's search path holds it.
    stored = {row.name: row.sql.replace(f"{SCHEMA}.", "") for row in connection.execute(query)}
    return [name for name, statement in statements.items() if stored.get(name) != statement.replace(f"{SCHEMA}.", "")]


def set_up(engine: Engine, progress_of: Callable[[str], Progress] | None = None) -> None:
    """Create our tables, install the triggers and back-fill both; a second run changes nothing.

    Each step commits by itself and goes on where an interrupted run stopped. `progress_of` gives, for the name of a
    task, a function that is told (done, total). Raises `DatabaseError` where the platform's tables or a right is
    missing, or where others hold a lock for too long.
    """
    report = progress_of or (lambda _task: lambda _done, _total: None)
    try:
        with _alone(engine):
            _patiently(partial(_create_tables, engine))
            if engine.dialect.name == "postgresql":
                _patiently(partial(_install_functions, engine))
                for name in readers.POSTGRESQL_TRIGGERS:
                    _patiently(partial(_install_trigger, engine, name))
                if _begins_large(engine):
                    _partition(engine, partitions.PARTITIONS, report(partitions.TASK))
            else:
                _install_sqlite_triggers(engine)
            _back_fill(engine, report(SCORES_TASK))
            summaries.prepare(engine, report)
    except exc.SQLAlchemyError as error:
        raise described(error) from error


def partition(engine: Engine, number: int, progress_of: Callable[[str], Progress] | None = None) -> None:
    """Deal `skill_scores` out to this many hash partitions while it is in use (PostgreSQL).

    Goes on where an interrupted run stopped, and does nothing where the table has as many already. Raises
    `DatabaseError` as `set_up` does, and where there are no partitions.
    """
    if engine.dialect.name != "postgresql":
        raise DatabaseError("Only PostgreSQL has partitions; an SQLite database needs none.")
    report = progress_of or (lambda _task: lambda _done, _total: None)
    try:
        with _alone(engine):
            _partition(engine, number, report(partitions.TASK))
    except exc.SQLAlchemyError as error:
        raise described(error) from error


def _begins_large(engine: Engine) -> bool:
    with writing(engine) as connection:
        return partitions.wanted(connection)


def _partition(engine: Engine, number: int, report: Progress) -> None:
    with writing(engine) as connection:
        if partitions.count(connection) == number and not partitions.under_way(connection):
            return
        total = execute(connection, sa.select(sa.func.max(skill_scores.c.interview_id))).scalar() or 0
    _patiently(partial(_briefly, engine, partial(partitions.begin, number=number)))
    while upto := _copy_beside(engine):
        report(min(upto, total), total)
    _patiently(partial(_briefly, engine, partitions.swap))
    with writing(engine, seconds=_LONG_SECONDS) as connection:
        connection.exec_driver_sql(f"ANALYZE {skill_scores.fullname}")
        astray = scores.astray(connection)
    _correct(engine, astray)
    report(total, total)


def _briefly(engine: Engine, work: Callable[[Connection], None]) -> None:
    """Do something in a transaction that waits for locks no longer than a moment."""
    with writing(engine, seconds=_LONG_SECONDS) as connection:
        _lock_briefly(connection)
        work(connection)


def _copy_beside(engine: Engine) -> int | None:
    """Copy the next batch of rows beside; gives the last interview in it, None when there are no more."""
    with writing(engine) as connection:
        after = tasks.begin(connection, partitions.TASK)
        upto = partitions.next_batch(connection, after, 4 * BATCH)
    if upto is None:
        return None

    def work(connection: Connection) -> None:
        partitions.copy(connection, after, upto)
        tasks.advance(connection, partitions.TASK, upto)

    _patiently(partial(_briefly, engine, work))
    return upto


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Let one set-up run at a time; the lock ends with its connection, however that ends.

    In SQLite every step takes the one write lock there is, and two set-ups take turns.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    key = sa.func.hashtext("skill_analytics.set_up")
    give_up = time.monotonic() + _PATIENCE_SECONDS
    # In a transaction it would keep the whole server from cleaning up for as long as the set-up takes.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar():
            if time.monotonic() > give_up:
                raise DatabaseError(ALREADY_RUNNING)
            time.sleep(0.1)
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def _patiently(work: Callable[[], None]) -> None:
    """Do something that needs a lock, again and again until it gets it."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return work()
        except exc.DBAPIError as error:
            if not is_waiting_error(error):
                raise
            if time.monotonic() > give_up:
                raise DatabaseError(IN_USE) from error
            _pause()


def _pause() -> None:
    """Let those who queued behind us through; uneven, so that two set-ups do not meet again and again."""
    time.sleep(random.uniform(0.5, 1.5))


def _lock_briefly(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")


def _create_tables(engine: Engine) -> None:
    with writing(engine) as connection:
        if _absent_platform_tables(connection):
            raise DatabaseError(NO_PLATFORM)
        _lock_briefly(connection)
        if connection.dialect.name == "postgresql" and not sa.inspect(connection).has_schema(SCHEMA):
            connection.execute(sa.schema.CreateSchema(SCHEMA))
        if _revision(connection) != _head(connection):
            command.upgrade(_alembic(connection), "head")


def _install_functions(engine: Engine) -> None:
    """Bring the functions up to date; whatever an older one read, or an absent trigger missed, is read again."""
    with writing(engine) as connection:
        _lock_briefly(connection)
        functions = _absent_functions(connection)
        for name in functions:
            connection.exec_driver_sql(readers.POSTGRESQL_FUNCTIONS[name].replace("%", "%%"))
        if functions:
            connection.exec_driver_sql(f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {SCHEMA} FROM PUBLIC")
        if functions or _absent_triggers(connection):
            _start_over(connection)


def _install_trigger(engine: Engine, name: str) -> None:
    with writing(engine) as connection:
        _lock_briefly(connection)
        if name not in _absent_triggers(connection):
            return
        query = sa.text("SELECT CAST(tgrelid AS regclass) FROM pg_trigger WHERE tgname = :name AND NOT tgisinternal")
        if table := connection.execute(query, {"name": name}).scalar():
            raise DatabaseError(
                f"The trigger {name} was switched off or changed. Only the owner of the table can remove it: "
                f"DROP TRIGGER {name} ON {table}. Then run: {SETUP_COMMAND}"
            )
        connection.exec_driver_sql(readers.POSTGRESQL_TRIGGERS[name])


def _install_sqlite_triggers(engine: Engine) -> None:
    with writing(engine) as connection:
        names = _absent_triggers(connection)
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(sqlite_readers.SQLITE_TRIGGERS[name])
        if names:
            _start_over(connection)


def _start_over(connection: Connection) -> None:
    """Forget what was copied, in the transaction of the caller; the back-fill begins again."""
    execute(connection, sa.delete(progress).where(progress.c.task.in_(_TASKS)))
    copies = (skill_scores, candidate_summaries, candidate_scatter, stale_candidates)
    if connection.dialect.name == "postgresql":
        partitions.abandon(connection)
        connection.exec_driver_sql(f"TRUNCATE {', '.join(f'{SCHEMA}.{table.name}' for table in copies)}")
    else:
        for table in copies:
            execute(connection, sa.delete(table))


def _back_fill(engine: Engine, report: Progress) -> None:
    """Fill `skill_scores` batch by batch, each in transactions of its own."""
    with writing(engine, seconds=_LONG_SECONDS) as connection:
        if tasks.finished(connection, SCORES_TASK):
            astray = scores.astray(connection)
        else:
            astray = None
            last = tasks.begin(connection, SCORES_TASK)
            count = sa.select(sa.func.count()).select_from(interviews)
            total = connection.execute(count).scalar_one()
            done = connection.execute(count.where(interviews.c.id <= last)).scalar_one()
    if astray is not None:
        _correct(engine, astray)
        return
    while batch := _next_batch(engine):
        after, upto, size = batch
        _fill(engine, after, upto)
        with writing(engine) as connection:
            tasks.advance(connection, SCORES_TASK, upto)
        done += size
        report(min(done, total), total)
    if engine.dialect.name == "postgresql":
        _make_exact(engine)
    with writing(engine, seconds=_LONG_SECONDS) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"ANALYZE {skill_scores.fullname}")
        tasks.finish(connection, SCORES_TASK)
    report(total, total)


def _next_batch(engine: Engine) -> tuple[int, int, int] | None:
    with writing(engine) as connection:
        after = tasks.begin(connection, SCORES_TASK)
        batch = sa.select(interviews.c.id).where(interviews.c.id > after).order_by(interviews.c.id).limit(BATCH)
        ids = batch.subquery().c.id
        upto, size = connection.execute(sa.select(sa.func.max(ids), sa.func.count(ids))).one()
    return (after, upto, size) if size else None


def _fill(engine: Engine, after: int, upto: int) -> None:
    """Fill a range of ids, in halves where others hold a part of it.

    A single interview that stays locked is left alone: a transaction that has not ended yet has just written its rows,
    and `_make_exact` looks at them after its end.
    """
    try:
        with writing(engine, seconds=_LONG_SECONDS) as connection:
            _lock_briefly(connection)
            scores.fill(connection, after, upto)
    except exc.DBAPIError as error:
        if not is_waiting_error(error):
            raise
        if upto - after > 1:
            middle = (after + upto) // 2
            _fill(engine, after, middle)
            _fill(engine, middle, upto)


def _correct(engine: Engine, interview_ids: Sequence[int]) -> int:
    """Put right the copies of these interviews; returns how many were not as they should be."""
    corrected = 0

    def work(chunk: Sequence[int]) -> None:
        nonlocal corrected
        with writing(engine, seconds=_LONG_SECONDS) as connection:
            _lock_briefly(connection)
            corrected += scores.correct(connection, chunk)

    for start in range(0, len(interview_ids), BATCH):
        _patiently(partial(work, interview_ids[start : start + BATCH]))
    return corrected


def _make_exact(engine: Engine) -> None:
    """End a back-fill that ran while the platform wrote (PostgreSQL).

    A transaction that changed an interview before our copy of it was committed did not see that copy, and could neither
    replace nor remove it. So: wait until all who wrote to `interviews` until now have ended, look at every interview
    that one of them touched, and do so again until nothing had to be changed.
    """
    give_up = time.monotonic() + _PATIENCE_SECONDS
    for _ in range(_MOST_ROUNDS):
        _wait_for_writers(engine, give_up)
        with writing(engine, seconds=_LONG_SECONDS) as connection:
            reported = sa.select(stale_candidates.c.user_id)
            touched = execute(
                connection, sa.select(interviews.c.id).where(interviews.c.user_id.in_(reported))
            ).scalars()
            suspects = sorted({*touched, *scores.astray(connection)})
        if not _correct(engine, suspects):
            return


def _wait_for_writers(engine: Engine, give_up: float) -> None:
    """Wait until every transaction that has written to `interviews` so far is over."""
    query = sa.text(
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted "
        "AND relation = CAST('interviews' AS regclass) "
        "AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    def writers() -> set[str]:
        with engine.connect() as connection:
            return set(connection.execute(query).scalars())

    remaining = writers()
    while remaining:
        if time.monotonic() > give_up:
            raise DatabaseError(IN_USE)
        time.sleep(0.05)
        remaining &= writers()
