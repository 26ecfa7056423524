"""The demo's first words in the terminal: whom to look at, and why."""

from __future__ import annotations

from typing import Final

from sqlalchemy.engine import Engine

from analytics.access.viewer import TRUSTED
from analytics.columns import now
from analytics.database.sessions import reading
from analytics.roster import page as roster
from analytics.roster.attention import reason_words
from analytics.roster.order import Sort
from analytics.roster.refresh import refresh_stale

_PEOPLE: Final = 3
_WIDTH: Final = 24


def whom_to_look_at(engine: Engine) -> str:
    """List the candidates who most need attention with their reasons, one line each; empty without any."""
    refresh_stale(engine)
    with reading(engine) as db:
        rows = roster.page(TRUSTED, db, sort=Sort.ATTENTION, descending=True, size=_PEOPLE).rows
    moment = now()
    told = [
        (row.name, ", ".join(reason_words(reason, row.last_interview_at, moment) for reason in row.reasons))
        for row in rows
        if row.reasons
    ]
    lines = [f"    {name:<{_WIDTH}} {reasons}" for name, reasons in told]
    return "\n".join(["  Whom to look at first:", *lines]) if lines else ""
