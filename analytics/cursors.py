"""PostgreSQL cursors that describe their columns plainly and read every moment there is.

SQLAlchemy asks for the description with every statement and reads nothing of it but names and types; psycopg looks
each type up in its registry first, which takes a fifth of a short statement.

Moments are read as psycopg reads them, which is several times as fast as any reading of our own. Only where a result
holds one that Python has no place for is it read again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Transformer
from sqlalchemy import event
from sqlalchemy.engine import Engine

from analytics import moments

T = TypeVar("T")


class PlainCursor(psycopg.Cursor[Any]):
    """A cursor whose description holds each column's name and type, and None for whatever else DB-API lists.

    Moments outside Python's calendar are the first or the last of it.
    """

    def fetchone(self) -> Any:
        """Read the next row; None where there is none."""
        return self._fetched(super().fetchone)

    def fetchmany(self, size: int = 0) -> list[Any]:
        """Read some of the rows left."""
        return self._fetched(partial(super().fetchmany, size))

    def fetchall(self) -> list[Any]:
        """Read all rows left."""
        return self._fetched(super().fetchall)

    def _fetched(self, fetch: Callable[[], T]) -> T:
        try:
            return fetch()
        except psycopg.DataError:
            self._read_again()
            return fetch()

    def _read_again(self) -> None:
        """Go on at the same row of the same result, reading moments as `BoundedLoader` does."""
        place = self.rownumber or 0
        self.adapters.register_loader(moments.TYPE, moments.BoundedLoader)
        self._tx = Transformer(self)
        self.set_result(self._iresult)
        self.scroll(place, "absolute")

    @property
    def description(self) -> list[Any] | None:
        """Describe the columns of the current result; None where there is none."""
        result = self.pgresult
        if result is None or not result.nfields:
            return super().description
        return [
            ((result.fname(place) or b"").decode(), result.ftype(place), None, None, None, None, None)
            for place in range(result.nfields)
        ]


def install(engine: Engine) -> None:
    """Let all connections of an engine use such cursors."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.cursor_factory = PlainCursor
