"""Trends, averages and comparisons of interview scores, each with the error it is known to.

Everything here is arithmetic on arrays: no database, no clock, no random numbers. The method and its measured error
rates are told in `docs/trends.md`; `tests/simulation.py` measures them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy  # whose parts are imported when they are first used
from numpy.typing import ArrayLike, NDArray

from analytics.noise import (
    CohortNoise,
    Floats,
    Integers,
    NoiseStatistics,
    by_count,
    combine_noise,
    fit_line,
    learn_noise,
    line_correlations,
    line_steps,
    noise_statistics,
    score_table,
)

__all__ = [
    "DECLINING",
    "IMPROVING",
    "NAMES",
    "NOT_ENOUGH",
    "SMALLEST_COHORT",
    "STEADY",
    "CohortNoise",
    "CohortPosition",
    "Difference",
    "NextSkill",
    "NoiseStatistics",
    "Trends",
    "analyse",
    "benjamini_hochberg",
    "cohort_position",
    "combine_noise",
    "compare",
    "learn_noise",
    "noise_statistics",
    "work_on_next",
]

Booleans = NDArray[np.bool_]

IMPROVING, DECLINING, STEADY, NOT_ENOUGH = 1, -1, 0, 9
NAMES = {IMPROVING: "improving", DECLINING: "declining", STEADY: "steady", NOT_ENOUGH: "not_enough_evidence"}

FEWEST_INTERVIEWS = 4
SIGNIFICANT = 0.05
SMALLEST_CHANGE = 0.05
STEADY_WITHIN = 0.15
CHANGE_TO_SHOW = 0.20
WALK_RATIO = 0.05
MOST_INTERVIEWS = 200
SMALLEST_COHORT = 20
CLEAR_PROBABILITY = 0.6

# How far a person typically moves; only the current level leans on it, never a trend.
TYPICAL_CHANGE = 0.15


@dataclass(frozen=True, slots=True)
class Trends:
    """What `analyse` says: arrays of (people,), the bands of (people, interviews). NaN where nothing can be said.

    `label` is 1 improving, -1 declining, 0 steady, 9 not enough evidence; `n` counts scores. `change` is that from the
    first to the last score, with its 95% interval and, in `steady_low` and `steady_high`, its 90% interval; `p` is NaN
    below four scores. `current` is the level at the last score, its error `current_sd`. `noise_sd` and `df` are the
    standard deviation of one score around its true level and how well that is known. `interviews_needed` is about how
    many more a change of 0.2 would need to show four times in five: 0 when decided or already enough.
    """

    label: Integers
    p: Floats
    change: Floats
    change_low: Floats
    change_high: Floats
    steady_low: Floats
    steady_high: Floats
    average: Floats
    average_half_width: Floats
    current: Floats
    current_sd: Floats
    n: Integers
    noise_sd: Floats
    df: Floats
    interviews_needed: Integers
    band_centre: Floats
    band_half_width: Floats
    noise: CohortNoise


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two scores and the least that counts."""

    value: Floats
    margin: Floats
    counts: Booleans


@dataclass(frozen=True, slots=True)
class CohortPosition:
    """Percentiles 0..100 of an average and of both ends of its interval."""

    percentile: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class NextSkill:
    """Which skill to work on: indices of one skill when `clear`, else of the two likeliest, likeliest first.

    `gap` is target minus current level and `probability` that of being the largest gap, NaN for skills without a level.
    """

    skills: tuple[int, ...]
    clear: bool
    gap: Floats
    probability: Floats


def analyse(scores: ArrayLike, noise: CohortNoise | None = None) -> Trends:
    """Tell each person's trend, average and current level.

    `scores` is (people, interviews) in interview order, NaN where there is no score, one cohort and one skill; only the
    order of the scores counts, not how many interviews without a score lie between. Without `noise` it is learned from
    these people. Zero people give empty arrays; other dimensions raise ValueError.
    """
    table = score_table(scores)
    if noise is None:
        noise = learn_noise(table)
    people = len(table)
    n = np.isfinite(table).sum(axis=1).astype(np.int64)
    df = noise.df + np.maximum(n - 2.0, 0.0)
    # The blend is the best guess of a person's noise; what is claimed rests on never less than their own scatter.
    blended, own, rounding = np.full(people, noise.variance), np.zeros(people), np.zeros(people)
    average, average_error, change, change_error = np.full((4, people), np.nan)
    half_span = np.zeros(people)
    centre, half_width = np.full((2, *table.shape), np.nan)
    for rows, columns, y in by_count(table, fewest=1):
        count = y.shape[1]
        known = _known_beforehand(count, noise.correlation)
        average[rows] = y.mean(axis=1)
        average_error[rows] = known.average_error
        if count == 1:
            continue
        change[rows], residual = fit_line(y)
        change_error[rows] = known.change_error
        half_span[rows] = 0.5
        if count > 2:
            own[rows] = np.einsum("pi,pi->p", residual, residual) / known.scatter
            blended[rows] = (noise.df * noise.variance + (count - 2) * own[rows]) / (noise.df + count - 2)
        if count >= FEWEST_INTERVIEWS:
            rounding[rows] = _rounding_variance(y)
        centre[rows[:, None], columns] = y @ known.smoother
        half_width[rows[:, None], columns] = known.band_error

    wide, narrow = t_quantile(0.975, df), t_quantile(0.95, df)
    noise_sd = np.sqrt(np.maximum(blended, own) + rounding)
    average_error *= noise_sd
    change_error *= noise_sd
    half_width *= (wide * noise_sd)[:, None]
    p = np.full(people, np.nan)
    enough = n >= FEWEST_INTERVIEWS
    p[enough] = 2 * scipy.special.stdtr(df[enough], -np.abs(change[enough]) / change_error[enough])
    moved = enough & (p < SIGNIFICANT) & (np.abs(change) >= SMALLEST_CHANGE)
    steady = enough & ~moved & (np.abs(change) + narrow * change_error <= STEADY_WITHIN)
    label = np.select([moved & (change > 0), moved, steady], [IMPROVING, DECLINING, STEADY], NOT_ENOUGH)

    change_variance = np.nan_to_num(change_error) ** 2
    kept = TYPICAL_CHANGE**2 / (TYPICAL_CHANGE**2 + change_variance)
    return Trends(
        label=label,
        p=p,
        change=change,
        change_low=change - wide * change_error,
        change_high=change + wide * change_error,
        steady_low=change - narrow * change_error,
        steady_high=change + narrow * change_error,
        average=average,
        average_half_width=wide * average_error,
        current=average + half_span * kept * np.nan_to_num(change),
        current_sd=np.sqrt(average_error**2 + half_span**2 * kept * change_variance),
        n=n,
        noise_sd=noise_sd,
        df=df,
        interviews_needed=np.where(label == NOT_ENOUGH, _interviews_needed(n, np.sqrt(blended), noise), 0),
        band_centre=centre,
        band_half_width=half_width,
        noise=noise,
    )


def compare(a: ArrayLike, b: ArrayLike, noise_sd: ArrayLike, df: ArrayLike) -> Difference:
    """Tell whether b differs from a by more than noise; a missing score never does.

    `noise_sd` and `df` are the person's own from `Trends`: the standard deviation of one score around its true level,
    and the degrees of freedom of that.
    """
    value = np.asarray(b, dtype=np.float64) - np.asarray(a, dtype=np.float64)
    margin = t_quantile(0.975, np.asarray(df, dtype=np.float64)) * np.asarray(noise_sd, dtype=np.float64) * np.sqrt(2)
    return Difference(value, margin, np.abs(value) > margin)


def cohort_position(average: float, half_width: float, cohort_averages: ArrayLike) -> CohortPosition | None:
    """Place an average among a cohort's; None with fewer than 20 people or without an average.

    Ties count half.
    """
    others = np.asarray(cohort_averages, dtype=np.float64)
    others = others[np.isfinite(others)]
    if len(others) < SMALLEST_COHORT or not np.isfinite([average, half_width]).all():
        return None
    levels = np.array([[average - half_width], [average], [average + half_width]])
    below, upto = (others < levels).mean(axis=1), (others <= levels).mean(axis=1)
    low, middle, high = (50 * (below + upto)).tolist()
    return CohortPosition(percentile=middle, low=low, high=high)


def benjamini_hochberg(p: ArrayLike, q: float = 0.10) -> Booleans:
    """Pick the p-values that stand in a list in which a share of at most q is false; NaN never stands."""
    values = np.asarray(p, dtype=np.float64)
    stands = np.isfinite(values)
    if stands.any():
        stands[stands] = scipy.stats.false_discovery_control(values[stands]) < q
    return stands


def work_on_next(current: ArrayLike, current_sd: ArrayLike, targets: ArrayLike) -> NextSkill:
    """Choose the skill furthest below its target, or the two likeliest when that is not clear.

    Levels are taken as independent and normal; skills whose level is NaN are left out, and without any none is chosen.
    """
    gap = np.asarray(targets, dtype=np.float64) - np.asarray(current, dtype=np.float64)
    probability = np.full(gap.shape, np.nan)
    known = np.flatnonzero(np.isfinite(gap))
    middle, sd = gap[known], np.maximum(np.asarray(current_sd, dtype=np.float64)[known], 1e-9)
    quantiles = scipy.special.ndtri((np.arange(2000) + 0.5) / 2000)
    for own, index in enumerate(known):
        reach = middle[own] + sd[own] * quantiles
        below = scipy.special.ndtr((reach[:, None] - np.delete(middle, own)) / np.delete(sd, own))
        probability[index] = below.prod(axis=1).mean()
    probability /= np.nansum(probability) or 1.0
    likeliest = known[np.lexsort((known, -middle, -probability[known]))]
    clear = bool(len(known)) and bool(probability[likeliest[0]] >= CLEAR_PROBABILITY)
    return NextSkill(tuple(int(skill) for skill in likeliest[: 1 if clear else 2]), clear, gap, probability)


def _rounding_variance(y: Floats) -> Floats:
    """Give step**2 / 12 for the smallest step between a person's scores (people, interviews); 0 where all are equal.

    A few scores on a coarse scale often stand in a line by chance alone; for fine scores this is next to nothing.
    """
    steps = np.diff(np.sort(y, axis=1), axis=1)
    smallest = np.where(steps > 1e-9, steps, np.inf).min(axis=1)
    return np.where(np.isfinite(smallest), smallest, 0.0) ** 2 / 12


@dataclass(frozen=True, slots=True)
class _KnownBeforehand:
    """What follows from the number of a person's scores and their correlation alone, in units of the noise.

    `scatter` is the expected sum of squares around the fitted line. Scores (people, interviews) times `smoother` are
    the band's centre. What needs two scores, or three, is NaN or zero with fewer.
    """

    average_error: float
    change_error: float
    scatter: float
    smoother: Floats
    band_error: Floats

    @classmethod
    def of(cls, count: int, correlation: float) -> _KnownBeforehand:
        related = np.asarray(scipy.linalg.toeplitz(correlation ** np.arange(count, dtype=np.float64)))
        average_error = float(np.sqrt(related.sum())) / count
        if count == 1:
            nothing = np.full(count, np.nan)
            return cls(average_error, np.nan, 0.0, nothing[:, None], nothing)
        x = line_steps(count)
        xrx, sxx = x @ related @ x, x @ x
        # Correlated scatter around a fitted line is smaller than the noise that made it; this is its expectation.
        scatter = count - related.sum() / count - xrx / sxx
        smoother, error = _smoother(related, walk=0.0 if count < FEWEST_INTERVIEWS else WALK_RATIO)
        return cls(average_error, float(np.sqrt(xrx) / sxx), float(scatter), smoother, error)


def _smoother(related: Floats, walk: float) -> tuple[Floats, Floats]:
    """Predict a straight line plus a random walk from scores with correlated noise, by generalised least squares.

    Gives the matrix that turns scores into the prediction, and the prediction's error in units of the noise.
    """
    steps = np.arange(len(related))
    drift = walk * np.minimum(steps[:, None], steps)
    line = np.stack([np.ones(len(related)), line_steps(len(related))], axis=1)
    factor = np.linalg.cholesky(related + drift)
    # Not SciPy's triangular solver: that one wakes every core even for five scores, and waits for busy ones.
    solved = np.linalg.solve(factor, np.hstack([np.eye(len(related)), drift, line]))
    whiten, pull, white_line = np.split(solved, [len(related), 2 * len(related)], axis=1)
    covariance = np.linalg.inv(white_line.T @ white_line)
    left = line - pull.T @ white_line
    smoother = whiten.T @ (pull + white_line @ covariance @ left.T)
    variance = np.diag(drift) - np.sum(pull**2, axis=0) + np.sum(left @ covariance * left, axis=1)
    return smoother, np.sqrt(variance)


def _known_beforehand(count: int, correlation: float) -> _KnownBeforehand:
    """Give what is known, and keep it unless it would be large to keep."""
    return (_kept if count <= _LARGEST_KEPT else _KnownBeforehand.of)(count, correlation)


# The factorisations cost more than all the rest that is told of a person, and a cohort's correlation changes seldom.
# At most 164 MB, if people have all numbers of interviews up to the largest; usual cohorts keep some 5 MB.
_LARGEST_KEPT = 200
_kept = lru_cache(maxsize=512)(_KnownBeforehand.of)


def t_quantile(probability: float, df: ArrayLike) -> Floats:
    """Give quantiles of Student's t; equal degrees of freedom, of which there are few, are looked up once."""
    values, place = np.unique(np.asarray(df, dtype=np.float64), return_inverse=True)
    return np.array([_kept_t_quantile(probability, value) for value in values.tolist()])[place]


@lru_cache(maxsize=4096)
def _kept_t_quantile(probability: float, df: float) -> float:
    return float(scipy.special.stdtrit(df, probability))


def _interviews_needed(n: Integers, noise_sd: Floats, noise: CohortNoise) -> Integers:
    """Plan for p < .05 in four of five people that change by 0.2, at most up to 200 interviews in all."""
    total, affordable = _affordable_noise(noise.df, noise.correlation)
    enough = np.minimum(np.searchsorted(affordable, noise_sd), len(total) - 1)
    return np.asarray(np.maximum(total[enough] - n, 0))


@lru_cache(maxsize=32)
def _affordable_noise(df: float, correlation: float) -> tuple[Integers, Floats]:
    """Give numbers of interviews, and with how much noise each would still show the change."""
    total = np.arange(FEWEST_INTERVIEWS, MOST_INTERVIEWS + 1, dtype=np.int64)
    sxx = total * (total + 1) / (12 * (total - 1))
    sure = t_quantile(0.975, df + total - 2) + t_quantile(0.8, df + total - 2)
    return total, CHANGE_TO_SHOW / (sure * np.sqrt(line_correlations(total, correlation) / sxx))
