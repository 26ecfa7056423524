"""The roster's list: its filters, its order, its rows and the turning of its pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import streamlit as st

from analytics.charts import day
from analytics.database import now
from analytics.outlook import Trend
from analytics.roster import SILENT_DAYS, Attention, Filters, RosterPage, RosterRow, Sort
from analytics.skills import BY_KEY, SKILLS
from analytics.text import visible
from pages.parts import filters, local
from pages.parts.text import counted

SIZE: Final = 25
WIDGETS: Final = ("search", "within", "fewest", "skill", "below", "sort", "reverse", "columns")
TREND_WORDS: Final = {
    Trend.IMPROVING: "↗ improving",
    Trend.DECLINING: "↘ declining",
    Trend.STEADY: "→ steady",
    Trend.NOT_ENOUGH_EVIDENCE: "? cannot tell yet",
}
_WITHIN: Final = {"Any time": None, "7 days": 7, "30 days": 30, "90 days": 90}
_SKILL: Final = {"Any skill": None} | {skill.label: skill.key for skill in SKILLS}
_BELOW: Final = {"No limit": None} | {f"{level / 10:.1f}": level / 10 for level in range(3, 10)}
# The columns of scores and their widths: the whole table fits a laptop's window.
_SCORES: Final = dict(zip(("Overall", *(skill.label for skill in SKILLS)), (66, 104, 74, 107, 88), strict=True))
_MOST_INTERVIEWS: Final = 1000

# What a column sorts by, in the order the list of orders offers them. True: the highest comes first, unless reversed.
_ORDERS: Final[dict[str, tuple[Sort, bool]]] = {
    "Needs attention": (Sort.ATTENTION, True),
    "Name": (Sort.NAME, False),
    "Last interview": (Sort.LAST_INTERVIEW, True),
    "Interviews": (Sort.INTERVIEWS, True),
    "Overall": (Sort.OVERALL, True),
    **{skill.label: (Sort(skill.key), True) for skill in SKILLS},
    "Weakest": (Sort.LOWEST, False),
    **{f"{skill.label} trend": (Sort(f"{skill.key}_trend"), True) for skill in SKILLS},
}


def roster_filters() -> Filters:
    """Show the filters and give what was chosen."""
    search = st.text_input(
        "Search", key="search", type="search", placeholder="Name or e-mail", max_chars=100, width=220,
        on_change=first_page, bind="query-params",
    )  # fmt: skip
    within = filters.choice("Last interview within", "within", _WITHIN, on_change=first_page)
    fewest = filters.whole_number("Interviews, at least", "fewest", _MOST_INTERVIEWS, on_change=first_page)
    skill = filters.pick("Skill", "skill", _SKILL, width=160, on_change=first_page)
    below = filters.pick("Average below", "below", _BELOW, width=120, on_change=first_page)
    return Filters(search=search or "", within_days=within, minimum_interviews=fewest, skill=skill, below=below)


def roster_order() -> tuple[Sort, bool, bool]:
    """Show what the list is sorted by and what its columns hold: the order, highest first, trends for averages."""
    chosen = filters.pick("Sort by", "sort", {name: name for name in _ORDERS}, width=220, on_change=first_page)
    reverse = st.toggle("Reverse", key="reverse", on_change=first_page, bind="query-params")
    trends = filters.choice("Columns", "columns", {"Averages": False, "Trends": True})
    sort, descending = _ORDERS[chosen]
    return sort, descending != reverse, trends


def cursors() -> dict[str, str]:
    """Give the place in the list that the address names."""
    return {name: st.query_params[name] for name in ("after", "before") if name in st.query_params}


def first_page() -> None:
    """Go back to the first page: another filter or order makes another list."""
    filters.remember(after=None, before=None, first=None)


def roster_table(rows: Sequence[RosterRow], sort: Sort, *, trends: bool) -> int | None:
    """Show candidates as a table; give the id of the one that was chosen."""
    sorted_by = next(name for name, (order, _) in _ORDERS.items() if order is sort)
    reverse = bool(st.session_state.get("reverse"))
    descending = _ORDERS[sorted_by][1] != reverse
    columns = _columns(rows, trends=trends)
    key = f"roster_{sort}_{reverse}_{trends}_{rows[0].user_id}_{len(rows)}"

    def sort_by_header() -> None:
        clicked = st.session_state[key].selection.columns
        if clicked and clicked[0] in _ORDERS:
            st.session_state["reverse"] = not reverse if clicked[0] == sorted_by else False
            st.session_state["sort"] = clicked[0]
            first_page()

    event = st.dataframe(
        columns,
        key=key,
        hide_index=True,
        height="content",
        selection_mode=["single-cell", "single-column"],
        on_select=sort_by_header,
        placeholder="–",
        alt=f"Candidates, {counted(len(rows), 'row')}",
        column_config=_column_config(sorted_by, descending=descending),
    )
    cells = event.selection.cells
    return rows[cells[0][0]].user_id if cells else None


def open_by_name(rows: Sequence[RosterRow]) -> int | None:
    """Let a candidate of this page be opened by name, which the keyboard reaches too."""
    names = {f"{visible(row.name)} · {visible(row.email)}": row.user_id for row in rows}
    chosen = st.selectbox(
        "Open", list(names), index=None, key="open", placeholder="Choose a candidate of this page", width=320,
    )  # fmt: skip
    return names.get(chosen) if chosen else None


def turn_pages(page: RosterPage) -> None:
    """Say which part of the list this is, and lead to its neighbours."""
    asked = st.query_params.get("first", "1")
    first = int(asked) if asked.isdigit() and len(asked) < 10 and cursors() else 1
    last = first + len(page.rows) - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous", icon=":material/chevron_left:", disabled=page.before is None,
            on_click=_turn, kwargs={"before": page.before, "first": max(1, first - SIZE)},
        )  # fmt: skip
        st.button(
            "Next", icon=":material/chevron_right:", icon_position="right", disabled=page.after is None,
            on_click=_turn, kwargs={"after": page.after, "first": last + 1},
        )  # fmt: skip
        st.caption(
            f"{first:,}–{last:,} of {page.total:,}" if page.total > len(page.rows) else counted(page.total, "candidate")
        )


def nobody_found(chosen: Filters) -> None:
    """Say why the list is empty and what would fill it."""
    if chosen == Filters() and not cursors():
        st.info("There is nobody here yet. People appear as soon as the interview platform has them.")
        return
    st.info("Nobody matches these filters.", icon=":material/filter_alt_off:")
    st.button("Clear the filters", on_click=_clear)


def attention_words(row: RosterRow) -> str:
    """Write out why a candidate needs attention; empty when they do not."""
    words = ", ".join(_reason(reason, row) for reason in row.attention)
    return words[:1].upper() + words[1:]


def _reason(reason: Attention, row: RosterRow) -> str:
    if reason is Attention.DECLINING:
        fallen = [BY_KEY[key].label for key, trend in row.trends.items() if trend is Trend.DECLINING]
        alone = len(fallen) == len(row.attention) == 1
        return f"{fallen[0]} ↘" if alone else f"{counted(len(fallen), 'skill')} ↘"
    if reason is Attention.BELOW_TARGET:
        return "below target"
    if reason is Attention.SILENT:
        return f"{_days_since(row.last_interview_at)} days silent" if row.last_interview_at else "no interview yet"
    return "scoring failed"


def _days_since(moment: datetime) -> int:
    return max(SILENT_DAYS, (now() - moment).days)


def _columns(rows: Sequence[RosterRow], *, trends: bool) -> dict[str, list[Any]]:
    zone = local.zone()
    columns: dict[str, list[Any]] = {
        "Name": [visible(row.name) for row in rows],
        "Needs attention": [attention_words(row) for row in rows],
        "Last interview": [day(row.last_interview_at, zone) for row in rows],
        "Interviews": [row.completed for row in rows],
        "Overall": [row.overall for row in rows],
        "Recent": [row.recent_overall for row in rows],
    }
    for skill in SKILLS:
        if trends:
            columns[f"{skill.label} trend"] = [TREND_WORDS[row.trends[skill.key]] for row in rows]
        else:
            columns[skill.label] = [getattr(row, skill.key) for row in rows]
    columns["Weakest"] = [BY_KEY[row.weakest].label if row.weakest else "–" for row in rows]
    return columns


def _column_config(sorted_by: str, *, descending: bool) -> dict[str, Any]:
    def label(name: str) -> str:
        return f"{name} {'↓' if descending else '↑'}" if name == sorted_by else name

    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "Name": text(label("Name"), width=140),
        "Needs attention": text(label("Needs attention"), width=187, help=ATTENTION_HELP),
        "Last interview": text(label("Last interview"), width=90),
        "Interviews": number(label("Interviews"), width=72, help="Completed interviews"),
        "Recent": st.column_config.LineChartColumn(
            "Recent", width=60, y_min=0, y_max=1, help="Overall score of the latest 12 scored interviews, from 0 to 1"
        ),
        "Weakest": text(label("Weakest"), width=112, help="The skill with the lowest average"),
        **{name: number(label(name), format="%.2f", width=width) for name, width in _SCORES.items()},
        **{f"{skill.label} trend": text(label(f"{skill.label} trend"), width=132, help=TREND_HELP) for skill in SKILLS},
    }


ATTENTION_HELP: Final = (
    "Why somebody is on top of this list: a skill is declining (↘); a skill is below its target and not improving; no "
    f"interview for {SILENT_DAYS} days; the latest interview could not be scored."
)
TREND_HELP: Final = (
    "In this list a trend is named only if it stands among everybody's: of those shown as improving or declining, "
    "fewer than one in ten is expected to be chance (false discovery rate 10%)."
)


def _turn(first: int, after: str | None = None, before: str | None = None) -> None:
    filters.remember(after=after, before=before, first=first)


def _clear() -> None:
    st.session_state.update(search="", within="Any time", fewest=0, skill="Any skill", below="No limit")
    first_page()
