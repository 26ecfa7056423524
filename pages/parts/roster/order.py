"""The roster's order: sortable column heads, and a menu of all orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.roster.attention import EXPLANATION
from analytics.roster.order import UNSCORED, Sort
from analytics.skills import SKILLS
from analytics.trends.labels import LIST_EXPLANATION
from pages.parts import address

# The widths of a row's columns: name, reasons, where the skills stand, and the last interview.
WIDTHS: Final = (17, 35, 48, 20)


class Order(NamedTuple):
    """An order of the list, with the labels of its usual and its reverse direction."""

    sort: Sort
    words: tuple[str, str] = ("highest first", "lowest first")
    descending: bool = True


DEFAULT: Final = "Needs attention"
_ORDERS: Final[dict[str, Order]] = {
    DEFAULT: Order(Sort.ATTENTION, ("most urgent first", "least urgent first")),
    "Name": Order(Sort.NAME, ("A to Z", "Z to A"), descending=False),
    "Last interview": Order(Sort.LAST_INTERVIEW, ("latest first", "oldest first")),
    "Interviews": Order(Sort.INTERVIEWS, ("most first", "fewest first")),
    "Overall": Order(Sort.OVERALL),
    **{skill.label: Order(Sort(skill.key)) for skill in SKILLS},
    "Weakest": Order(Sort.LOWEST, ("lowest first", "highest first"), descending=False),
    **{
        f"{skill.label} trend": Order(Sort(f"{skill.key}_trend"), ("improving first", "declining first"))
        for skill in SKILLS
    },
}
_HEADS: Final = (("Name",), (DEFAULT,), tuple(skill.label for skill in SKILLS), ("Last interview",))


def menu(on_change: Callable[[], None]) -> tuple[Sort, bool]:
    """Offer every order; returns the chosen one, and whether it is descending."""
    with st.popover("Sort", icon=":material/swap_vert:", width="content"):
        by = address.pick_from_address(
            "Sort by", "sort", {name: name for name in _ORDERS}, width=240, on_change=on_change
        )
        reverse = st.toggle("Reverse", key="reverse", on_change=on_change, bind="query-params")
        st.caption(f"{EXPLANATION} {LIST_EXPLANATION}")
    return _ORDERS[by].sort, _ORDERS[by].descending != reverse


def chip() -> str | None:
    """Show the order if it is not the usual one."""
    by, reverse = _read_order()
    return None if (by, reverse) == (DEFAULT, False) else f"By {by.lower()}{', reversed' if reverse else ''}"


def heads(viewer: Viewer, on_change: Callable[[], None]) -> None:
    """Show a sort button above each column; a second press reverses the order.

    Whoever rates before they see gets no order that would tell something of scores.
    """
    with st.container(key="heads"):
        for column, names in zip(st.columns(WIDTHS, vertical_alignment="bottom", gap="small"), _HEADS, strict=True):
            with column.container(horizontal=True, gap="xsmall"):
                for name in names:
                    if not viewer.rates_blind or _ORDERS[name].sort in UNSCORED:
                        _head(name, on_change)


def _head(name: str, on_change: Callable[[], None]) -> None:
    by, reverse = _read_order()
    order, is_chosen = _ORDERS[name], name == by
    descending = order.descending != (is_chosen and reverse)
    st.button(
        f"**{name}**: {order.words[reverse]}" if is_chosen else name,
        icon=f":material/arrow_{'downward' if descending else 'upward'}:" if is_chosen else None,
        icon_position="right", type="tertiary", key=f"head {name}",
        help="Turn the order round" if is_chosen else f"Sort by {name.lower()}",
        on_click=_sort, args=(name, on_change), kwargs={"reverse": is_chosen and not reverse},
    )  # fmt: skip


def _sort(name: str, on_change: Callable[[], None], *, reverse: bool) -> None:
    st.session_state.update({"sort": name, "reverse": reverse})
    on_change()


def _read_order() -> tuple[str, bool]:
    by = st.session_state.get("sort")
    return (by if by in _ORDERS else DEFAULT), bool(st.session_state.get("reverse"))
