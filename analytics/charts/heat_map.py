"""The heat map of candidates and skills: a table of tinted cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
from pandas.io.formats.style import Styler

from analytics.charts.style import Table
from analytics.formatting import number, quantity
from analytics.skills import SKILLS

# From how far below the target on a level is tinted as far from it.
_FAR: Final = 0.25
_TINTS: Final[Mapping[str, str]] = {
    "green": "background-color: rgba(63,156,143,0.30)",
    "orange": "background-color: rgba(217,154,0,0.22)",
    "red": "background-color: rgba(190,70,60,0.30)",
}
# Cannot be told from the target: no tint, and a sign of its own.
_ALIKE: Final = "≈"
_BELOW: Final = "▼"
EXPLANATION: Final = (
    f"Current level, 0 to 1. {_ALIKE} cannot be told from the target; "
    f"{_BELOW} {_FAR} or more below it; a dash: not scored."
)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A table with its tints, the plain numbers by column, and what it shows in a sentence."""

    figure: Styler
    table: Table
    alt: str


def tint(level: float, target: float) -> str:
    """Name the tint of a level by how near its target is: green, orange or red."""
    if level >= target:
        return "green"
    return "orange" if level > target - _FAR else "red"


def heat_map(
    names: Sequence[str],
    levels: Sequence[Mapping[str, tuple[float | None, float | None]]],
    targets: Mapping[str, float],
) -> HeatMap:
    """Draw candidates against skills; `levels` gives of each candidate and skill the level and half its interval."""
    columns: dict[str, list[str]] = {"Candidate": list(names)}
    styles: dict[str, list[str]] = {"Candidate": [""] * len(names)}
    table: Table = {"Candidate": list(names)}
    for skill in SKILLS:
        cells = [_cell(*each[skill.key], targets[skill.key]) for each in levels]
        columns[skill.label], styles[skill.label] = map(list, zip(*cells, strict=True)) if cells else ([], [])
        table[skill.label] = [_rounded(each[skill.key][0]) for each in levels]
        table[f"{skill.label}, ±"] = [_rounded(each[skill.key][1]) for each in levels]
    tints = pd.DataFrame(styles)
    figure = pd.DataFrame(columns).style.apply(lambda _: tints, axis=None)
    return HeatMap(figure, table, f"Current level of each skill, {quantity(len(names), 'candidate')}")


def _cell(level: float | None, error: float | None, target: float) -> tuple[str, str]:
    if level is None:
        return "–", ""
    if error is not None and abs(level - target) <= error:
        return f"{number(level)} {_ALIKE}", ""
    colour = tint(level, target)
    return f"{number(level)}{f' {_BELOW}' if colour == 'red' else ''}", _TINTS[colour]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
