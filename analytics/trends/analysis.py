"""Trends, averages and comparisons of interview scores, each with its standard error.

Everything here is arithmetic on arrays: no database, no clock, no random numbers. The method and its measured error
rates are told in `docs/trends.md`; `tests/trends/simulation.py` measures them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy  # whose parts are imported when they are first used
from numpy.typing import ArrayLike, NDArray

from analytics.trends.bridge import Shift, combine_errors, shared_errors
from analytics.trends.design import FEWEST_INTERVIEWS, design_of, further_interviews, t_quantile
from analytics.trends.noise import (
    CohortNoise,
    Floats,
    Integers,
    NoiseStatistics,
    by_count,
    combine_noise,
    fit_line,
    learn_noise,
    noise_statistics,
    score_table,
)

__all__ = [
    "DECLINING",
    "IMPROVING",
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

SIGNIFICANT = 0.05
SMALLEST_CHANGE = 0.05
STEADY_WITHIN = 0.15
SMALLEST_COHORT = 20
CLEAR_PROBABILITY = 0.6

# How far a person typically moves; only the current level leans on it, never a trend.
TYPICAL_CHANGE = 0.15


@dataclass(frozen=True, slots=True)
class Trends:
    """The result of `analyse`: arrays of (people,), bands of (people, interviews). NaN where nothing can be said.

    `label` is 1 improving, -1 declining, 0 steady, 9 not enough evidence; `n` counts scores. `change` is that from the
    first to the last score, with its 95% interval (all from -1 to 1) and, in `steady_low` and `steady_high`, its 90%
    interval; `p` is NaN below four scores. `current` (0 to 1) is the level at the last score, `current_half_width` half
    its 95% interval. `noise_sd` and `df` are the standard deviation of one score around its true level and how well it
    is known. `interviews_needed` is about how many more a change of 0.2 needs to show four times in five: 0 when
    decided or already enough.
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
    current_half_width: Floats
    n: Integers
    noise_sd: Floats
    df: Floats
    interviews_needed: Integers
    band_centre: Floats
    band_half_width: Floats
    noise: CohortNoise


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two scores and the least difference that counts."""

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
    """The skill to work on: its index if `clear`, otherwise those of the two likeliest, likeliest first.

    `gap` is target minus current level and `probability` that of being the largest gap, NaN for skills without a level.
    """

    skills: tuple[int, ...]
    clear: bool
    gap: Floats
    probability: Floats


class _Fit(NamedTuple):
    """What the lines say, each error in units of the noise; `half_span` is from the middle of the line to its end."""

    n: Integers
    average: Floats
    average_error: Floats
    change: Floats
    change_error: Floats
    half_span: Floats
    centre: Floats
    band_error: Floats
    blended: Floats
    noise_sd: Floats


def analyse(scores: ArrayLike, noise: CohortNoise | None = None, shifts: Sequence[Shift] = ()) -> Trends:
    """Estimate each person's trend, average and current level.

    `scores` is (people, interviews) in interview order, NaN where there is no score, one cohort and one skill; only the
    order of the scores counts, not how many interviews without a score lie between. Without `noise` it is learned from
    these people. `shifts` say which scores were moved over a bridge between judges; its error is added to all but that
    of one score. Zero people give empty arrays; other dimensions raise ValueError.
    """
    table = score_table(scores)
    if noise is None:
        noise = learn_noise(table)
    fit = _fit(table, noise)
    n, sd, change = fit.n, fit.noise_sd, fit.change
    df = noise.df + np.maximum(n - 2.0, 0.0)
    shared = [shared_errors(shift, table, noise.correlation) for shift in shifts]
    average_sd, average_df = combine_errors(sd * fit.average_error, df, [(one.average, one.df) for one in shared])
    change_sd, change_df = combine_errors(sd * fit.change_error, df, [(one.change, one.df) for one in shared])
    bands = [(one.band, one.df[:, None]) for one in shared]
    band_sd, band_df = combine_errors(sd[:, None] * fit.band_error, df[:, None], bands)
    wide, narrow = t_quantile(0.975, change_df), t_quantile(0.95, change_df)
    p = np.full(len(table), np.nan)
    enough = n >= FEWEST_INTERVIEWS
    p[enough] = 2 * scipy.special.stdtr(change_df[enough], -np.abs(change[enough]) / change_sd[enough])
    moved = enough & (p < SIGNIFICANT) & (np.abs(change) >= SMALLEST_CHANGE)
    steady = enough & ~moved & (np.abs(change) + narrow * change_sd <= STEADY_WITHIN)
    label = np.select([moved & (change > 0), moved, steady], [IMPROVING, DECLINING, STEADY], NOT_ENOUGH)

    shrinkage = TYPICAL_CHANGE**2 / (TYPICAL_CHANGE**2 + np.nan_to_num(change_sd) ** 2)
    reach, own = fit.half_span**2 * shrinkage, np.nan_to_num(sd * fit.change_error)
    together = 2 * fit.half_span * shrinkage
    ends = [one.average**2 + reach * one.change**2 + together * one.average * one.change for one in shared]
    current_sd, current_df = combine_errors(
        np.sqrt((sd * fit.average_error) ** 2 + reach * own**2),
        df,
        [(np.sqrt(end), one.df) for end, one in zip(ends, shared, strict=True)],
    )
    return Trends(
        label=label,
        p=p,
        # The line through four zeros and then four ones rises by 1.33; no true change is beyond 1.
        change=np.clip(change, -1.0, 1.0),
        change_low=np.clip(change - wide * change_sd, -1.0, 1.0),
        change_high=np.clip(change + wide * change_sd, -1.0, 1.0),
        steady_low=change - narrow * change_sd,
        steady_high=change + narrow * change_sd,
        average=fit.average,
        average_half_width=t_quantile(0.975, average_df) * average_sd,
        # A line may leave the scale, a level cannot: within it the level is never further from the true one.
        current=np.clip(fit.average + fit.half_span * shrinkage * np.nan_to_num(change), 0.0, 1.0),
        current_sd=current_sd,
        current_half_width=t_quantile(0.975, current_df) * current_sd,
        n=n,
        noise_sd=sd,
        df=df,
        interviews_needed=np.where(label == NOT_ENOUGH, further_interviews(n, np.sqrt(fit.blended), noise), 0),
        band_centre=fit.centre,
        band_half_width=t_quantile(0.975, band_df) * band_sd,
        noise=noise,
    )


def _fit(table: Floats, noise: CohortNoise) -> _Fit:
    people = len(table)
    # The blend is the best guess of a person's noise; what is claimed rests on never less than their own scatter.
    blended, own, rounding = np.full(people, noise.variance), np.zeros(people), np.zeros(people)
    average, average_error, change, change_error = np.full((4, people), np.nan)
    half_span = np.zeros(people)
    centre, band_error = np.full((2, *table.shape), np.nan)
    for rows, columns, y in by_count(table, fewest=1):
        count = y.shape[1]
        design = design_of(count, noise.correlation)
        average[rows] = y.mean(axis=1)
        average_error[rows] = design.average_error
        if design.smoother is None:
            continue
        change[rows], residual = fit_line(y)
        change_error[rows] = design.change_error
        half_span[rows] = 0.5
        if count > 2:
            own[rows] = np.einsum("pi,pi->p", residual, residual) / design.scatter
            blended[rows] = (noise.df * noise.variance + (count - 2) * own[rows]) / (noise.df + count - 2)
        if count >= FEWEST_INTERVIEWS:
            rounding[rows] = _rounding_variance(y)
        centre[rows[:, None], columns] = design.smoother.smooth(y)
        band_error[rows[:, None], columns] = design.smoother.error
    noise_sd = np.sqrt(np.maximum(blended, own) + rounding)
    n = np.isfinite(table).sum(axis=1).astype(np.int64)
    return _Fit(n, average, average_error, change, change_error, half_span, centre, band_error, blended, noise_sd)


def compare(a: ArrayLike, b: ArrayLike, noise_sd: ArrayLike, df: ArrayLike) -> Difference:
    """Return whether b differs from a by more than noise; a missing score never does.

    `noise_sd` and `df` are the person's own from `Trends`: the standard deviation of one score around its true level,
    and the degrees of freedom of that.
    """
    value = np.asarray(b, dtype=np.float64) - np.asarray(a, dtype=np.float64)
    margin = t_quantile(0.975, np.asarray(df, dtype=np.float64)) * np.asarray(noise_sd, dtype=np.float64) * np.sqrt(2)
    return Difference(value, margin, np.abs(value) > margin)


def cohort_position(average: float, half_width: float, cohort_averages: ArrayLike) -> CohortPosition | None:
    """Return the position of an average in a cohort; None with fewer than 20 people or without an average.

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
    """Select the p-values that stand when at most a share q of them may be false; NaN never stands."""
    values = np.asarray(p, dtype=np.float64)
    ordered = np.sort(values[np.isfinite(values)])
    # scipy.stats has this too, and costs 46 MB and a second to import.
    passing = ordered[ordered * len(ordered) < q * np.arange(1, len(ordered) + 1)]
    return np.asarray(values <= passing.max(initial=-np.inf), dtype=np.bool_)


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
    """Return step**2 / 12 for the smallest step between a person's scores (people, interviews); 0 where all are equal.

    A few scores on a coarse scale often stand in a line by chance alone; for fine scores this is next to nothing.
    """
    steps = np.diff(np.sort(y, axis=1), axis=1)
    smallest = np.where(steps > 1e-9, steps, np.inf).min(axis=1)
    return np.where(np.isfinite(smallest), smallest, 0.0) ** 2 / 12
