"""An unexpected error on a page: one sentence, the incident's number in the log, and a way back."""

from __future__ import annotations

import logging
from typing import Final, Literal
from uuid import uuid4

import streamlit as st

from analytics.observability.logs import about
from pages.parts import common

_log = logging.getLogger(__name__)
# Streamlit writes the same error to the log once more, without the number.
_STREAMLITS: Final = "Uncaught app execution"


def explain(error: Exception) -> Literal[True]:
    """Show that a page, a part of it or an action failed; the log has the details under the same number."""
    incident = uuid4().hex[:12]
    with about(incident=incident):
        _log.error("A page failed", exc_info=error)
    with st.container(key=f"failure_{incident}"):
        st.error(
            f"This did not work. If it happens again, tell whoever runs this program: incident {incident}.",
            icon=":material/error:",
        )
        if "viewer" in st.session_state:
            common.back_to_candidates()
    return True


def log_once() -> None:
    """Keep Streamlit's own line about a page's error out of the log."""
    logging.getLogger("streamlit.error_util").addFilter(lambda line: line.msg != _STREAMLITS)
