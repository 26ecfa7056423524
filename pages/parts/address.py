"""Filters and selections in the page's address, so that a link reopens the same view.

The widgets are bound to the address; ids and places in a list, which no widget holds, are read and written here. What
the address holds but nobody can use is said in one sentence, and the default takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeVar

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.columns import LARGEST_ID
from pages.parts.markdown import plain

T = TypeVar("T")

# What pages are named by in addresses, and what else stands there without a widget of its own.
_NAMES: Final = frozenset({"candidate", "interview", "interviews"})
_UNBOUND: Final = ("after", "before", "first", "baseline", "part", "quote", "about")


def choose_from_address(
    label: str,
    name: str,
    options: Mapping[str, T],
    *,
    default: int = 0,
    hide_label: bool = False,
    on_change: Callable[[], None] | None = None,
) -> T:
    """Offer a few options and return the value of the chosen one; `options` maps labels to values."""
    texts = list(options)
    _say_unless(name, texts, texts[default])
    selection = st.segmented_control(
        label, texts, default=texts[default], required=True, key=name, on_change=on_change, bind="query-params",
        label_visibility="collapsed" if hide_label else "visible",
    )  # fmt: skip
    return options[selection] if selection in options else options[texts[default]]


def pick_from_address(
    label: str,
    name: str,
    options: Mapping[str, T],
    *,
    width: int | Literal["stretch"] = "stretch",
    on_change: Callable[[], None] | None = None,
) -> T:
    """Offer many options as a list; the first is the default."""
    texts = list(options)
    _say_unless(name, texts, texts[0])
    selection = st.selectbox(label, texts, key=name, width=width, on_change=on_change, bind="query-params")
    return options[selection] if selection in options else options[texts[0]]


def whole_number(
    label: str, name: str, largest: int, *, smallest: int = 0, on_change: Callable[[], None] | None = None
) -> int:
    """Ask for a number from `smallest`, the default, to `largest`."""
    asked = st.query_params.get(name)
    if asked is not None and not (
        asked.isascii() and asked.isdigit() and len(asked) < 10 and smallest <= int(asked) <= largest
    ):
        st.warning(
            f"“{plain(asked, 40)}” in the address is not a number from {smallest} to {largest}; this shows {smallest}."
        )
    value = st.number_input(
        label, smallest, largest, smallest, key=name, width=150, on_change=on_change, bind="query-params"
    )
    return int(value)


def several(label: str, name: str, options: Sequence[str], *, default: Sequence[str] = ()) -> list[str]:
    """Offer options of which any number may be chosen."""
    selection = st.pills(label, options, selection_mode="multi", default=list(default), key=name, bind="query-params")
    return [text for text in options if text in selection]


def identity(name: str) -> int | None:
    """Read an id from the address; None if it is missing or not an id."""
    return _number(st.query_params.get(name, ""))


def identities(name: str) -> list[int]:
    """Read comma-separated ids from the address, each once, ignoring what is not an id."""
    read = (_number(part) for part in st.query_params.get(name, "").split(","))
    return list(dict.fromkeys(value for value in read if value is not None))


def restore_address(own: str, widgets: Sequence[str] = ()) -> None:
    """Remember this page's address, and restore it when one comes back to the page.

    Streamlit writes the next page's address into this page's before it turns to the next one, so that the browser's
    Back leads to this page with a foreign address. `own` is this page's own name in addresses, empty for the roster.
    """
    places = st.session_state.setdefault("places", {})
    foreign = (_NAMES - {own}) & set(st.query_params)
    if foreign and own in places:
        address, selection = places[own]
        for name in foreign:
            del st.query_params[name]
        for name, values in address.items():
            st.query_params[name] = values
        st.session_state.update(selection)
        st.rerun()
    address = {name: st.query_params.get_all(name) for name in st.query_params if name in {own, *widgets, *_UNBOUND}}
    if own in address and own in places and places[own][0].get(own) != address[own]:
        # After a link from a page to the same page about another, the browser's address is still the former one.
        st.query_params[own] = address[own]
    places[own] = address, {name: st.session_state[name] for name in widgets if name in st.session_state}


def read_address(own: str) -> dict[str, list[str]]:
    """Return the address at which a page was last seen in this session."""
    address: dict[str, list[str]] = st.session_state.get("places", {}).get(own, ({}, {}))[0]
    return address


def write_address(**values: object) -> None:
    """Write values into the address; None removes one."""
    for name, value in values.items():
        if value is not None:
            st.query_params[name] = str(value)
        elif name in st.query_params:
            del st.query_params[name]


def _number(text: str) -> int | None:
    stripped = text.strip()
    if not (stripped.isascii() and stripped.isdigit() and len(stripped) <= 10):
        return None
    return int(stripped) if 0 < int(stripped) <= LARGEST_ID else None


def _say_unless(name: str, options: Sequence[str], default: str) -> None:
    asked = st.query_params.get(name)
    if asked is not None and asked not in options:
        st.warning(f"“{plain(asked, 40)}” in the address is not one of the choices; this shows “{default}”.")


def candidate_shown(viewer: Viewer) -> int | None:
    """Return the candidate in the address; without one, interviewees see themselves."""
    return identity("candidate") or (None if viewer.sees_others else viewer.user_id)
