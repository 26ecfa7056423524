"""PostgreSQL cursors that describe their columns plainly.

SQLAlchemy asks for the description with every statement and reads nothing of it but names and types; psycopg looks
each type up in its registry first, which takes a fifth of a short statement.
"""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine


class PlainCursor(psycopg.Cursor[Any]):
    """A cursor whose description holds each column's name and type, and None for whatever else DB-API lists."""

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
