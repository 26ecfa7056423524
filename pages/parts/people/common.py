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


def choose(label: str, options: Sequence[T], write: Callable[[T], str], key: str) -> T:
    """Offer to choose one of these; gives the one chosen."""
    place = st.selectbox(label, range(len(options)), format_func=lambda place: visible(write(options[place])), key=key)
    return options[place]


def people_table(columns: Mapping[str, Sequence[object]], alt: str) -> None:
    """Show a table, or that nobody is in it yet."""
    if not any(columns.values()):
        st.caption("Nobody yet.")
        return
    table(columns, alt=alt)
