"""Marks on charts for scores under review: open points, a table column, and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Final

import plotly.graph_objects as go

from analytics.charts.style import Cell, Table
from analytics.formatting import day
from analytics.queries.candidates import SkillRecord
from analytics.skills import BY_KEY, SKILLS

# Where a request stands, in words, by interview and skill.
Reviews = Mapping[tuple[int, str], str]
_MOST_NAMED: Final = 3


def open_points(trace: go.Scatter, skill: str, reviews: Reviews) -> None:
    """Draw the points under review as open markers, and say so in their hover labels."""
    asked = {interview_id: words for (interview_id, key), words in reviews.items() if key == skill}
    if not asked:
        return
    about = [list(one) for one in trace.customdata]
    for one, score in zip(about, trace.y, strict=True):
        if one[0] in asked and score is not None:
            one[3] = f"{one[3]}<br>{asked[one[0]]}"
    drawn = trace.marker.symbol
    symbols = [drawn] * len(about) if isinstance(drawn, str) else drawn
    trace.customdata = about
    trace.marker.symbol = [
        f"{symbol}-open" if one[0] in asked else symbol for one, symbol in zip(about, symbols, strict=True)
    ]


def columns(reviews: Reviews, interview_ids: Iterable[int]) -> Table:
    """Return, for each interview, the state of the review request of a skill; skills without one have no column."""
    ids, table = list(interview_ids), Table()
    for skill in SKILLS:
        words: list[Cell] = [reviews.get((interview_id, skill.key)) for interview_id in ids]
        if any(words):
            table[f"{skill.label}, review"] = words
    return table


def describe(history: Sequence[SkillRecord], reviews: Reviews, zone: tzinfo) -> str:
    """Describe which scores are under review, the first few by skill and date; empty without any."""
    asked = [record for record in history if (record.interview_id, record.skill) in reviews]
    if not asked:
        return ""
    told = [
        f"{BY_KEY[one.skill].label} on {day(one.date, zone)}: {reviews[one.interview_id, one.skill].lower()}"
        for one in asked[:_MOST_NAMED]
    ]
    if more := len(asked) - len(told):
        told.append(f"and {more} more")
    return f" {'; '.join(told)}."
