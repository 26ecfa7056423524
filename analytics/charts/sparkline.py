"""A sparkline: a few scores as a line the size of a word, for a row of a list."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from analytics.formatting import number

_WIDTH: Final = 72
_HEIGHT: Final = 32
_RADIUS: Final = 3
# Legible on light and dark, as a picture cannot know the theme.
_COLOUR: Final = "#4C86B8"
# A change smaller than this is not stretched to the whole height: it would look like a large one.
_SMALLEST_SPAN: Final = 0.25


def sparkline(scores: Sequence[float]) -> str:
    """Draw scores (0 to 1, oldest first) as the address of an SVG picture; one score is a dot.

    The height shows the range of these scores, so that a change can be seen; a range below 0.25 stays below the whole
    height. Empty scores give an empty address.
    """
    if not scores:
        return ""
    middle, span = (min(scores) + max(scores)) / 2, max(max(scores) - min(scores), _SMALLEST_SPAN)
    step = (_WIDTH - 2 * _RADIUS) / max(len(scores) - 1, 1)
    points = [
        (
            round(_RADIUS + place * step, 1),
            round(_HEIGHT / 2 - (score - middle) / span * (_HEIGHT - 2 * _RADIUS), 1),
        )
        for place, score in enumerate(scores)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="{_COLOUR}" '
        f'stroke-width="2" stroke-linejoin="round" stroke-linecap="round"><polyline points="{line}"/>'
        f'<circle cx="{points[-1][0]}" cy="{points[-1][1]}" r="{_RADIUS - 1}" fill="{_COLOUR}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"


def describe(scores: Sequence[float]) -> str:
    """Describe a sparkline in words, for who cannot see it."""
    if len(scores) == 1:
        return f"Overall {number(scores[0])} in one interview"
    return f"Overall in the last {len(scores)} interviews: {', '.join(map(number, scores))}"
