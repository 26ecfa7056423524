"""Locks of set-up: one run at a time, and short waits, so that the platform never waits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.database.errors import SETUP_COMMAND, DatabaseError, is_waiting_error
from analytics.database.sessions import writing

# Others queue behind whoever waits for a lock, so a wait is short and the pauses between are long.
LOCK_WAIT: Final = "200ms"
PATIENCE_SECONDS: Final = 60.0
LONG_SECONDS: Final = 600
IN_USE: Final = (
    "A transaction on InterviewLab's tables has been open for a while, and set-up does not push in. Nothing is lost: "
    f"run it again when that transaction has ended: {SETUP_COMMAND}"
)
ALREADY_RUNNING: Final = (
    "Another set-up of this database is running. Wait for its end; it does everything there is to do."
)


def briefly(engine: Engine, work: Callable[[Connection], None]) -> None:
    """Run a function in a transaction that waits only briefly for locks."""
    with writing(engine, seconds=LONG_SECONDS) as connection:
        lock_briefly(connection)
        work(connection)


@contextmanager
def exclusive(engine: Engine) -> Iterator[None]:
    """Allow one set-up at a time; the lock is released with its connection, however that ends.

    In SQLite every step takes the one write lock there is, and two set-ups take turns.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    key = sa.func.hashtext("skill_analytics.set_up")
    give_up = time.monotonic() + PATIENCE_SECONDS
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


def retry_on_lock(work: Callable[[], None]) -> None:
    """Run a function that needs a lock, retrying until it gets it."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except DatabaseError as error:
            if not is_waiting_error(error):
                raise
            if time.monotonic() > give_up:
                raise DatabaseError(IN_USE) from error
            _pause()


def _pause() -> None:
    """Wait so that those queued behind us get through; unevenly, so that two set-ups do not meet again and again."""
    time.sleep(random.uniform(0.5, 1.5))


def lock_briefly(connection: Connection) -> None:
    """Limit how long this transaction waits for a lock."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
