"""A chart with its numbers one click away, both downloadable."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

import streamlit as st

from analytics.charts.style import Cell, Chart, Table
from analytics.formatting import signed_number
from analytics.text import safe_file_name, shorten, visible
from pages.parts import tables

# A spreadsheet reads a cell that begins with one of these as a formula; the wide ones where Japanese is written.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


_BYTE_ORDER_MARK: Final = "\ufeff"


def figure(chart: Chart, *, key: str, file_name: str, clickable: bool = False, note: str = "") -> int | None:
    """Draw a chart with its numbers one click away; returns the id behind a clicked point.

    `note` explains the numbers and stands below them.
    """
    st.plotly_chart(
        chart.figure,
        key=key,
        alt=visible(chart.alt),
        on_select="rerun" if clickable else "ignore",
        selection_mode="points",
        config={"displaylogo": False, "modeBarButtonsToRemove": ["zoom", "pan", "autoScale", "resetScale"]},
    )
    numbers(chart.table, key=key, file_name=file_name, alt=chart.alt, note=note)
    points = st.session_state[key].selection.points if clickable else []
    return int(points[0]["customdata"][0]) if points else None


def numbers(table: Table, *, key: str, file_name: str, alt: str, note: str = "") -> None:
    """Offer a table, its explanation and its download one click away."""
    opened = st.expander("Show as a table", icon=":material/table_chart:", key=f"{key}_table", on_change="rerun")
    if not opened.open:
        return
    with opened:
        tables.foldable(
            {name: _as_shown(column) for name, column in table.items()},
            alt=shorten(f"The numbers of this chart: {alt}", 200),
            key=key,
        )
        if note:
            st.caption(note)
        st.download_button(
            "Download as CSV",
            as_csv(table),
            file_name=safe_file_name(file_name, "csv"),
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"{key}_download",
        )


def _as_shown(column: Sequence[Cell]) -> list[Cell]:
    """Write the cells of a column; where numbers may be negative they are differences, and carry their sign."""
    if any(isinstance(cell, float) and cell < 0 for cell in column):
        return [signed_number(cell) if isinstance(cell, float) else cell for cell in column]
    return list(column)


def as_csv(table: Table) -> bytes:
    """Write a table as CSV that a spreadsheet opens as text and numbers, never as formulas."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_inert(name) for name in table)
    for row in zip(*table.values(), strict=True):
        writer.writerow(_inert(cell) if isinstance(cell, str) else cell for cell in row)
    return (_BYTE_ORDER_MARK + written.getvalue()).encode("utf-8")


def _inert(cell: str) -> str:
    seen = visible(cell)
    return f"'{seen}" if seen.lstrip(" ").startswith(_FORMULA) else seen
