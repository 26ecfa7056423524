"""The toolbar above the roster: search, filters, order and view; what is active, and what an empty list means."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.formatting import quantity
from analytics.queries.tags import HARDEST, LONGEST_KIND
from analytics.roster.attention import SILENT_DAYS
from analytics.roster.filters import Filters
from analytics.roster.order import Sort
from analytics.skills import SKILLS
from pages.parts import address, common, reads
from pages.parts.add import files
from pages.parts.markdown import plain
from pages.parts.roster import order

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
_ANYBODY: Final = "anybody"


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
            sort, descending = order.menu(first_page)
        # One button both ways: whoever presses it by keyboard stays on it.
        silent = filters.silent_days is not None
        st.button(
            f"No interview for {SILENT_DAYS} days", icon=":material/close:" if silent else ":material/event_busy:",
            key="silent", on_click=_set, kwargs={"within": "Any time" if silent else _SILENT},
        )  # fmt: skip
        view: str = address.choose_from_address("View", "view", {LIST: LIST, HEAT_MAP: HEAT_MAP}, hide_label=True)
    _active(filters)
    return filters, sort, descending, view


def has_choices(viewer: Viewer) -> bool:
    """Return whether there is anything to search, to filter or to sort; asked until there is."""
    if not st.session_state.get(_ANYBODY):
        asked = {*WIDGETS, "after", "before"} & set(st.query_params)
        st.session_state[_ANYBODY] = bool(asked) or reads.anybody(viewer)
    return bool(st.session_state[_ANYBODY])


def cursors() -> tuple[str | None, str | None]:
    """Return the cursors in the address: after which row, and before which row."""
    return st.query_params.get("after"), st.query_params.get("before")


def first_page() -> None:
    """Return to the first page, as another filter or order makes another list."""
    address.write_address(after=None, before=None, first=None)


def is_whole(filters: Filters) -> bool:
    """Return whether this is the list as a whole, from its beginning."""
    return filters == Filters() and cursors() == (None, None)


def explain_no_match(filters: Filters) -> None:
    """Explain why the list is empty and what would fill it."""
    if common.explain_set_up():
        return
    if is_whole(filters):
        if common.is_own():
            files.explain_workspace()
            return
        st.info("No candidates yet. They appear here once they have an InterviewLab account.")
        return
    common.nothing().info("No candidates match.", icon=":material/filter_alt_off:")
    st.button("Clear filters", on_click=_set, kwargs=_CLEAR)


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
    if (chosen := order.chip()) is not None:
        active[chosen] = {"sort": order.DEFAULT, "reverse": False}
    silent = [] if filters.silent_days is None else [f"No interview for {filters.silent_days} days"]
    if silent or active:
        # For paper, which has no buttons.
        st.container(key="printed").caption(" · ".join([*silent, *active]))
    if not active:
        return
    with st.container(horizontal=True, gap="xsmall"):
        for text, cleared in active.items():
            st.button(
                text, icon=":material/close:", icon_position="right", key=f"clear {text}", help=f"Remove: {text}",
                on_click=_set, kwargs=cleared,
            )  # fmt: skip


def _set(**values: Any) -> None:
    st.session_state.update(values)
    first_page()
