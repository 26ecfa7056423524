"""The same pages, drawing candidates' figures from constants: no database, no arithmetic, no making of figures."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import Any, Final

from analytics.access.viewer import Role, Viewer
from analytics.charts import dumbbell, progression, radar, style
from analytics.views.candidate import CandidateView
from analytics.views.news import News
from analytics.views.session import SessionView
from app import app as app
from benchmarks.sessions import ADMIN
from pages.parts import reads, viewer
from pages.parts.notes import FEW

# Who visits: the notes are theirs, and so are the buttons beside them.
_VIEWER: Final = Viewer(Role.ADMIN, name=ADMIN, email=f"{ADMIN}@example.org")
_shown = {user_id: reads.candidate(_VIEWER, user_id) for user_id in map(int, os.environ["CONSTANT_CANDIDATES"].split())}
_sessions = {
    user_id: reads.session(_VIEWER, view, private=False, most_notes=FEW) for user_id, view in _shown.items() if view
}
_run = threading.local()


def _candidate(
    _viewer: Viewer, user_id: int, _kind: str | None = None, _difficulty: int | None = None
) -> CandidateView | None:
    _run.user_id = user_id
    return _shown[user_id]


def _session(
    _viewer: Viewer, view: CandidateView, *, private: bool, most_notes: int
) -> tuple[SessionView, News] | None:
    return _sessions[view.candidate.user_id]


def _once(make: Callable[..., style.Chart]) -> Callable[..., style.Chart]:
    """Make a figure once for each candidate."""
    made: dict[int, style.Chart] = {}

    @functools.wraps(make)
    def give(*rows: Any, **options: Any) -> style.Chart:
        if _run.user_id not in made:
            made[_run.user_id] = make(*rows, **options)
        return made[_run.user_id]

    return give


reads.candidate, reads.session = _candidate, _session
progression.progression, radar.radar = _once(progression.progression), _once(radar.radar)
dumbbell.dumbbell = _once(dumbbell.dumbbell)
viewer.current_viewer = lambda: _VIEWER
