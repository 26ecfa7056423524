"""PostgreSQL connections that give up by our own clock.

A statement timeout is kept by the server, and the network's timeouts by its kernel: a backend that is frozen keeps
neither, and would hold whoever waits for it for ever.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine

T = TypeVar("T")

STATEMENT_SECONDS: Final = 8
# Left to the server to say itself that a statement took too long.
_GRACE_SECONDS: Final = 1.0
# For the question whether a connection from the pool still stands, after which a new one is tried.
_PING_SECONDS: Final = 3.0
# One that came back so lately stands unless the server has hung up since.
_LATELY_SECONDS: Final = 0.2
STOPPED_ANSWERING: Final = "the database stopped answering"


class PatientConnection(psycopg.Connection[Any]):
    """A connection that waits for any one answer no longer than `patience` seconds and is closed after that."""

    patience: float = STATEMENT_SECONDS + _GRACE_SECONDS
    returned: float = -math.inf
    was_told: bool = False

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for an answer; raises `OperationalError` when there is none in time."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError as error:
            # What arrives later would be read as the answer to another question.
            if timeout is None and "wait timeout expired" in str(error):
                self.pgconn.finish()
                raise psycopg.OperationalError(STOPPED_ANSWERING) from error
            raise

    def surely_stands(self) -> bool:
        """Tell, without asking the server, whether it was in use a moment ago and the server has not ended it since."""
        if time.monotonic() - self.returned > _LATELY_SECONDS:
            return False
        self.was_told = False
        try:
            # A server that hangs up says why. Looking at the socket instead would let every other thread go first.
            self.pgconn.consume_input()
            self.pgconn.is_busy()
            self.pgconn.consume_input()
        except psycopg.OperationalError:
            return False
        return not self.was_told and not self.closed

    def hear(self, _notice: object) -> None:
        """Note that the server said something nobody asked for."""
        self.was_told = True


def install(engine: Engine) -> None:
    """Let all connections of an engine be patient ones: briefly when they are asked whether they stand.

    One that was in use a moment ago is not asked: where many people look, every exchange with the server counts.
    """
    asked = engine.dialect.do_ping

    def stands(dbapi_connection: Any) -> bool:
        return dbapi_connection.surely_stands() or asked(dbapi_connection)

    # No event stands before SQLAlchemy's question; its dialect is asked to put it.
    engine.dialect.do_ping = stands  # type: ignore[method-assign] # see above

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Dialect, _record: object, arguments: list[Any], settings: dict[str, Any]) -> Any:
        connection = PatientConnection.connect(*arguments, **settings)
        connection.add_notice_handler(connection.hear)
        return connection

    @event.listens_for(engine, "checkout")
    def given(connection: Any, _record: object, _proxy: object) -> None:
        connection.patience = PatientConnection.patience

    @event.listens_for(engine, "checkin")
    def returned(connection: Any, _record: object) -> None:
        if connection is not None:
            connection.patience = _PING_SECONDS
            connection.returned = time.monotonic()


def allow(connection: Connection, seconds: int) -> None:
    """Allow each statement of this transaction longer than usual, and wait as long."""
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")
    held = connection.connection.driver_connection
    if isinstance(held, PatientConnection):
        held.patience = seconds + _GRACE_SECONDS


@contextmanager
def limited(connection: Connection, seconds: float) -> Iterator[None]:
    """Wait for each answer on a connection no longer than this, until the block ends."""
    held = connection.connection.driver_connection
    usual = getattr(held, "patience", seconds)
    if isinstance(held, PatientConnection):
        held.patience = seconds
    try:
        yield
    finally:
        if isinstance(held, PatientConnection):
            held.patience = usual
