"""What a form changes: made whole or explained, and confirmed on the page as it is then."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from analytics.access.viewer import NotAllowedError
from analytics.coaching.access import CoachingError
from analytics.database.sessions import Connection
from pages.parts import reads


def save(place: str, change: Callable[[Connection], object], done: str) -> None:
    """Make a change and show the page as it is then; one that cannot be made is explained, and nothing has changed.

    `done` is said by `confirm` of the same place.
    """
    try:
        with reads.writing() as db:
            change(db)
    except (CoachingError, NotAllowedError) as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state[f"{place}_saved"] = done
    st.rerun()


def confirm(place: str) -> None:
    """Show once what was saved at a place."""
    if message := st.session_state.pop(f"{place}_saved", None):
        st.success(message, icon=":material/check:")
