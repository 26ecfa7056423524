"""Column types that behave alike in both databases, and their values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

# SQLite only numbers rows by itself for a plain INTEGER primary key.
Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# The largest id of a table of the platform's.
LARGEST_ID: Final = 2**31 - 1


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A timestamp that always has a time zone; SQLite stores UTC without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Write in UTC."""
        return value.astimezone(UTC) if value is not None and value.tzinfo is not None else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Add the UTC zone where the database has none."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        """Skip processing where the driver returns values with a zone (see `TimestampLoader`)."""
        return None if dialect.name == "postgresql" else super().result_processor(dialect, coltype)


class Id(sa.types.TypeDecorator[int]):
    """An id taken from a URL: a value too large for any column is no error, it matches nothing."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: sa.Dialect) -> int | None:
        """Keep what fits."""
        return value if value is None or abs(value) < 2**63 else -1


def bound_id(name: str) -> sa.BindParameter[int]:
    """Return a bind parameter for an id taken from a URL."""
    return sa.bindparam(name, type_=Id())
