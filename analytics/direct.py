"""Short questions put to PostgreSQL's driver itself, as every step of a page begins with.

What SQLAlchemy does between a statement and the driver takes several times as long as the driver, which matters for
what everybody asks all the time. So a statement is written out once; of SQLAlchemy there remain the pool, which looks
after connections as everywhere else, and its errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

import psycopg
import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import Dialect, Engine

from analytics import observability
from analytics.patience import PatientConnection

Row = tuple[Any, ...]


class Direct:
    """A pooled connection outside any transaction: each statement sees what is committed when it begins."""

    def __init__(self, dialect: Dialect, connection: PatientConnection) -> None:
        """Ask on a connection."""
        self.dialect: Final = dialect
        self._connection: Final = connection

    def rows(self, statement: sa.Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Give all rows of a statement that only reads, with values as the driver reads them.

        Not for statements with lists among their parameters. Raises psycopg's errors.
        """
        written = _written(statement, self.dialect)
        began = time.perf_counter()
        found = self._connection.execute(written.text, written.bound(parameters or {})).fetchall()
        observability.measure_read(time.perf_counter() - began)
        return found


@contextmanager
def opened(engine: Engine) -> Iterator[Direct]:
    """Take a connection from an engine's pool for a while; a failing database raises what SQLAlchemy makes of it."""
    connection: PatientConnection | None = None
    try:
        pooled = engine.raw_connection()
        connection = cast("PatientConnection", pooled.driver_connection)
        try:
            connection.autocommit = True
            yield Direct(engine.dialect, connection)
        finally:
            if connection.pgconn.transaction_status == TransactionStatus.IDLE:
                connection.autocommit = False
                pooled.close()
            else:  # lost, or given up in the middle of an answer
                pooled.invalidate()
    except psycopg.Error as error:
        observability.QUERY_ERRORS.inc()
        raise sa.exc.DBAPIError.instance(
            None,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=connection is not None and connection.closed,
            dialect=engine.dialect,
        ) from error


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement as the driver takes it: its text, what is always bound to it, and how other values are prepared."""

    text: str
    constants: Mapping[str, Any]
    prepare: Mapping[str, Callable[[Any], Any]]

    def bound(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        values = {**self.constants, **parameters}
        for name, prepared in self.prepare.items():
            values[name] = prepared(values[name])
        return values


@lru_cache(maxsize=32)
def _written(statement: sa.Select[*tuple[Any, ...]], dialect: Dialect) -> _Written:
    compiled = statement.compile(dialect=dialect)
    constants, prepare = {}, {}
    for name, parameter in compiled.binds.items():
        processor = parameter.type.dialect_impl(dialect).bind_processor(dialect)
        if processor is not None:
            prepare[name] = processor
        if not parameter.required:
            constants[name] = parameter.effective_value
    return _Written(str(compiled), constants, prepare)
