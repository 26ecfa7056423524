"""Settings of new psycopg connections: how long to wait for an answer, and how timestamps are read.

A statement timeout is kept by the server, and the network's timeouts by its kernel: a backend that is frozen keeps
neither, and would hold whoever waits for it for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import AdaptContext, Buffer, PQGen
from psycopg.adapt import Loader
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine

T = TypeVar("T")

STATEMENT_SECONDS: Final = 8
# Left to the server to say itself that a statement took too long.
_GRACE_SECONDS: Final = 1.0
# For the question whether a connection from the pool still stands, after which a new one is tried.
_PING_SECONDS: Final = 3.0
STOPPED_ANSWERING: Final = "the database stopped answering"
WITHOUT_LETTERS: Final = "the database is encoded as SQL_ASCII"
FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)
_WITH_ZONE: Final = psycopg.adapters.types["timestamptz"].oid
_USUAL_LOADER: Final = psycopg.adapters.get_loader(_WITH_ZONE, psycopg.pq.Format.TEXT) or Loader


class TimestampLoader(Loader):
    """Reads a timestamp; infinity and years outside Python's range become the first or the last datetime.

    One such row would otherwise break every page it stands on, and the roster of everybody.
    """

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._load = _USUAL_LOADER(_WITH_ZONE, context).load

    def load(self, data: Buffer) -> Any:
        """Read what the server wrote."""
        try:
            return self._load(data)
        except psycopg.DataError:
            text = bytes(data)
            return FIRST if text.startswith(b"-") or text.endswith(b"BC") else LAST


class ZonelessTimestampLoader(TimestampLoader):
    """Reads a timestamp without a zone, which is in UTC.

    The zone is added to the text, as `datetime.replace` takes longer than reading it.
    """

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        # Without the connection, whose time zone would become that of the datetime.
        load = _USUAL_LOADER(_WITH_ZONE, None).load

        def load_as_utc(data: Buffer) -> Any:
            text = bytes(data)
            # A year before Christ is refused as it is, and read as one after behind which a zone stands.
            return load(text if text.endswith(b"BC") else text + b"+00")

        self._load = load_as_utc


_LOADERS: Final[dict[str, type[Loader]]] = {"timestamptz": TimestampLoader, "timestamp": ZonelessTimestampLoader}


class TimeoutConnection(psycopg.Connection[Any]):
    """A connection that waits at most `patience` seconds for any one answer and is closed after that."""

    patience: float = STATEMENT_SECONDS + _GRACE_SECONDS

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for an answer; raises `OperationalError` if there is none in time."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError as error:
            # What arrives later would be read as the answer to another question.
            if timeout is None and "wait timeout expired" in str(error):
                self.pgconn.finish()
                raise psycopg.OperationalError(STOPPED_ANSWERING) from error
            raise
        except OSError as error:  # such as no file left to wait with
            self.pgconn.finish()
            raise psycopg.OperationalError(str(error)) from error


def install(engine: Engine) -> None:
    """Use such connections for an engine, with a shorter wait while the pool checks that they are alive."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Dialect, _record: object, arguments: list[Any], settings: dict[str, Any]) -> Any:
        try:
            connection = TimeoutConnection.connect(*arguments, **settings)
        except OSError as error:  # such as no file left to open
            raise psycopg.OperationalError(str(error)) from error
        if connection.pgconn.parameter_status(b"server_encoding") == b"SQL_ASCII":
            # Such a server hands out bytes whose letters nobody knows.
            connection.close()
            raise psycopg.OperationalError(WITHOUT_LETTERS)
        for name, loader in _LOADERS.items():
            connection.adapters.register_loader(name, loader)
        return connection

    @event.listens_for(engine, "checkout")
    def given(connection: Any, _record: object, _proxy: object) -> None:
        connection.patience = TimeoutConnection.patience

    @event.listens_for(engine, "checkin")
    def returned(connection: Any, _record: object) -> None:
        if connection is not None:
            connection.patience = _PING_SECONDS


def allow(connection: Connection, seconds: int) -> None:
    """Allow each statement of this transaction more time than usual, and wait as long."""
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")
    driver_connection = connection.connection.driver_connection
    if isinstance(driver_connection, TimeoutConnection):
        driver_connection.patience = seconds + _GRACE_SECONDS


@contextmanager
def answer_timeout(connection: Connection, seconds: float) -> Iterator[None]:
    """Limit the wait for each answer on a connection until the block ends."""
    driver_connection = connection.connection.driver_connection
    usual = getattr(driver_connection, "patience", seconds)
    if isinstance(driver_connection, TimeoutConnection):
        driver_connection.patience = seconds
    try:
        yield
    finally:
        if isinstance(driver_connection, TimeoutConnection):
            driver_connection.patience = usual
