"""The heat map of candidates and skills: a table of tinted and hatched cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
from pandas.io.formats.style import Styler

from analytics.charts.style import Table
from analytics.formatting import quantity
from analytics.report.cohort import ALIKE, level_cell
from analytics.skills import SKILLS

TINTS: Final[Mapping[str, str]] = {
    "green": "background-color: rgba(63,156,143,0.30)",
    "orange": "background-color: rgba(217,154,0,0.22)",
    "red": "background-color: rgba(190,70,60,0.30)",
}
# Of a level that cannot be told from the target.
HATCH: Final = "background: repeating-linear-gradient(135deg, rgba(128,136,146,0.40) 0 1px, transparent 1px 6px)"
_NO_BREAK: Final = "\u00a0"


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A table with tints and hatches, its plain numbers by column, and a sentence that describes it."""

    figure: Styler
    table: Table
    alt: str


def heat_map(
    names: Sequence[str],
    levels: Sequence[Mapping[str, tuple[float | None, float | None]]],
    targets: Mapping[str, float],
    *,
    links: Sequence[str],
) -> HeatMap:
    """Draw candidates against skills; `levels` holds each level and half its interval, by candidate and skill.

    `links` stand for the names in the drawn table.
    """
    columns: dict[str, list[str]] = {"Candidate": list(links)}
    styles: dict[str, list[str]] = {"Candidate": [""] * len(names)}
    table: Table = {"Candidate": list(names)}
    for skill in SKILLS:
        cells = [_cell(*each[skill.key], targets[skill.key]) for each in levels]
        columns[skill.label], styles[skill.label] = map(list, zip(*cells, strict=True)) if cells else ([], [])
        table[skill.label] = [_round(each[skill.key][0]) for each in levels]
        table[f"{skill.label}, ±"] = [_round(each[skill.key][1]) for each in levels]
    tints = pd.DataFrame(styles)
    figure = pd.DataFrame(columns).style.apply(lambda _: tints, axis=None)
    return HeatMap(figure, table, f"Current level of each skill, {quantity(len(names), 'candidate')}")


def _cell(level: float | None, error: float | None, target: float) -> tuple[str, str]:
    cell = level_cell(level, error, target)
    style = HATCH if cell.sign == ALIKE else TINTS.get(cell.tint, "")
    return _NO_BREAK.join(filter(None, (cell.level, cell.sign))), style


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
