"""What a run asks of the database first, asked together with who is looking: one exchange less at every step.

It is asked for whoever looked last in this session, and counts only if they still do: the same person in the same role,
who may see the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from analytics import queries, runtime
from analytics.access import Viewer
from analytics.settings import Settings
from analytics.sign_in import SignIn, viewer_beside
from pages.parts import filters

_KEPT: Final = "asked_ahead"


def candidate_shown(viewer: Viewer) -> int | None:
    """Name the candidate whom the address is about: an interviewee themselves, where it names nobody."""
    return filters.identity("candidate") or (None if viewer.sees_others else viewer.user_id)


def viewer_of(person: SignIn, settings: Settings) -> Viewer:
    """Find out who is looking, and the revision of the candidate shown; raises as `viewer_beside`."""
    st.session_state.pop(_KEPT, None)
    engine = runtime.engine()
    last: Viewer | None = st.session_state.get("viewer")
    user_id = candidate_shown(last) if last is not None else None
    beside = None
    if last is not None and user_id is not None and engine.dialect.name == "postgresql":
        beside = queries.asks_revised(last, user_id)
    viewer, row = viewer_beside(engine, person, settings, beside)
    if row is not None and viewer == last:
        st.session_state[_KEPT] = viewer, user_id, row
    return viewer


def revised_candidate(viewer: Viewer, user_id: int) -> tuple[queries.Candidate, str] | None:
    """Give what was asked ahead of a candidate in this run, once; None where nothing was."""
    kept: tuple[Viewer, int, Sequence[Any]] | None = st.session_state.pop(_KEPT, None)
    return queries.read_revised(kept[2]) if kept is not None and kept[:2] == (viewer, user_id) else None
