"""Moments that PostgreSQL holds and Python does not: infinity, before the year 1, after 9999.

One such row would otherwise break every page it stands on, and the roster of everybody.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from sqlalchemy import event
from sqlalchemy.engine import Engine

FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)
_OID: Final = psycopg.adapters.types["timestamptz"].oid
_USUAL: Final = psycopg.adapters.get_loader(_OID, psycopg.pq.Format.TEXT) or Loader


class BoundedLoader(Loader):
    """Read a moment; one that lies outside Python's calendar is the first or the last of it.

    The four scores of an interview come one after another with the same moment, which is read once.
    """

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._read = _USUAL(oid, context).load
        self._written = b""
        self._moment: Any = None

    def load(self, data: Buffer) -> Any:
        """Read what the server wrote."""
        written = bytes(data)
        if written == self._written:
            return self._moment
        try:
            self._moment = self._read(written)
        except psycopg.DataError:
            self._moment = FIRST if written.startswith(b"-") or written.endswith(b"BC") else LAST
        self._written = written
        return self._moment


def install(engine: Engine) -> None:
    """Have all connections of an engine read moments so."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.adapters.register_loader("timestamptz", BoundedLoader)
