"""How much a judge's score moves when only the wording changes, and whether that is significant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy  # whose parts are imported when they are first used
from numpy.typing import NDArray

# How often a judge without any bias may be called biased, over all comparisons together.
_FALSE_ALARMS: Final = 0.05
_MOST_EXACT: Final = 13
_DRAWN: Final = 8_192
_FEWEST: Final = 6
_TOLERANCE: Final = 1e-9
_Table = NDArray[np.float64]
# The same interviews in the same order everywhere; None where the judge gave nothing for one of the two.
Differences = Mapping[tuple[str, str], Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Shift:
    """The mean shift of one skill in one variant with its 95% interval; None if too few pairs were scored.

    `chance` is how often a judge without bias would show a shift as large in any of the comparisons.
    """

    variant: str
    skill: str
    pairs: int
    mean: float | None
    low: float | None
    high: float | None
    chance: float | None

    @property
    def biased(self) -> bool:
        """Return whether the shift is significant, corrected for all comparisons."""
        return self.chance is not None and self.chance <= _FALSE_ALARMS


def shifts(differences: Differences) -> list[Shift]:
    """Estimate the shift of every variant and skill from the differences variant minus plain, one per interview.

    Intervals are Student's, each for itself. Whether a judge is biased is a question to all of them at once: the signs
    of the differences are flipped, interview by interview, in every way there is, and the largest shift of each way,
    in units of its skill's scatter, is what chance can do (Westfall and Young 1993, max-T).
    """
    keys = [key for key, values in differences.items() if len(_without_missing(values)) >= _FEWEST]
    chances = dict(zip(keys, _chances(differences, keys), strict=True)) if keys else {}
    return [_shift(key, _without_missing(values), chances.get(key)) for key, values in differences.items()]


def _without_missing(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _shift(key: tuple[str, str], values: list[float], chance: float | None) -> Shift:
    count = len(values)
    if chance is None:
        return Shift(*key, count, None, None, None, None)
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    half = float(scipy.special.stdtrit(count - 1, 0.975)) * spread / math.sqrt(count)
    return Shift(*key, count, mean, mean - half, mean + half, chance)


def _chances(differences: Differences, keys: Sequence[tuple[str, str]]) -> list[float]:
    table = np.array([[np.nan if each is None else each for each in differences[key]] for key in keys], dtype=float).T
    counts = (~np.isnan(table)).sum(axis=0)
    scale = np.array([_scatter(table, keys, skill) for _, skill in keys]) / np.sqrt(counts)
    table = np.nan_to_num(table)

    def sizes(signs: _Table) -> _Table:
        return np.asarray(np.abs(signs @ table) / counts / scale)

    largest = sizes(_signs(len(table))).max(axis=1)
    observed = sizes(np.ones((1, len(table))))[0]
    return [float((largest >= size - _TOLERANCE).mean()) for size in observed]


def _scatter(table: _Table, keys: Sequence[tuple[str, str]], skill: str) -> float:
    # The same whatever the signs, so that every way of flipping them is measured alike.
    own = table[:, [place for place, (_, other) in enumerate(keys) if other == skill]]
    return max(math.sqrt(float(np.nanmean(own**2))), _TOLERANCE)


def _signs(count: int) -> _Table:
    if count <= _MOST_EXACT:
        numbers = np.arange(2**count)[:, None] >> np.arange(count)
        return np.asarray(1.0 - 2.0 * (numbers & 1))
    drawn = np.random.default_rng(count).integers(0, 2, (_DRAWN, count))
    drawn[0] = 0  # as it was observed
    return np.asarray(1.0 - 2.0 * drawn)
