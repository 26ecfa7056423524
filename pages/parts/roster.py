"""The roster's list: filters, order, rows and pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import streamlit as st

from analytics.charts import heat_map as charts_heat_map
from analytics.columns import now
from analytics.formatting import number, quantity, signed_number
from analytics.queries.tags import HARDEST, LONGEST_KIND
from analytics.report.cohort import EXPLANATION as HEAT_MAP_EXPLANATION
from analytics.report.cohort import LevelCell, level_cell, tint
from analytics.roster.attention import SILENT_DAYS, Attention, reason_words
from analytics.roster.filters import Filters
from analytics.roster.order import Sort
from analytics.roster.page import RosterPage, RosterRow
from analytics.runtime import settings
from analytics.skills import SKILLS
from analytics.text import visible
from analytics.trends.labels import Trend
from pages.parts import add, address, chart, common, reads, roster_order, times
from pages.parts.markdown import plain

SIZE: Final = 25
WIDGETS: Final = ("search", "within", "fewest", "skill", "below", "kind", "difficulty", "by", "sort", "reverse", "view")
LIST, HEAT_MAP = "List", "Heat map"
_SILENT: Final = f"More than {SILENT_DAYS} days ago"
# By text: at most and at least so many days since the last interview.
_WITHIN: Final[dict[str, tuple[int | None, int | None]]] = {
    "Any time": (None, None),
    "7 days": (7, None),
    "30 days": (30, None),
    "90 days": (90, None),
    _SILENT: (None, SILENT_DAYS),
}
_ANY_SKILL, _NO_LIMIT, _ANY_KIND, _ANY, _ANY_JUDGE = "Any skill", "No limit", "Any kind", "Any", "Any judge"
_SKILL: Final = {_ANY_SKILL: None} | {skill.label: skill.key for skill in SKILLS}
_BELOW: Final = {_NO_LIMIT: None} | {f"{level / 10:.1f}": level / 10 for level in range(3, 10)}
_DIFFICULTY: Final = {_ANY: None} | {str(level): level for level in range(1, HARDEST + 1)}
_CLEAR: Final = {
    "search": "",
    "within": "Any time",
    "fewest": 0,
    "skill": _ANY_SKILL,
    "below": _NO_LIMIT,
    "kind": _ANY_KIND,
    "difficulty": _ANY,
    "by": _ANY_JUDGE,
}
_MOST_INTERVIEWS: Final = 1000
_REASON_COLOURS: Final = {
    Attention.REVIEW: "primary",
    Attention.DECLINING: "red",
    Attention.BELOW_TARGET: "orange",
    Attention.SILENT: "blue",
    Attention.FAILED: "violet",
}
_ARROWS: Final = {Trend.IMPROVING: "↗", Trend.DECLINING: "↘", Trend.STEADY: "→", Trend.NOT_ENOUGH_EVIDENCE: ""}
_NO_BREAK: Final = "\u00a0"
_BARS: Final = "▁▂▃▄▅▆▇█"
# A change smaller than this is not stretched to the whole height of a sparkline.
_SMALLEST_SPAN: Final = 0.25


def toolbar() -> tuple[Filters, Sort, bool, str]:
    """Show search, filters, order and view; returns the filters, the order and the view."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        search = st.text_input(
            "Search", key="search", type="search", placeholder="Search name or e-mail", max_chars=100, width=230,
            label_visibility="collapsed", on_change=first_page, bind="query-params",
        )  # fmt: skip
        opened = st.popover("Filter", icon=":material/filter_list:", width="content", key="filter", on_change="rerun")
        with opened:
            filters = _filters(search or "", looked_at=bool(opened.open))
        with st.container(width="content"):
            sort, descending = roster_order.menu(first_page)
        if filters.silent_days is None:
            st.button(
                f"No interview for {SILENT_DAYS} days", icon=":material/event_busy:", key="silent",
                on_click=_set, kwargs={"within": _SILENT},
            )  # fmt: skip
        view: str = address.choose_from_address("View", "view", {LIST: LIST, HEAT_MAP: HEAT_MAP}, hide_label=True)
    _active(filters)
    return filters, sort, descending, view


def _kinds(*, looked_at: bool) -> dict[str, str | None]:
    """Return the kinds to choose from: the one that is chosen, and all there are only for whoever looks at them."""
    chosen = (st.session_state.get("kind"), st.query_params.get("kind"))
    named = [kind for kind in chosen if kind and kind != _ANY_KIND and len(kind) <= LONGEST_KIND]
    stored = reads.kinds(st.session_state["viewer"]) if looked_at else []
    return {_ANY_KIND: None} | {kind: kind for kind in (*stored, *named)}


def _judges(*, looked_at: bool) -> dict[str, str | None]:
    """Return the judges to choose from, read only for whoever looks at them or has chosen one."""
    chosen = {st.session_state.get("by"), st.query_params.get("by")} - {None, _ANY_JUDGE}
    return {_ANY_JUDGE: None} | (reads.all_judges() if looked_at or chosen else {})


def _filters(search: str, *, looked_at: bool) -> Filters:
    kinds, judges = _kinds(looked_at=looked_at), _judges(looked_at=looked_at)
    within, silent = address.choose_from_address("Last interview", "within", _WITHIN, on_change=first_page)
    fewest = address.whole_number("Minimum interviews", "fewest", _MOST_INTERVIEWS, on_change=first_page)
    skill = address.pick_from_address("Skill", "skill", _SKILL, width=220, on_change=first_page)
    below = address.pick_from_address("Average below", "below", _BELOW, width=220, on_change=first_page)
    kind = address.pick_from_address("Kind of interview", "kind", kinds, width=220, on_change=first_page)
    difficulty = address.pick_from_address("Difficulty", "difficulty", _DIFFICULTY, width=220, on_change=first_page)
    judge = address.pick_from_address("Scored by", "by", judges, width=220, on_change=first_page)
    return Filters(search, within, fewest, skill, below, silent, kind, difficulty, judge)


def _active(filters: Filters) -> None:
    """Name what narrows or orders the list, each with a press that takes it back."""
    active: dict[str, dict[str, object]] = {}
    if filters.silent_days is not None:
        active[f"No interview for {filters.silent_days} days"] = {"within": "Any time"}
    if filters.within_days is not None:
        active[f"Interview in the last {filters.within_days} days"] = {"within": "Any time"}
    if filters.minimum_interviews:
        active[f"At least {quantity(filters.minimum_interviews, 'interview')}"] = {"fewest": 0}
    if filters.kind is not None:
        active[f"Interviews: {filters.kind}"] = {"kind": _ANY_KIND}
    if filters.difficulty is not None:
        active[f"Difficulty {filters.difficulty}"] = {"difficulty": _ANY}
    if filters.below is not None:
        skill = next((skill.label for skill in SKILLS if skill.key == filters.skill), _ANY_SKILL)
        active[f"{skill} below {filters.below:.1f}"] = {"below": _NO_LIMIT, "skill": _ANY_SKILL}
    if filters.judge is not None:
        active[f"Scored by {plain(st.session_state['by'], 60)}"] = {"by": _ANY_JUDGE}
    if (order := roster_order.chip()) is not None:
        active[order] = {"sort": roster_order.DEFAULT, "reverse": False}
    if not active:
        return
    with st.container(horizontal=True, gap="xsmall"):
        for text, cleared in active.items():
            st.button(
                text, icon=":material/close:", icon_position="right", key=f"clear {text}", help=f"Remove: {text}",
                on_click=_set, kwargs=cleared,
            )  # fmt: skip


def show_mixed_judges(page: RosterPage) -> None:
    """Show a note if the order or the filters mix judges."""
    if page.mixes_judges:
        st.caption(
            ":material/gavel: Different judges scored these candidates, and judges differ in how strict they are. To "
            "compare like with like, choose one under Filter, “Scored by”."
        )


def cursors() -> tuple[str | None, str | None]:
    """Return the cursors in the address: after which row, and before which row."""
    return st.query_params.get("after"), st.query_params.get("before")


def first_page() -> None:
    """Return to the first page, as another filter or order makes another list."""
    address.write_address(after=None, before=None, first=None)


def roster_list(rows: Sequence[RosterRow]) -> None:
    """Show candidates one below the other, each name linked to its page, with reasons beside it."""
    st.session_state["listed"] = [(row.user_id, row.name) for row in rows]
    roster_order.heads(st.session_state["viewer"], first_page)
    moment, listed = now(), st.container(gap="xsmall")
    for row in rows:
        with listed.container(border=True, key=f"row_{row.user_id}"):
            name, why, levels, last = st.columns(roster_order.WIDTHS, vertical_alignment="center", gap="small")
            name.page_link(
                "candidate.py", label=f"**{plain(row.name, 60)}**", icon="", help="", width="stretch",
                query_params={"candidate": str(row.user_id)},
            )  # fmt: skip
            why.markdown(_reasons(row, moment))
            levels.markdown(_levels(row))
            last.markdown(_last(row))


def _reasons(row: RosterRow, moment: datetime) -> str:
    chips = (
        f":{_REASON_COLOURS[reason.kind]}-badge[{reason_words(reason, row.last_interview_at, moment)}]"
        for reason in row.reasons
    )
    return " ".join(chips) or ("" if row.is_hidden else ":gray[Nothing needs attention]")


def _levels(row: RosterRow) -> str:
    if row.is_hidden:
        return ":gray[:material/visibility_off: Hidden until you have rated all interviews]"
    if row.overall is None:
        return ":gray[Not scored yet]"
    return "\n".join(f"* **{skill.label}** {_level(row, skill.key)}" for skill in SKILLS)


def _level(row: RosterRow, key: str) -> str:
    """Write a level and, where it stands in a list over everybody, its change; tinted by how near the target is."""
    level, trend, target = row.levels[key], row.trends[key], settings().targets[key]
    if level.now is None:
        return ":gray[–]"
    moved = trend in {Trend.IMPROVING, Trend.DECLINING} and level.change is not None
    change = f" :small[{_ARROWS[trend]}{_NO_BREAK}{signed_number(level.change)}]" if moved else ""
    return f":{tint(level.now, target)}-background[{number(level.now)}]{change}"


def _last(row: RosterRow) -> str:
    """Write when the last interview was, and the overall scores up to it as a line of bars."""
    scores = [score for score in row.recent_overall if score is not None]
    if row.last_interview_at is None:
        return ""
    low = min(scores, default=0.0)
    span = max(max(scores, default=0.0) - low, _SMALLEST_SPAN)
    bars = "".join(_BARS[min(int((score - low) / span * len(_BARS)), len(_BARS) - 1)] for score in scores)
    day = f":small[:gray[{times.day(row.last_interview_at)}]]"
    return "  \n".join((times.ago(row.last_interview_at).capitalize(), day, *([f":small[{bars}]"] if bars else [])))


def heat_map(rows: Sequence[RosterRow]) -> None:
    """Show candidates and skills as a table of tinted cells that the keyboard can walk through."""
    st.session_state["listed"] = [(row.user_id, row.name) for row in rows]
    names = [visible(row.name) for row in rows]
    levels = [{key: (level.now, level.error) for key, level in row.levels.items()} for row in rows]
    targets = settings().targets
    drawn = charts_heat_map.heat_map(names, levels, targets)
    with st.container(key="wide"):
        st.dataframe(
            drawn.figure, hide_index=True, height="content", alt=drawn.alt,
            column_config={"Candidate": st.column_config.TextColumn(pinned=True)},
        )  # fmt: skip
    with st.container(key="narrow"):
        columns = {"Candidate": [f"[{plain(row.name, 60)}](candidate?candidate={row.user_id})" for row in rows]}
        for skill in SKILLS:
            columns[skill.label] = [_tinted(level_cell(*each[skill.key], targets[skill.key])) for each in levels]
        st.table(columns, border="horizontal", hide_index=True, alt=drawn.alt)
    st.caption(HEAT_MAP_EXPLANATION)
    chart.numbers(drawn.table, key="heat_map", file_name="skills of candidates", alt=drawn.alt)


def _tinted(cell: LevelCell) -> str:
    words = _NO_BREAK.join(filter(None, (cell.level, cell.sign)))
    return f":{cell.tint}-background[{words}]" if cell.tint else words


def turn_pages(page: RosterPage) -> None:
    """Show the position in the list, with links to the neighbouring pages."""
    asked = st.query_params.get("first", "1")
    first = int(asked) if asked.isdigit() and len(asked) < 10 and cursors() != (None, None) else 1
    last = first + len(page.rows) - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        if page.total > len(page.rows):
            st.button(
                "Previous", icon=":material/chevron_left:", disabled=page.before is None,
                on_click=_turn, kwargs={"before": page.before, "first": max(1, first - SIZE)},
            )  # fmt: skip
            st.button(
                "Next", icon=":material/chevron_right:", icon_position="right", disabled=page.after is None,
                on_click=_turn, kwargs={"after": page.after, "first": last + 1},
            )  # fmt: skip
        st.caption(
            f"{first:,}–{last:,} of {page.total:,}"
            if page.total > len(page.rows)
            else quantity(page.total, "candidate")
        )


def explain_no_match(filters: Filters) -> None:
    """Explain why the list is empty and what would fill it."""
    if common.explain_set_up():
        return
    if filters == Filters() and cursors() == (None, None):
        if common.is_own():
            add.explain_workspace()
            return
        st.info("No candidates yet. They appear here once they have an InterviewLab account.")
        return
    st.info("No candidates match.", icon=":material/filter_alt_off:")
    st.button("Clear filters", on_click=_set, kwargs=_CLEAR)


def _turn(first: int, after: str | None = None, before: str | None = None) -> None:
    address.write_address(after=after, before=before, first=first)


def _set(**values: Any) -> None:
    st.session_state.update(values)
    first_page()
