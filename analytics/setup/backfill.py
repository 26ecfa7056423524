"""The back-fill: scores of interviews that existed before the triggers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics.database import progress as database_progress
from analytics.database.errors import DatabaseError, is_waiting_error
from analytics.database.schema import (
    SCHEMA,
    breakdown_versions,
    candidate_scatter,
    candidate_summaries,
    progress,
    skill_scores,
    stale_candidates,
)
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from analytics.roster import summaries
from analytics.scores import partitions, version_scores
from analytics.scores import skill_scores as score_copies
from analytics.setup.locks import IN_USE, LONG_SECONDS, PATIENCE_SECONDS, briefly, lock_briefly, retry_on_lock

BATCH: Final = 2_000
SCORES_TASK: Final = "skill_scores"
SetupProgress = Callable[[int, int], None]
# What set-up still has to bring to an end, in this order.
JUDGES_TASK: Final = "version_scores"
TASKS: Final = (SCORES_TASK, JUDGES_TASK, summaries.SCATTER_TASK, summaries.TASK)
_MOST_ROUNDS: Final = 10


def is_unfinished(db: Session | Connection) -> bool:
    """Return whether some scores or summaries are still missing."""
    done = sa.select(sa.func.count()).where(progress.c.task.in_(TASKS), progress.c.finished_at.is_not(None))
    return db.execute(done).scalar_one() < len(TASKS)


def repartition(engine: Engine, number: int, report: SetupProgress) -> None:
    """Redistribute the scores over so many partitions, batch by batch, while reads and writes go on."""
    with writing(engine) as connection:
        if partitions.count(connection) == number and not partitions.under_way(connection):
            return
        total = connection.execute(sa.select(sa.func.max(skill_scores.c.interview_id))).scalar() or 0
    retry_on_lock(partial(briefly, engine, partial(partitions.begin, number=number)))
    while upto := copy_beside(engine):
        report(min(upto, total), total)
    retry_on_lock(partial(briefly, engine, partitions.swap))
    with writing(engine, seconds=LONG_SECONDS) as connection:
        connection.exec_driver_sql(f"ANALYZE {skill_scores.fullname}")
        astray = score_copies.astray(connection)
    _correct(engine, astray)
    report(total, total)


def copy_beside(engine: Engine) -> int | None:
    """Copy the next batch to the new table; returns its last interview, None when there are no more."""
    with writing(engine) as connection:
        after = database_progress.begin(connection, partitions.TASK)
        upto = partitions.next_batch(connection, after, 4 * BATCH)
    if upto is None:
        return None

    def work(connection: Connection) -> None:
        partitions.copy(connection, after, upto)
        database_progress.advance(connection, partitions.TASK, upto)

    retry_on_lock(partial(briefly, engine, work))
    return upto


def start_over(connection: Connection) -> None:
    """Reset the back-fill in the caller's transaction."""
    connection.execute(sa.delete(progress).where(progress.c.task.in_(TASKS)))
    copies = (skill_scores, candidate_summaries, candidate_scatter, stale_candidates)
    if connection.dialect.name == "postgresql":
        partitions.abandon(connection)
        connection.exec_driver_sql(f"TRUNCATE {', '.join(f'{SCHEMA}.{table.name}' for table in copies)}")
    else:
        for table in copies:
            connection.execute(sa.delete(table))


def back_fill(engine: Engine, report: SetupProgress) -> None:
    """Fill `skill_scores` batch by batch, each in its own transactions."""
    with writing(engine, seconds=LONG_SECONDS) as connection:
        if database_progress.is_finished(connection, SCORES_TASK):
            astray = score_copies.astray(connection)
        else:
            astray = None
            last = database_progress.begin(connection, SCORES_TASK)
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
            database_progress.advance(connection, SCORES_TASK, upto)
        done += size
        report(min(done, total), total)
    if engine.dialect.name == "postgresql":
        make_exact(engine)
    with writing(engine, seconds=LONG_SECONDS) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"ANALYZE {skill_scores.fullname}")
        database_progress.finish(connection, SCORES_TASK)
    report(total, total)


def back_fill_judges(engine: Engine, report: SetupProgress) -> None:
    """Store the scores of existing versions with their judges, batch by batch."""
    with writing(engine) as connection:
        if database_progress.is_finished(connection, JUDGES_TASK):
            return
        total = connection.execute(sa.select(sa.func.max(breakdown_versions.c.interview_id))).scalar() or 0
    upto: int | None = 0
    while upto is not None:
        with writing(engine, seconds=LONG_SECONDS) as connection:
            upto = version_scores.fill(connection, database_progress.begin(connection, JUDGES_TASK))
            if upto is None:
                database_progress.finish(connection, JUDGES_TASK)
            else:
                database_progress.advance(connection, JUDGES_TASK, upto)
        report(total if upto is None else upto, total)


def _next_batch(engine: Engine) -> tuple[int, int, int] | None:
    with writing(engine) as connection:
        after = database_progress.begin(connection, SCORES_TASK)
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
        with writing(engine, seconds=LONG_SECONDS) as connection:
            lock_briefly(connection)
            score_copies.fill(connection, after, upto)
    except DatabaseError as error:
        if not is_waiting_error(error):
            raise
        if upto - after > 1:
            middle = (after + upto) // 2
            _fill(engine, after, middle)
            _fill(engine, middle, upto)


def _correct(engine: Engine, interview_ids: Sequence[int]) -> int:
    """Repair the copies of these interviews; returns how many were not as they should be."""
    corrected = 0

    def work(chunk: Sequence[int]) -> None:
        nonlocal corrected
        with writing(engine, seconds=LONG_SECONDS) as connection:
            lock_briefly(connection)
            corrected += score_copies.correct(connection, chunk)

    for start in range(0, len(interview_ids), BATCH):
        retry_on_lock(partial(work, interview_ids[start : start + BATCH]))
    return corrected


def make_exact(engine: Engine) -> None:
    """Complete a back-fill that ran while the platform wrote (PostgreSQL).

    A transaction that changed an interview before our copy of it was committed did not see that copy, and could neither
    replace nor remove it. So: wait until all who wrote to `interviews` until now have ended, look at every interview
    that one of them touched, and do so again until nothing had to be changed.
    """
    give_up = time.monotonic() + PATIENCE_SECONDS
    for _ in range(_MOST_ROUNDS):
        _wait_for_writers(engine, give_up)
        with writing(engine, seconds=LONG_SECONDS) as connection:
            reported = sa.select(stale_candidates.c.user_id)
            touched = connection.execute(sa.select(interviews.c.id).where(interviews.c.user_id.in_(reported))).scalars()
            suspects = sorted({*touched, *score_copies.astray(connection)})
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
        with reading(engine) as db:
            return set(db.execute(query).scalars())

    remaining = writers()
    while remaining:
        if time.monotonic() > give_up:
            raise DatabaseError(IN_USE)
        time.sleep(0.05)
        remaining &= writers()
