"""The same pages, drawing one candidate's figures from constants: no database, no arithmetic, no making of figures."""

from __future__ import annotations

import functools
import os

from analytics import charts
from analytics.access import TRUSTED
from app import app as app
from pages.parts import data, who

_shown = data.candidate(TRUSTED, int(os.environ["CONSTANT_CANDIDATE"]))


def _once(make):  # type: ignore[no-untyped-def]
    """Make a figure once for each place it is drawn in."""
    made = {}

    @functools.wraps(make)
    def give(*_rows, **options):  # type: ignore[no-untyped-def]
        key = repr(sorted(options))
        if key not in made:
            made[key] = make(*_rows, **options)
        return made[key]

    return give


data.candidate = lambda _viewer, _user_id: _shown
charts.progression, charts.radar = _once(charts.progression), _once(charts.radar)
who.current_viewer = lambda: TRUSTED
