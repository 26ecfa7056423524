"""The forecast of a level: after how many more interviews it is reached at the present pace, as a range.

Average and change of a fitted line are independent, each with Student's distribution around its estimate, the change
drawn towards none as for the current level. So a line drawn from them is one that the scores allow, and the interviews
after which such lines cross a target are what can be said about when it is reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import scipy  # whose parts are imported when they are first used

from analytics.trends.analysis import TYPICAL_CHANGE
from analytics.trends.design import FEWEST_INTERVIEWS
from analytics.trends.noise import Floats

COVERS: Final = 0.8
_LINES: Final = 4_000


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted line: its average and its change from the first to the last of `count` scores, with their errors."""

    average: float
    average_sd: float
    change: float
    change_sd: float
    df: float
    count: int


@dataclass(frozen=True, slots=True)
class Reach:
    """The 80% range of interviews until a target is reached; `latest` is None if that may be later or never."""

    earliest: float
    latest: float | None


def reach(line: Line, target: float, horizon: float) -> Reach | None:
    """Return the number of further interviews until a line crosses a target from below.

    None where that cannot be told: with fewer than four scores, where it may as well be there already as come after
    `horizon` interviews or never, and where one of the two alone holds 80%.
    """
    if line.count < FEWEST_INTERVIEWS:
        return None
    crossings = np.sort(_crossings(line, target))
    there, within = (crossings <= 0).mean(), (crossings <= horizon).mean()
    outside = 1 - COVERS
    if there >= COVERS or within <= outside:
        return None
    if there >= outside / 2:
        # Said alone, the end is a promise: it is missed as seldom as the end of a range.
        return Reach(0.0, _share(crossings, 1 - outside / 2)) if within >= 1 - outside / 2 else None
    if within < 1 - outside / 2:
        return Reach(_share(crossings, outside), None)
    return Reach(_share(crossings, outside / 2), _share(crossings, 1 - outside / 2))


def _crossings(line: Line, target: float) -> Floats:
    """Draw lines that the scores allow: 0 where they end above the target, infinite where they never get there."""
    level, slope, scale = _draws(line.df)
    drawn = TYPICAL_CHANGE**2 / (TYPICAL_CHANGE**2 + line.change_sd**2)
    changes = drawn * line.change + np.sqrt(drawn) * line.change_sd * slope * scale
    ends = line.average + line.average_sd * level * scale + changes / 2
    gap = target - ends
    with np.errstate(divide="ignore", invalid="ignore"):
        further = np.where(changes > 0, gap * (line.count - 1) / changes, np.inf)
    return np.where(gap <= 0, 0.0, further)


@lru_cache(maxsize=64)
def _draws(df: float) -> tuple[Floats, Floats, Floats]:
    """Draw two normal errors and the common factor that makes them Student's; the same at every call."""
    rng = np.random.default_rng(2026)
    level, slope = rng.standard_normal((2, _LINES))
    squares = 2 * scipy.special.gammaincinv(df / 2, rng.random(_LINES))
    return level, slope, np.sqrt(df / squares)


def _share(crossings: Floats, share: float) -> float:
    return float(crossings[min(int(share * len(crossings)), len(crossings) - 1)])
