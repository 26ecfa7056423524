"""A person's levels against a judge's: one circle per pair of levels, sized by the number of interviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from analytics.charts.style import GRID, INK, TEMPLATE, Chart, Table, fade
from analytics.formatting import quantity
from analytics.skills import Skill

_LEAST: Final = 9.0
_LARGEST: Final = 34.0


def agreement(skill: Skill, pairs: Sequence[tuple[float, float]], judge: str) -> Chart:
    """Draw pairs of levels (person, judge) with the identity line.

    A judge's level between two others is drawn at the nearest quarter.
    """
    counted = Counter((round(4 * person) / 4, round(4 * given) / 4) for person, given in pairs)
    places = sorted(counted)
    most = max(counted.values(), default=1)
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=[1, 5], y=[1, 5], mode="lines", hoverinfo="skip", showlegend=False,
            line={"color": INK, "width": 1.5, "dash": "dot"},
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=[person for person, _ in places],
            y=[given for _, given in places],
            mode="markers",
            showlegend=False,
            customdata=[quantity(counted[place], "interview") for place in places],
            hovertemplate="Person %{x}, judge %{y}: %{customdata}<extra></extra>",
            marker={
                # The area says how many.
                "size": [_LEAST + (_LARGEST - _LEAST) * ((counted[place] - 1) / most) ** 0.5 for place in places],
                # Circles of several sizes are otherwise drawn at 70%, and their edges fade on dark.
                "opacity": 1,
                "color": fade(skill.colour, 0.4),
                "line": {"color": skill.colour, "width": 1.5},
            },
        )
    )
    axis = {"range": [0.6, 5.4], "tickvals": [1, 2, 3, 4, 5], "fixedrange": True, "gridcolor": GRID, "zeroline": False}
    figure.update_layout(
        template=TEMPLATE,
        height=380,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={**axis, "title": "Person's level"},
        yaxis={**axis, "title": "Judge's level"},
    )
    table: Table = {
        "Person's level": [person for person, _ in places],
        "Judge's level": [given for _, given in places],
        "Interviews": [counted[place] for place in places],
    }
    higher, lower = (sum(sign * (given - person) > 0 for person, given in pairs) for sign in (1, -1))
    alt = (
        f"{skill.label}: levels of people against those of {judge}, {quantity(len(pairs), 'interview')}. "
        f"The judge is higher in {higher}, lower in {lower}."
    )
    return Chart(figure, table, alt)
