"""The pieces several pages are made of."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path
from typing import Final

import streamlit as st

from analytics import runtime
from analytics.charts import Chart, Table
from analytics.text import shortened, visible
from analytics.wording import EXPLANATION
from pages.parts import filters
from pages.parts.text import plain

# A spreadsheet reads a cell that begins with one of these as a formula; the wide ones where Japanese is written.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BYTE_ORDER_MARK: Final = "\ufeff"
ICON: Final = Path(__file__).with_name("icon.svg")


def figure(chart: Chart, *, key: str, file_name: str, clickable: bool = False) -> int | None:
    """Draw a chart with its numbers one click away; give the id behind the point that was clicked."""
    event = st.plotly_chart(
        chart.figure,
        key=key,
        alt=visible(chart.alt),
        on_select="rerun" if clickable else "ignore",
        selection_mode="points",
        config={"displaylogo": False, "modeBarButtonsToRemove": ["zoom", "pan", "autoScale", "resetScale"]},
    )
    numbers(chart.table, key=key, file_name=file_name, alt=chart.alt)
    points = event.selection.points if clickable else []
    return int(points[0]["customdata"][0]) if points else None


def numbers(table: Table, *, key: str, file_name: str, alt: str) -> None:
    """Put a table and its download one click away."""
    opened = st.expander("Show as a table", icon=":material/table_chart:", key=f"{key}_table", on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.dataframe(
            {
                name: [visible(cell) if isinstance(cell, str) else cell for cell in column]
                for name, column in table.items()
            },
            hide_index=True,
            alt=shortened(f"The numbers of this chart: {alt}", 200),
        )
        st.download_button(
            "Download as CSV",
            as_csv(table),
            file_name=safe_file_name(file_name, "csv"),
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"{key}_download",
        )


def as_csv(table: Table) -> bytes:
    """Write a table as CSV that a spreadsheet opens as text and numbers, never as formulas."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_inert(name) for name in table)
    for row in zip(*table.values(), strict=True):
        writer.writerow("" if cell is None else cell if isinstance(cell, float) else _inert(cell) for cell in row)
    return (_BYTE_ORDER_MARK + written.getvalue()).encode("utf-8")


def safe_file_name(name: str, extension: str) -> str:
    """Make a file name that every system takes; what cannot stand in one becomes a dash."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{re.sub(r'[^a-z0-9]+', '-', ascii_only.lower()).strip('-')[:60] or 'data'}.{extension}"


def _inert(cell: str) -> str:
    seen = visible(cell)
    return f"'{seen}" if seen.lstrip(" ").startswith(_FORMULA) else seen


def how() -> None:
    """Explain, one click away, how trends and levels are calculated."""
    with st.popover("How is this calculated?", icon=":material/help:", type="tertiary"):
        st.markdown(EXPLANATION)


def demo_banner() -> None:
    """Say that nobody here exists, when that is so."""
    if runtime.settings().is_demo:
        st.markdown(
            ":orange-badge[:material/science: Demo data] Nobody here exists: people, interviews and scores are "
            "made up. Set `DATABASE_URL` to see your own.",
            width="content",
        )


def back_to_candidates() -> None:
    """Link back to the roster as it was left; for an interviewee, who has none, to their own page."""
    if not st.session_state["viewer"].sees_others:
        st.page_link("candidate.py", label="Your skills", icon=":material/arrow_back:")
        return
    st.page_link(
        "candidates.py",
        label="Candidates",
        icon=":material/arrow_back:",
        query_params=filters.place(""),
    )


def nobody() -> None:
    """Say that there is no such candidate, and lead back."""
    st.info("There is no such candidate, or you may not see them.", icon=":material/person_off:")
    back_to_candidates()
    st.stop()


def no_interview() -> None:
    """Say that there is no such interview, and lead back."""
    st.info("There is no such interview, or you may not see it.", icon=":material/search_off:")
    back_to_candidates()
    st.stop()


def bullets(points: tuple[str, ...]) -> str:
    """Write points as a Markdown list of plain texts."""
    return "\n".join(f"- {plain(point)}" for point in points)


def title(text: str) -> None:
    """Show a name or a title that somebody wrote; cut when it is long, and then complete in the tooltip."""
    cut = plain(text, 80)
    st.title(cut, help=plain(text) if cut != plain(text) else None, anchor=False)


def to_candidate(user_id: int, name: str) -> None:
    """Link to the candidate."""
    st.page_link(
        "candidate.py", label=plain(name, 60), icon=":material/arrow_back:", query_params={"candidate": str(user_id)}
    )
