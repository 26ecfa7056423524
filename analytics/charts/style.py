"""The common style of charts: rows in; a figure, its table and its description out.

Pure: equal rows give an equal figure, and neither the clock nor a theme is read. The template is our own, so that a
figure looks the same wherever it is drawn; backgrounds are transparent and every colour is legible on light and dark.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

import plotly.graph_objects as go

from analytics.formatting import STATE_WORDS, day, day_and_age, number, state_words
from analytics.interviewlab.feedback import State
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import ComparedRecord
from analytics.skills import BY_KEY
from analytics.text import shorten

Cell = str | float | None
Table = dict[str, list[Cell]]
INK: Final = "#5B6673"
GRID: Final = "rgba(128,136,146,0.28)"
CLEAR: Final = "rgba(0,0,0,0)"
TEMPLATE: Final = go.layout.Template(
    layout={
        "font": {"color": INK, "family": "sans-serif", "size": 13},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "hoverlabel": {"align": "left"},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    }
)
TICKS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure, its numbers as a table by column, and one or two sentences that describe it."""

    figure: go.Figure
    table: Table
    alt: str


def fade(colour: str, opacity: float) -> str:
    """Return a colour (`#rrggbb`) as CSS with the given opacity."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def score_axis() -> dict[str, Any]:
    """Return the score axis that all charts share."""
    return {
        "range": [0, 1],
        "fixedrange": True,
        "tickvals": list(TICKS),
        "tickformat": ".1f",
        "gridcolor": GRID,
        "zeroline": False,
    }


def cell(record: SkillRecord | ComparedRecord | None) -> Cell:
    """Return a score for a table: the number, or the state in words."""
    if record is None:
        return STATE_WORDS[State.PENDING]
    if record.shown_score is None:
        return state_words(State.NOT_ASSESSED if record.has_verdict else record.state)
    return round(record.shown_score, 4)


def hover(title: str) -> str:
    """Format a title for a hover label, which accepts some HTML: escaped, shortened, and wrapped."""
    return "<br>".join(html.escape(line) for line in textwrap.wrap(shorten(title, 120), 44) or ["Untitled"])


def hover_date(moment: datetime, zone: tzinfo, now: datetime | None) -> str:
    """Format a date for a hover label; with `now`, also how long ago it was."""
    return day(moment, zone) if now is None else day_and_age(moment, now, zone)


def score_list(scores: Mapping[str, float | None]) -> str:
    """Format the scores of skills one after another, for a chart's description."""
    return ", ".join(
        f"{BY_KEY[key].label.lower()} {'not scored' if score is None else number(score)}"
        for key, score in scores.items()
        if key in BY_KEY
    )
