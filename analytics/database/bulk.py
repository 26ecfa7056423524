"""Bulk reads and writes: numbers as an array, rows in few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import psycopg
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection


def among(connection: Connection, column: sa.ColumnElement[int], ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """Build the condition that a column is one of many ids, as a single parameter where the database has arrays."""
    if connection.dialect.name != "postgresql":
        return column.in_(ids)
    return column == sa.any_(sa.literal(list(ids), postgresql.ARRAY(sa.Integer)))


def numbers(connection: Connection, statement: sa.Select[*tuple[Any, ...]]) -> NDArray[np.float64]:
    """Read numeric columns as floats (rows, columns), NULL as NaN; exact for integers up to 2**53."""
    rows = [tuple(row) for row in connection.execute(statement)]
    return np.array(rows, dtype=np.float64).reshape(-1, len(statement.selected_columns))


def load(connection: Connection, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows whose values are in the order of `columns`."""
    if connection.dialect.name != "postgresql":
        values = [dict(zip(columns, row, strict=True)) for row in rows]
        if values:
            connection.execute(sa.insert(table), values)
        return
    statement = f"COPY {table.fullname} ({', '.join(columns)}) FROM STDIN"
    cursor: Any = connection.connection.cursor()
    try:
        with cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise exc.DBAPIError.instance(statement, None, error, psycopg.Error) from error
