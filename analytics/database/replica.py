"""Reads from a replica of the database, only where it is as up to date as the primary.

A replica answers a read when it has taken in everything that was written before the read began; so who may see what
counts from the next step on, and what anybody wrote is seen by everybody's next step, on a replica as on the primary.
Otherwise, and when the replica fails, the primary answers. Nothing is ever written here.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from analytics.database import connection as database_connection
from analytics.database import sessions
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError, describe
from analytics.observability.metrics import READS, watch_engine

SETTING: Final = "DATABASE_READ_URL"
_log = logging.getLogger(__name__)

# A replica beside its primary is a few milliseconds behind.
_CATCH_UP_SECONDS: Final = 0.02
_LOOK_AGAIN_SECONDS: Final = 0.002
# One that is further behind, or that follows another server, is left alone for so long.
_BEHIND_SECONDS: Final = 1.0
_STRANGE_SECONDS: Final = 30.0
# One that fails is tried again so often, by nobody who waits for it.
_TRY_AGAIN_SECONDS: Final = 3.0
_ANSWER_SECONDS: Final = 1.0
_TOO_SLOW: Final = "57014"

# What is committed with `synchronous_commit = off` is seen before it is on disk, where replicas get it from; three
# turns of PostgreSQL's WAL writer (0.2 s each) bring it there. What stays off the disk for longer is no commit.
_ON_DISK_SECONDS: Final = 2.0

# How far the primary's log goes, and how far of that it is on disk. Nothing where the database is itself a replica.
_WRITTEN: Final = sa.text(
    "SELECT CAST(pg_current_wal_insert_lsn() AS text) AS written, CAST(pg_current_wal_flush_lsn() AS text) AS on_disk, "
    "system_identifier AS system, timeline_id AS timeline, pg_database.oid AS database "
    "FROM pg_control_system(), pg_control_checkpoint(), pg_database "
    "WHERE datname = current_database() AND NOT pg_is_in_recovery()"
)
_TAKEN_IN: Final = sa.text(
    "SELECT pg_is_in_recovery() AND system_identifier = :system AND timeline_id = :timeline "
    "AND pg_database.oid = :database AS follows, pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn) AS fresh "
    "FROM pg_control_system(), pg_control_checkpoint(), pg_database WHERE datname = current_database()"
)


class Replica:
    """A read replica, used only while it is available and fresh enough for the read."""

    def __init__(self, url: str) -> None:
        """Name a replica; raises `DatabaseError` for a URL that cannot be used."""
        self.engine = watch_engine(create_engine_for(url, setting=SETTING))
        if self.engine.dialect.name != "postgresql":
            raise DatabaseError(f"{SETTING} must name a PostgreSQL server that is a replica of DATABASE_URL's.")
        # Until it has been seen to stand, it rests.
        self._rests_until = math.inf
        self._trying = threading.Lock()
        self._written, self._since = "", math.inf

    @property
    def rests(self) -> bool:
        """Return whether the replica is not in use now; after a failure it is checked in the background."""
        if time.monotonic() < self._rests_until:
            if self._rests_until == math.inf and self._trying.acquire(blocking=False):
                threading.Thread(target=self._look_for, name="replica", daemon=True).start()
            return True
        return False

    def _look_for(self) -> None:
        try:
            told = ""
            while (error := self._trouble()) is not None:
                if error != told:
                    _log.warning("The replica cannot be used, the primary answers: %s", error)
                told = error
                time.sleep(_TRY_AGAIN_SECONDS)
            self._rests_until = 0.0
        finally:
            self._trying.release()

    def _trouble(self) -> str | None:
        """Describe what keeps it from being used; None when nothing does."""
        try:
            with self.engine.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
        except (exc.SQLAlchemyError, OSError) as error:
            return _sentence(error)
        return None

    def mark_failed(self, error: Exception) -> None:
        """Stop using the replica until it is available again."""
        _log.warning("The replica failed, the primary answers: %s", _sentence(error))
        self._rests_until = math.inf

    def open_if_fresh(self, primary: Session) -> Session | None:
        """Open a session on the replica that sees everything this session on the primary does.

        None where the replica rests, does not stand or is behind. Statements of a session that fail with the replica
        are executed on the primary.
        """
        if self.rests:
            return None
        try:
            written = self._read_position(primary)
        except exc.DBAPIError as error:
            if isinstance(error, exc.OperationalError | exc.InterfaceError):
                raise
            primary.rollback()
            _log.warning("The primary does not say how far it is, and answers itself: %s", describe(error))
            self._rests_until = time.monotonic() + _STRANGE_SECONDS
            return None
        if written is None:
            return None
        opened = _ReplicaSession(self, primary.get_bind())
        try:
            if self._has_taken_in(opened, written):
                return opened
        except _FAILURES as error:
            self.mark_failed(error)
        opened.close()
        return None

    def _read_position(self, primary: Session) -> dict[str, Any] | None:
        """Ask how far a replica must be."""
        row = primary.execute(_WRITTEN).mappings().first()
        if row is None:
            return None
        position = dict(row)
        on_disk = position.pop("on_disk")
        # Two threads that do this at once are both right.
        before, since = self._written, self._since
        if position["written"] != before:
            self._written, self._since = position["written"], time.monotonic()
        elif time.monotonic() - since > _ON_DISK_SECONDS:
            position["written"] = on_disk
        return position

    def _has_taken_in(self, opened: Session, written: dict[str, Any]) -> bool:
        give_up = time.monotonic() + _CATCH_UP_SECONDS
        with database_connection.answer_timeout(opened.connection(), _ANSWER_SECONDS):
            while True:
                follows, fresh = opened.connection().execute(_TAKEN_IN, written).one()
                if not follows:
                    _log.warning("%s does not name a replica of DATABASE_URL's database; reads stay there.", SETTING)
                    self._rests_until = time.monotonic() + _STRANGE_SECONDS
                    return False
                if fresh:
                    return True
                if time.monotonic() > give_up:
                    self._rests_until = time.monotonic() + _BEHIND_SECONDS
                    return False
                time.sleep(_LOOK_AGAIN_SECONDS)


_FAILURES: Final = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, OSError)


class _ReplicaSession(Session):
    """A session on a replica that goes on with the primary when the replica fails."""

    def __init__(self, replica: Replica, primary: Any) -> None:
        super().__init__(replica.engine)
        self._replica = replica
        self._primary = primary

    def execute(self, *arguments: Any, **keywords: Any) -> Any:
        """Execute a read-only statement, on the primary if the replica fails."""
        try:
            return super().execute(*arguments, **keywords)
        except _FAILURES as error:
            # What takes too long takes as long on the primary.
            if self.bind is self._primary or getattr(getattr(error, "orig", None), "sqlstate", None) == _TOO_SLOW:
                raise
            self._replica.mark_failed(error)
            READS.labels("moved").inc()
            self.rollback()
            self.bind = self._primary
            return super().execute(*arguments, **keywords)


@contextmanager
def reading(engine: Engine, replica: Replica | None) -> Iterator[Session]:
    """Open a read-only session, on the replica where it is as good as the primary.

    Raises `DatabaseError` as `sessions.reading` does.
    """
    with sessions.reading(engine) as primary, prefer_replica(primary, replica) as db:
        yield db


@contextmanager
def prefer_replica(primary: Session, replica: Replica | None) -> Iterator[Session]:
    """Choose the session for reading: on the replica, releasing the primary's connection, or on the primary."""
    session = None if replica is None else replica.open_if_fresh(primary)
    if replica is not None:
        READS.labels("primary" if session is None else "replica").inc()
    if session is None:
        yield primary
        return
    primary.close()
    with session:
        yield session


def _sentence(error: BaseException) -> str:
    return str(describe(error)).replace("DATABASE_URL", SETTING)
