"""What follows from the number of a person's scores: errors in units of the noise, and interviews still needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy  # whose parts are imported when they are first used
from numpy.typing import ArrayLike

from analytics.trends.noise import (
    CohortNoise,
    Floats,
    Integers,
    expected_scatter,
    level_correlation,
    line_correlations,
    line_steps,
)
from analytics.trends.smoother import Smoother, line_smoother, walk_smoother

FEWEST_INTERVIEWS = 4
CHANGE_TO_SHOW = 0.20
WALK_RATIO = 0.05
MOST_INTERVIEWS = 200
# A cohort's correlation changes seldom. At most 16 MB, if people have all numbers of interviews up to the largest.
_LARGEST_CACHED = 1000


@dataclass(frozen=True, slots=True)
class Design:
    """What follows from the number and the correlation of a person's scores alone, in units of the noise.

    `scatter` is the expected sum of squares around the fitted line. What needs two scores is NaN or zero with one.
    """

    average_error: float
    change_error: float
    scatter: float
    smoother: Smoother | None


def design_of(count: int, correlation: float) -> Design:
    """Compute the design for a number of scores; cached unless it is large."""
    return (_cached_design if count <= _LARGEST_CACHED else _design)(count, correlation)


def _design(count: int, correlation: float) -> Design:
    average_error = float(np.sqrt(level_correlation(count, correlation) / count))
    if count == 1:
        return Design(average_error, np.nan, 0.0, None)
    x = line_steps(count)
    xrx = float(line_correlations(np.array([count]), correlation)[0])
    change_error = float(np.sqrt(xrx / (x @ x)))
    few = count < FEWEST_INTERVIEWS
    smoother = line_smoother(count, correlation) if few else walk_smoother(count, correlation, WALK_RATIO)
    return Design(average_error, change_error, expected_scatter(count, correlation), smoother)


_cached_design = lru_cache(maxsize=512)(_design)


def t_quantile(probability: float, df: ArrayLike) -> Floats:
    """Return quantiles of Student's t, computed once for equal degrees of freedom, of which there are few."""
    values, place = np.unique(np.asarray(df, dtype=np.float64), return_inverse=True)
    return np.array([_cached_t_quantile(probability, value) for value in values.tolist()])[place]


@lru_cache(maxsize=4096)
def _cached_t_quantile(probability: float, df: float) -> float:
    return float(scipy.special.stdtrit(df, probability))


def further_interviews(n: Integers, noise_sd: Floats, noise: CohortNoise) -> Integers:
    """Return the interviews needed for p < .05 in four of five people who change by 0.2, at most 200 in all."""
    total, affordable = _affordable_noise(noise.df, noise.correlation)
    enough = np.minimum(np.searchsorted(affordable, noise_sd), len(total) - 1)
    return np.asarray(np.maximum(total[enough] - n, 0))


@lru_cache(maxsize=32)
def _affordable_noise(df: float, correlation: float) -> tuple[Integers, Floats]:
    """Return numbers of interviews, and with how much noise each would still show the change."""
    total = np.arange(FEWEST_INTERVIEWS, MOST_INTERVIEWS + 1, dtype=np.int64)
    sxx = total * (total + 1) / (12 * (total - 1))
    sure = t_quantile(0.975, df + total - 2) + t_quantile(0.8, df + total - 2)
    return total, CHANGE_TO_SHOW / (sure * np.sqrt(line_correlations(total, correlation) / sxx))
