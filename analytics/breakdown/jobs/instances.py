"""The running instances of the program on one database, each with a name of its own.

A durable job belongs to the instance that runs it. When one ends, however it ends, its name becomes free with it: the
next instance takes the name and goes on with the jobs, and a running one adopts those of one that is gone.
The database holds the names (PostgreSQL: advisory locks; SQLite: locked files beside the database), so nothing has to
be told apart by settings and nothing of a dead process has to be cleaned up.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Engine

from analytics.database.errors import describe

_NAME: Final = re.compile(r"copy-([0-9]{1,6})")
_LOCK: Final = sa.text("SELECT pg_try_advisory_lock(hashtext('skill_analytics.copy'), :number)")
_HELD: Final = sa.text("SELECT 1")


class Lock(Protocol):
    """A lock that the operating system releases with the process."""

    def holds(self) -> bool:
        """Return whether it is still there."""

    def release(self) -> None:
        """Release the name; releasing it twice does nothing more."""


class Instance:
    """A name held by this process alone."""

    def __init__(self, number: int, lock: Lock) -> None:
        self.name = f"copy-{number}"
        self._lock = lock

    def is_held(self) -> bool:
        """Return whether the name is still ours: a lost connection loses it."""
        return self._lock.holds()

    def release(self) -> None:
        """Release the name."""
        self._lock.release()


def register(engine: Engine) -> Instance:
    """Take the first free name; raises `DatabaseError` or SQLAlchemy's errors if that fails."""
    for number in itertools.count(1):
        if lock := _try(engine, number):
            return Instance(number, lock)
    raise AssertionError("there are always more numbers")


def adopt(engine: Engine, name: str) -> Instance | None:
    """Take over the name of an instance that has ended; None while it runs, or for an unknown name."""
    match = _NAME.fullmatch(name)
    lock = _try(engine, int(match[1])) if match else None
    return Instance(int(match[1]), lock) if match and lock else None


def _try(engine: Engine, number: int) -> Lock | None:
    if engine.dialect.name == "postgresql":
        return _SessionLock.take(engine, number)
    return _FileLock.take(f"{engine.url.database}-copy-{number}")


class _SessionLock:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @classmethod
    def take(cls, engine: Engine, number: int) -> _SessionLock | None:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        # Its own, so that the pool neither lends it out nor counts it.
        connection.detach()
        if connection.execute(_LOCK, {"number": number}).scalar():
            return cls(connection)
        connection.close()
        return None

    def holds(self) -> bool:
        try:
            self._connection.execute(_HELD)
        except exc.SQLAlchemyError:
            return False
        return True

    def release(self) -> None:
        self._connection.close()


class _FileLock:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def take(cls, path: str) -> _FileLock | None:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorname == "SQLITE_BUSY":
                return None
            raise describe(error) from error
        return cls(connection)

    def holds(self) -> bool:
        return True

    def release(self) -> None:
        self._connection.close()
