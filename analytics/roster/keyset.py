"""Keyset pagination: the next candidates in an order, and the cursors of a page's ends."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from analytics.database.schema import candidate_summaries as summary
from analytics.roster.order import NEVER_MISSING, Sort
from analytics.text import storable

# As a literal, or PostgreSQL would not share the work between processes, taking it for a bound that must be waited for.
_NOTHING: Final = sa.literal_column("'0'", sa.BigInteger)


class CursorError(ValueError):
    """A cursor that no page of this roster has given out."""


def select_page(
    column: sa.ColumnElement[Any],
    matching: sa.ColumnElement[bool],
    position: tuple[Any, int] | None,
    *,
    downwards: bool,
    backwards: bool,
    size: int,
    counted: bool = False,
) -> sa.Subquery:
    """Select the next candidates in an order from a cursor's `position`: those with a value, then those without.

    Each part is one stretch of the index on (`column`, `user_id`), read in one direction and from the cursor on; the
    second is begun only where the first comes to its end. `counted` goes through everybody once instead, and says how
    many match.
    """
    everybody: sa.FromClause = summary
    conditions, nullable = [matching], isinstance(column, sa.Column) and bool(column.nullable)
    total: sa.ColumnElement[Any] = sa.null()
    if counted or not isinstance(column, sa.Column):
        reckoned = sa.select(
            summary.c.user_id, column.label("sorted_by"), (sa.func.count().over() if counted else total).label("total")
        ).where(matching)
        # An offset, of nothing, keeps the database from reckoning a value again wherever it is named below.
        everybody = (reckoned if counted else reckoned.offset(_NOTHING)).cte()
        column, total, conditions = everybody.c.sorted_by, everybody.c.total, []
    parts = [True, False] if nullable else [True]
    if backwards:
        parts.reverse()
    if position is not None:
        parts = parts[parts.index(position[0] is not None) :]
    user_id, stretches = everybody.c.user_id, []
    for place, known in enumerate(parts):
        wanted = list(conditions)
        if nullable:
            wanted.append(column.is_not(None) if known else column.is_(None))
        if position is not None and place == 0:
            wanted.append(_beyond(column, user_id, position, downwards=downwards))
        stretches.append(
            sa.select(user_id, column.label("sorted_by"), sa.literal(place).label("part"), total.label("total"))
            .where(*wanted)
            .order_by(*order_by(column, user_id, downwards=downwards))
            .limit(size)
            .subquery()
        )
    return sa.union_all(*(sa.select(stretch) for stretch in stretches)).limit(size).subquery()


def _beyond(
    column: sa.ColumnElement[Any], user_id: sa.ColumnElement[int], position: tuple[Any, int], *, downwards: bool
) -> sa.ColumnElement[bool]:
    value, last = position
    if value is None:
        return user_id < last if downwards else user_id > last
    here, there = sa.tuple_(column, user_id), sa.tuple_(sa.literal(value, column.type), sa.literal(last))
    return here < there if downwards else here > there


def order_by(*columns: sa.ColumnElement[Any], downwards: bool) -> list[sa.ColumnElement[Any]]:
    """Order by these columns in one direction."""
    return [column.desc() if downwards else column.asc() for column in columns]


def order_name(sort: Sort, descending: bool) -> str:
    """Return the name of an order in cursors."""
    return f"{'-' if descending else ''}{sort}"


def cursor_of(row: Any, order: str) -> str:
    """Encode the cursor of a row, to continue after or before it in this order."""
    value = row.sorted_by
    fields = [order, value.isoformat() if isinstance(value, datetime) else value, row.user_id]
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def read_cursor(cursor: str, order: str) -> tuple[Any, int]:
    """Decode a cursor to the sort value and the candidate; only for the order it was made in."""
    try:
        made_in, value, user_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if made_in != order or type(user_id) is not int or not 0 <= user_id < 2**31:
            raise ValueError
        sort = order.removeprefix("-")
        if sort in {Sort.NAME, Sort.ATTENTION}:
            return storable(value), user_id
        if value is None and sort in NEVER_MISSING:
            raise ValueError
        if value is not None:
            value = datetime.fromisoformat(value).astimezone(UTC) if sort == Sort.LAST_INTERVIEW else float(value)
            # No figure of the roster is as large, and NaN is not smaller than anything.
            if isinstance(value, float) and not abs(value) < 2**31:
                raise ValueError
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CursorError("This page of the list cannot be found. Go back to the first page.") from error
    return value, user_id
