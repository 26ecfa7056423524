"""The page while the database cannot be used: the cause, what to do, and a retry."""

from __future__ import annotations

import logging
import time
from typing import Final, NoReturn

import streamlit as st

from analytics import runtime
from analytics.access.viewer import TRUSTED
from analytics.database.errors import DatabaseError
from analytics.database.sessions import reading
from analytics.roster import page
from analytics.settings import SettingsError
from pages.parts.change import READERS, TYPED

# What a form was opened with stays open as well.
_OPENED: Final = ("write_note", "agree", "aim")
_KEPT: Final = "kept_in_outage"
RETRY_SECONDS: Final = 5
_log = logging.getLogger(__name__)


def explain(error: Exception) -> NoReturn:
    """End the page with one sentence; it reloads when the database is back, with what was typed."""
    _log.warning("The page cannot be shown: %s", error)
    keys = [str(key) for key in st.session_state if str(key).startswith((TYPED, READERS)) or key in _OPENED]
    typed = {key: st.session_state[key] for key in keys}
    st.session_state[_KEPT] = st.session_state.get(_KEPT, {}) | typed
    st.error(str(error), title="The data cannot be shown", icon=":material/cloud_off:")
    shown_at = time.monotonic()

    @st.fragment(run_every=RETRY_SECONDS)
    def come_back() -> None:
        # Not in the run that failed: it would only fail again, at once and without end.
        if time.monotonic() - shown_at > 1 and _usable():
            st.rerun()
        st.caption("This page tries again every few seconds.")

    come_back()
    st.stop()


def give_back() -> None:
    """Put what was typed before an outage where it was; the browser forgets what a page no longer draws."""
    for key, value in st.session_state.pop(_KEPT, {}).items():
        st.session_state[key] = value


def _usable() -> bool:
    try:
        with reading(runtime.engine()) as db:
            page.page(TRUSTED, db, size=1)
    except (DatabaseError, SettingsError):
        return False
    return True
