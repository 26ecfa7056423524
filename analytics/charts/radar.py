"""The radar of averages."""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import plotly.graph_objects as go

from analytics.charts import verdict_marks
from analytics.charts.style import CLEAR, GRID, TEMPLATE, TICKS, Chart, Table, score_list
from analytics.formatting import rounded
from analytics.skills import BY_KEY, SKILL_KEYS, SKILLS


def radar(layers: Mapping[str, Mapping[str, float | None]], errors: Mapping[str, float | None] | None = None) -> Chart:
    """Draw sets of averages on axes from 0 to 1, one named layer each; the first is filled.

    A skill without a value keeps its axis and the line stays open there. `errors` are half the intervals of the first
    layer, drawn along the axes. The chart is shared: do not change it.
    """
    return _radar(
        tuple((name, tuple(averages.items())) for name, averages in layers.items()), tuple((errors or {}).items())
    )


_Values = tuple[tuple[str, float | None], ...]


@lru_cache(maxsize=128)
def _radar(named: tuple[tuple[str, _Values], ...], errors: _Values) -> Chart:
    layers = {name: dict(averages) for name, averages in named}
    figure = go.Figure()
    angles = {key: 90.0 * position for position, key in enumerate(SKILL_KEYS)}
    for position, (name, averages) in enumerate(layers.items()):
        line = _RADAR_LINES[position % len(_RADAR_LINES)]
        closed = [*SKILL_KEYS, SKILL_KEYS[0]]
        complete = all(averages.get(key) is not None for key in SKILL_KEYS)
        figure.add_trace(
            go.Scatterpolar(
                r=[rounded(averages.get(key)) for key in closed],
                theta=[angles[key] for key in closed],
                name=html.escape(name),
                mode="lines+markers",
                connectgaps=False,
                cliponaxis=False,
                fill="toself" if complete and not position else "none",
                fillcolor="rgba(91,127,166,0.18)",
                line=line,
                marker=_VERDICTS if name == verdict_marks.LAYER else {"size": 7, "symbol": _SYMBOLS[position % 4]},
                text=[BY_KEY[key].label for key in closed],
                hovertemplate="%{text}: %{r:.2f}<extra>" + html.escape(name) + "</extra>",
            )
        )
    first = next(iter(layers.values()), {})
    for key, error in errors:
        average = first.get(key)
        if average is None or error is None:
            continue
        low, high = max(0.0, average - error), min(1.0, average + error)
        figure.add_trace(
            go.Scatterpolar(
                r=[low, high],
                theta=[angles[key]] * 2,
                mode="lines",
                line={"color": BY_KEY[key].colour, "width": 6},
                opacity=0.55,
                showlegend=False,
                text=[f"{BY_KEY[key].label}: between {low:.2f} and {high:.2f} (95% sure)"] * 2,
                hovertemplate="%{text}<extra></extra>",
            )
        )
    figure.update_layout(
        template=TEMPLATE,
        height=400,
        margin={"l": 70, "r": 70, "t": 30, "b": 50},
        showlegend=len(layers) > 1,
        legend={"orientation": "h", "x": 0.5, "xanchor": "center", "y": -0.14, "yanchor": "top"},
        polar={
            "bgcolor": CLEAR,
            "radialaxis": {
                "range": [0, 1],
                "tickvals": list(TICKS[1:]),
                "tickformat": ".1f",
                "tickfont": {"size": 11},
                "angle": 45,
                "tickangle": 0,
                "ticks": "",
                "gridcolor": GRID,
                "showline": False,
            },
            "angularaxis": {
                "rotation": 90,
                "ticks": "",
                "direction": "clockwise",
                "tickvals": list(angles.values()),
                "ticktext": [BY_KEY[key].label.replace(" ", "<br>") for key in angles],
                "gridcolor": GRID,
                "linecolor": GRID,
            },
        },
    )
    table: Table = {"Skill": [skill.label for skill in SKILLS]}
    table |= {name: [averages.get(key) for key in SKILL_KEYS] for name, averages in layers.items()}
    text = "; ".join(f"{name}: {score_list(averages)}" for name, averages in layers.items())
    return Chart(figure, table, f"Radar of the four skills from 0 to 1. {text}.")


_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up")
_VERDICTS: Final = {"size": 12, "symbol": verdict_marks.SYMBOL}
_RADAR_LINES: Final = (
    {"color": "#5B7FA6", "width": 3},
    {"color": "#D99A00", "width": 2, "dash": "dash"},
    {"color": "#B04A8B", "width": 2, "dash": "dot"},
    {"color": "#3F9C8F", "width": 2, "dash": "dashdot"},
)
