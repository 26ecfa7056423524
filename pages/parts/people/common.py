"""What several tabs of the People page share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import streamlit as st

from analytics import runtime
from analytics.text import visible
from pages.parts.tables import table

T = TypeVar("T")

# Where changes of this page are confirmed.
PLACE: Final = "people"


def is_alone() -> bool:
    """Return whether only the viewer can ever have a role: in a personal workspace."""
    return runtime.settings().is_own


def choose(label: str, options: Mapping[int, T], write: Callable[[T], str], key: str) -> T:
    """Offer to choose one of these, which are by their ids; gives the one chosen."""
    # Not their places: with somebody new above, the same place would be another person.
    chosen = st.selectbox(label, list(options), format_func=lambda one: visible(write(options[one])), key=key)
    return options[chosen]


def people_table(columns: Mapping[str, Sequence[object]], alt: str) -> None:
    """Show a table, or that nobody is in it yet."""
    if not any(columns.values()):
        st.caption("Nobody yet.")
        return
    table(columns, alt=alt)
