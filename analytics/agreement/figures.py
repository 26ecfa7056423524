"""Agreement of two series of levels with 95% intervals, and of a constant judge as the baseline.

Levels are numbers from 1 to 5. A judge's may lie between two of them, as the mean of several ratings does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np
import scipy  # whose parts are imported when they are first used
from numpy.typing import NDArray

# With fewer pairs the intervals say little, and their coverage has not been shown.
FEWEST_PAIRS: Final = 30
_CONFIDENCE: Final = 0.95
# Of n pairs without a difference, up to 3/n of all others may differ and still not have been seen (95%).
_UNSEEN: Final = 3.0
_WIDEST: Final = 4.0
_TOLERANCE: Final = 1e-9
_Levels = NDArray[np.float64]


class Calibration(StrEnum):
    """What can be said about a judge."""

    CANNOT_TELL = "cannot_tell"
    CALIBRATED = "calibrated"
    NOT_CALIBRATED = "not_calibrated"


class Shortfall(StrEnum):
    """Why nothing can be said yet."""

    PAIRS = "pairs"
    PEOPLE_AGREE_ON_ONE = "people_agree_on_one"
    JUDGE_SAYS_ONE = "judge_says_one"


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ConstantJudge:
    """The figures of a judge that always gives people's commonest level; its kappa is always 0."""

    level: int
    leniency: float
    difference: float
    within_one: float
    kappa: float = 0.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """A judge's levels against people's; figures are in levels, and None where they cannot be told.

    `leniency` is the mean difference (judge less person), `difference` the mean absolute difference, `kappa` is
    quadratic-weighted, `within_one` the share of pairs at most one level apart. `lacking` says why a standing cannot
    be told, `missing` how many more pairs are needed.
    """

    pairs: int
    leniency: Interval | None = None
    difference: Interval | None = None
    kappa: Interval | None = None
    within_one: float | None = None
    constant: ConstantJudge | None = None
    lacking: Shortfall | None = None

    @property
    def missing(self) -> int:
        """Return how many more pairs are needed."""
        return max(FEWEST_PAIRS - self.pairs, 0)

    @property
    def standing(self) -> Calibration:
        """Return the calibration: calibrated if kappa's interval lies above the constant judge's."""
        if self.kappa is None or self.constant is None:
            return Calibration.CANNOT_TELL
        return Calibration.CALIBRATED if self.kappa.low > self.constant.kappa else Calibration.NOT_CALIBRATED

    @property
    def offset(self) -> float:
        """Return the mean difference where its interval excludes 0, otherwise 0."""
        if self.leniency is None or self.leniency.low <= 0 <= self.leniency.high:
            return 0.0
        return self.leniency.value

    @property
    def correctable(self) -> bool:
        """Return whether a corrected scale may be offered: the judge is calibrated, and lenient or strict."""
        return self.standing is Calibration.CALIBRATED and self.offset != 0


def level_of(score: float) -> float:
    """Convert a score from 0 to 1 to a level from 1 to 5."""
    return 1 + 4 * score


def correct_score(score: float, agreement: Agreement) -> float:
    """Remove a judge's leniency from a score, within 0 and 1; unchanged where no correction is allowed."""
    return min(max(score - agreement.offset / 4, 0.0), 1.0) if agreement.correctable else score


def agreement(pairs: Sequence[tuple[float, float]]) -> Agreement:
    """Compare pairs of a person's level and the judge's; below `FEWEST_PAIRS` no figure is given.

    Nothing is told either where all people gave one level: a judge who always says that would be right each time.
    Mean difference: Student's t. Mean absolute difference: the same on the scale of its square root (delta method),
    which evens out the spread of a mean of absolute values. Kappa: jackknife on Fisher's scale (Lin 1989, Biometrics
    45:255; Miller 1974, Biometrika 61:1), near 0 no
    narrower than chance scatters. Coverage of each is shown by simulation in the tests.
    """
    if len(pairs) < FEWEST_PAIRS:
        return Agreement(len(pairs), lacking=Shortfall.PAIRS)
    person, judge = (np.array(side, dtype=np.float64) for side in zip(*pairs, strict=True))
    if np.ptp(person) < _TOLERANCE:
        return Agreement(len(pairs), lacking=Shortfall.PEOPLE_AGREE_ON_ONE)
    says_one = bool(np.ptp(judge) < _TOLERANCE)
    return Agreement(
        pairs=len(pairs),
        leniency=_mean_difference(judge - person),
        difference=_mean_absolute(np.abs(judge - person)),
        kappa=None if says_one else _kappa(person, judge),
        within_one=_within_one(judge - person),
        constant=_constant(person),
        lacking=Shortfall.JUDGE_SAYS_ONE if says_one else None,
    )


def quadratic_kappa(person: Sequence[float], judge: Sequence[float]) -> float:
    """Return the quadratic-weighted kappa; NaN where both series hold one and the same level only.

    Written with moments, which is Lin's concordance coefficient, so that it also takes levels between two others
    (King and Chinchilli 2001, Statistics in Medicine 20:2131). For whole levels it is Cohen's weighted kappa.
    """
    first, second = np.asarray(person, dtype=np.float64), np.asarray(judge, dtype=np.float64)
    return float(_concordance([np.atleast_1d(each.mean()) for each in _moments(first, second)])[0])


def _moments(person: _Levels, judge: _Levels) -> tuple[_Levels, ...]:
    return person, judge, person**2, judge**2, person * judge


def _concordance(means: Sequence[_Levels]) -> _Levels:
    # Of the five means of `_moments`, of one sample or of many at once.
    first, second, first_square, second_square, product = means
    apart = first_square - first**2 + second_square - second**2 + (first - second) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(apart > _TOLERANCE, 2 * (product - first * second) / apart, np.nan)


def _kappa(person: _Levels, judge: _Levels) -> Interval | None:
    value = quadratic_kappa(person.tolist(), judge.tolist())
    count = len(person)
    if 1 - abs(value) < _TOLERANCE:
        # No difference was seen, for -1 none with the levels turned round: the most that would still not have been
        # seen, each of one level.
        unseen = _UNSEEN / count
        end = math.copysign(1.0, value)
        other = end * (1 - unseen / (2 * float(person.var()) + unseen))
        return Interval(end, min(end, other), max(end, other))
    without_one = _concordance([(each.sum() - each) / (count - 1) for each in _moments(person, judge)])
    if not np.isfinite(without_one).all():
        return None
    error = float(without_one.std()) * math.sqrt(count - 1)
    reach = max(error / (1 - value**2), (1 - value**2) * _chance(person, judge))
    centre, half = math.atanh(value), _quantile(count) * reach
    return Interval(value, math.tanh(centre - half), math.tanh(centre + half))


def _chance(person: _Levels, judge: _Levels) -> float:
    """Return how much the kappa of a judge that never looks would scatter, with these levels dealt out at random.

    Where nearly all levels are one, the few others mostly miss each other; leaving single pairs out shows none of it.
    """
    first, second = float(person.var()), float(judge.var())
    apart = first + second + float(person.mean() - judge.mean()) ** 2
    return 2 * math.sqrt(first * second / (len(person) - 1)) / apart


def _mean_difference(differences: _Levels) -> Interval:
    value, half = float(differences.mean()), _half(differences)
    return Interval(value, max(value - half, -_WIDEST), min(value + half, _WIDEST))


def _mean_absolute(distances: _Levels) -> Interval:
    value, half = float(distances.mean()), _half(distances)
    if value < _TOLERANCE:
        return Interval(0.0, 0.0, half)
    root, reach = math.sqrt(value), half / (2 * math.sqrt(value))
    return Interval(value, max(root - reach, 0.0) ** 2, min((root + reach) ** 2, _WIDEST))


def _half(values: _Levels) -> float:
    count = len(values)
    if np.ptp(values) < _TOLERANCE:
        return _UNSEEN / count
    return _quantile(count) * float(values.std(ddof=1)) / math.sqrt(count)


@lru_cache(maxsize=1024)
def _quantile(count: int) -> float:
    return float(scipy.special.stdtrit(count - 1, (1 + _CONFIDENCE) / 2))


def _within_one(differences: _Levels) -> float:
    return float((np.abs(differences) <= 1 + _TOLERANCE).mean())


def _constant(person: _Levels) -> ConstantJudge:
    counts = Counter(math.floor(level + 0.5) for level in person.tolist())
    most = max(counts.values())
    commonest = [level for level, count in counts.items() if count == most]
    level = min(commonest, key=lambda each: (float(np.abs(each - person).mean()), each))
    return ConstantJudge(
        level=level,
        leniency=float((level - person).mean()),
        difference=float(np.abs(level - person).mean()),
        within_one=_within_one(level - person),
    )
