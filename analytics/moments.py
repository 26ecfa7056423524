"""Moments that PostgreSQL holds and Python does not: infinity, before the year 1, after 9999.

One such row would otherwise break every page it stands on, and the roster of everybody.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader

FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)
TYPE: Final = "timestamptz"
_USUAL: Final = psycopg.adapters.get_loader(psycopg.adapters.types[TYPE].oid, psycopg.pq.Format.TEXT) or Loader


class BoundedLoader(Loader):
    """Read a moment; one that lies outside Python's calendar is the first or the last of it."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._read = _USUAL(oid, context).load

    def load(self, data: Buffer) -> Any:
        """Read what the server wrote."""
        written = bytes(data)
        try:
            return self._read(written)
        except psycopg.DataError:
            return FIRST if written.startswith(b"-") or written.endswith(b"BC") else LAST
