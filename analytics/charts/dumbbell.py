"""First, current and target level of each skill on one line, with the figures as a table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import plotly.graph_objects as go

from analytics.candidate.skill_trends import SkillTrend
from analytics.charts.style import INK, TEMPLATE, Chart, Table, score_axis
from analytics.formatting import give_or_take, number, quantity, rounded
from analytics.skills import BY_KEY

_ENDS: Final = ("First three", "Now", "Target")


def dumbbell(
    trends: Mapping[str, SkillTrend], first: Mapping[str, float | None], targets: Mapping[str, float]
) -> Chart:
    """Draw each skill's `first` level, its present level and its target.

    A skill without a score has its target only, one without a first level its present one besides. The table holds the
    averages and levels with their 95% intervals. The figure is shared: do not change it.
    """
    figure = _figure(
        tuple(trends),
        tuple(first.get(key) for key in trends),
        tuple(trend.current for trend in trends.values()),
        tuple(targets.get(key) for key in trends),
    )
    return Chart(figure, _table(trends, first, targets), _description(trends, first, targets))


_Levels = tuple[float | None, ...]


@lru_cache(maxsize=128)
def _figure(keys: tuple[str, ...], first: _Levels, now: _Levels, targets: _Levels) -> go.Figure:
    figure = go.Figure()
    skills = [BY_KEY[key] for key in keys]
    labels = [skill.label for skill in skills]
    for skill, began, present in zip(skills, first, now, strict=True):
        figure.add_trace(
            go.Scatter(
                x=[began, present], y=[skill.label] * 2, mode="lines", hoverinfo="skip",
                line={"color": skill.colour, "width": 4}, opacity=0.6, showlegend=False,
            )
        )  # fmt: skip
    looks = (
        (first, {"symbol": "circle-open", "size": 13, "line": {"width": 3}}, "top center"),
        (now, {"symbol": "circle", "size": 15}, "bottom center"),
        # No higher than the circles, so that it crosses none of their numbers.
        (targets, {"symbol": "line-ns-open", "size": 13, "line": {"width": 3}}, "top center"),
    )
    for name, (values, marker, place) in zip(_ENDS, looks, strict=True):
        colours = INK if values is targets else [skill.colour for skill in skills]
        figure.add_trace(
            go.Scatter(
                x=[rounded(value) for value in values], y=labels, name=name, mode="markers+text",
                text=[number(value) if values is not targets else "" for value in values],
                textposition=place, cliponaxis=False, marker={**marker, "color": colours}, showlegend=False,
                hovertemplate="%{y}: %{x:.2f}<extra>" + name + "</extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE,
        height=80 * len(skills) + 60,
        margin={"l": 8, "r": 24, "t": 8, "b": 8},
        xaxis=score_axis(),
        yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False, "ticklabelstandoff": 8},
    )
    return figure


def _table(trends: Mapping[str, SkillTrend], first: Mapping[str, float | None], targets: Mapping[str, float]) -> Table:
    table: Table = {
        "Skill": [BY_KEY[key].label for key in trends],
        "First three": [number(first.get(key)) for key in trends],
        "Average": [give_or_take(trend.average, trend.average_error) for trend in trends.values()],
        "Current level": [give_or_take(trend.current, trend.current_error) for trend in trends.values()],
        "Target": [number(targets[key]) for key in trends],
        "Scored": [quantity(trend.scored, "time") for trend in trends.values()],
    }
    if any(trend.median is not None for trend in trends.values()):
        table["Median of all"] = [number(trend.median) for trend in trends.values()]
    return table


def _description(
    trends: Mapping[str, SkillTrend], first: Mapping[str, float | None], targets: Mapping[str, float]
) -> str:
    parts = (
        f"{BY_KEY[key].label} {_course(first.get(key), trend.current)}, target {number(targets[key])}"
        for key, trend in trends.items()
    )
    return f"Where each skill began, where it stands now, and its target, from 0 to 1. {'; '.join(parts)}."


def _course(first: float | None, current: float | None) -> str:
    if current is None:
        return "not scored"
    return f"at {number(current)}" if first is None else f"from {number(first)} to {number(current)}"
