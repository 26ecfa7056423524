"""The noise of one cohort's scores in one skill, learned from everybody's scatter around their own line.

A few interviews tell a person's scatter badly; the cohort tells what is usual. Only the noise is borrowed, never the
slope. What is learned comes from three numbers a person, so it can be learned again without loading any scores.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy  # whose parts are imported when they are first used
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# What is taken for granted before any cohort has been seen, from published figures: a score repeats to about 0.1,
# people differ in that by about a third of it either way, and neighbouring interviews are hardly correlated. Each
# weight is how much evidence a cohort needs for as much say as the assumption; `tests.trends.simulation` measures it.
USUAL_SD, USUAL_DF = 0.10, 5.0
USUAL_SPREAD_WEIGHT = 1.0
USUAL_CORRELATION, USUAL_CORRELATION_WEIGHT = 0.10, 20.0

# People's noise is more unequal than the prior's shape allows for, which would cost the noisiest of them most.
CAUTION = 0.8

# Rounding alone scatters scores by about this. It keeps the logarithm of people without any scatter finite.
FINEST_SD = 0.005

_CORRELATIONS = np.linspace(-0.6, 0.8, 29)
_HIGHEST_CORRELATION = 0.7
_CELLS_AT_ONCE = 400_000


@dataclass(frozen=True, slots=True)
class CohortNoise:
    """The noise of one cohort's scores in one skill; `dataclasses.asdict` of it is JSON.

    `variance` and `df` are the scaled inverse chi-square prior of a person's noise variance, `correlation` is that of
    neighbouring interviews of one person.
    """

    variance: float
    df: float
    correlation: float

    def is_close(self, other: CohortNoise) -> bool:
        """Return whether intervals based on either differ by about a hundredth of their width or less."""
        close = math.isclose(self.variance, other.variance, rel_tol=0.02)
        return (
            close and math.isclose(self.df, other.df, rel_tol=0.05) and abs(self.correlation - other.correlation) < 0.01
        )


@dataclass(frozen=True, slots=True)
class NoiseStatistics:
    """The statistics a cohort's noise is learned from, one entry per person.

    `residual_sum` is the sum of squares around the person's own line, `lag_sum` the sum of products of neighbouring
    residuals. The order of people does not matter, so entries may be replaced or joined one by one.
    """

    n: Integers
    residual_sum: Floats
    lag_sum: Floats


def learn_noise(scores: ArrayLike) -> CohortNoise:
    """Estimate a cohort's noise from its scores (people, interviews); defaults without people."""
    return combine_noise(noise_statistics(scores))


def noise_statistics(scores: ArrayLike) -> NoiseStatistics:
    """Reduce each person's scatter around their own line: (people, interviews) to three numbers per person."""
    table = score_table(scores)
    residual_sum, lag_sum = np.zeros(len(table)), np.zeros(len(table))
    for rows, _, y in by_count(table, fewest=3):
        residual = fit_line(y)[1]
        residual_sum[rows] = np.einsum("pi,pi->p", residual, residual)
        lag_sum[rows] = np.einsum("pi,pi->p", residual[:, 1:], residual[:, :-1])
    return NoiseStatistics(np.isfinite(table).sum(axis=1).astype(np.int64), residual_sum, lag_sum)


def combine_noise(people: NoiseStatistics) -> CohortNoise:
    """Estimate a cohort's noise from its people's statistics; people with fewer than three scores add nothing.

    Moments of log variances after Smyth (2004), doi 10.2202/1544-6115.1027, weighted for unequal numbers of interviews
    (DerSimonian and Laird 1986) and drawn towards what is usual, which is all that a small cohort has to go by.
    """
    correlation = _cohort_correlation(people)
    counted = people.n >= 3
    counts, group = np.unique(people.n[counted], return_inverse=True)
    size = np.bincount(group, minlength=len(counts)).astype(np.float64)
    own_df = counts - 2.0
    shares = np.array([expected_scatter(int(count), correlation) for count in counts])
    variance = np.maximum(people.residual_sum[counted] / shares[group], FINEST_SD**2)
    log_variance = np.log(variance) - _log_bias(own_df)[group]
    error = scipy.special.polygamma(1, own_df / 2)
    usual_spread = float(scipy.special.polygamma(1, USUAL_DF / 2))

    spread, evidence = 0.0, 0.0
    if size.sum() > 1:
        evidence = float(np.sum(size / (usual_spread + error) ** 2) / 2)
        weight = size / error
        centre = float(np.sum(log_variance / error[group]) / weight.sum())
        excess = float(np.sum((log_variance - centre) ** 2 / error[group]) - (size.sum() - 1))
        spread = max(0.0, excess / float(weight.sum() - np.sum(size / error**2) / weight.sum()))
    spread = (evidence * spread + USUAL_SPREAD_WEIGHT * usual_spread) / (evidence + USUAL_SPREAD_WEIGHT)

    usual_log = np.log(USUAL_SD**2) - float(_log_bias(USUAL_DF))
    total = float(np.sum(log_variance / (spread + error)[group])) + usual_log / usual_spread
    mean_log = total / (float(np.sum(size / (spread + error))) + 1 / usual_spread)
    df = 2 * _inverse_trigamma(spread)
    return CohortNoise(float(np.exp(mean_log + float(_log_bias(df)))), CAUTION * df, correlation)


def score_table(scores: ArrayLike) -> Floats:
    """Return scores as a float array (people, interviews); raises ValueError for other dimensions."""
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"scores must have people as rows and interviews as columns, not {table.ndim} dimensions")
    return table


def by_count(table: Floats, fewest: int) -> Iterator[tuple[Integers, Integers, Floats]]:
    """Yield the rows with equally many scores, their columns and scores, in chunks of bounded memory."""
    present = np.isfinite(table)
    n = present.sum(axis=1)
    for count in np.unique(n[n >= fewest]):
        everyone = np.flatnonzero(n == count)
        at_once = max(1, _CELLS_AT_ONCE // int(count))
        for start in range(0, len(everyone), at_once):
            rows = everyone[start : start + at_once]
            where = present[rows]
            yield rows, np.nonzero(where)[1].reshape(len(rows), -1), table[rows][where].reshape(len(rows), -1)


def line_steps(count: int) -> Floats:
    """Return evenly spaced x centred on 0, spanning 1 from the first of `count` > 1 scores to the last."""
    return (np.arange(count) - (count - 1) / 2) / (count - 1)


def fit_line(y: Floats) -> tuple[Floats, Floats]:
    """Fit least-squares lines to (people, interviews): returns changes from first to last score, and residuals."""
    x = line_steps(y.shape[1])
    change = y @ x / (x @ x)
    return change, y - y.mean(axis=1, keepdims=True) - change[:, None] * x


def level_correlation(count: int, correlation: float) -> float:
    """Return 1'R1 / n for `count` scores and an AR(1) correlation."""
    lag = _lags(count, correlation)
    return 1 + 2 * float(np.sum((1 - lag / count) * correlation**lag))


def line_correlations(count: Integers, correlation: float) -> Floats:
    """Return x'Rx / x'x for `count` evenly spaced x and an AR(1) correlation, in closed form."""
    lag = _lags(int(count.max(initial=1)), correlation)
    left = np.maximum(count[:, None] - lag, 0)
    products = (left**3 - left) / 12 - left * lag**2 / 4
    return np.asarray(1 + 2 * (products @ correlation**lag) / ((count**3 - count) / 12))


def _lags(count: int, correlation: float) -> Integers:
    """Return the lags between `count` scores at which the correlation is still felt."""
    felt = np.log(1e-12) / np.log(max(correlation, 1e-3))
    return np.arange(1, min(count, int(felt) + 2))


def expected_scatter(count: int, correlation: float) -> float:
    """Return the expected residual sum of squares around a line, in units of the noise variance.

    Correlated scatter around a fitted line is smaller than the noise that made it.
    """
    line = float(line_correlations(np.array([count]), correlation)[0])
    return count - level_correlation(count, correlation) - line


def _log_bias(df: ArrayLike) -> Floats:
    """Return the expectation of log(chi-square / df)."""
    half = np.asarray(df, dtype=np.float64) / 2
    return np.asarray(scipy.special.digamma(half) - np.log(half), dtype=np.float64)


def _inverse_trigamma(value: float) -> float:
    """Solve trigamma(y) = value > 0 by the Newton steps of Smyth (2004), which converge from this start."""
    y = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(scipy.special.polygamma(1, y))
        step = trigamma * (1 - trigamma / value) / float(scipy.special.polygamma(2, y))
        y += step
        if -step < 1e-8 * y:
            break
    return y


@lru_cache(maxsize=512)
def _expected_lag_share(count: int) -> Floats:
    """Return the expected lag share of residuals, for each of `_CORRELATIONS`: fitting a line makes it too low."""
    x = line_steps(count)
    norms = np.array([np.sqrt(count), np.linalg.norm(x)])
    basis = np.stack([np.ones(count), x], axis=1) / norms
    neighbours = np.zeros_like(basis)
    neighbours[1:] += basis[:-1] / 2
    neighbours[:-1] += basis[1:] / 2
    shares = []
    for correlation in _CORRELATIONS:
        related = _correlated_line(count, correlation) / norms
        inner = basis.T @ related
        lag = (count - 1) * correlation - 2 * np.sum(neighbours * related) + np.sum((basis.T @ neighbours) * inner.T)
        shares.append(lag / (count - np.trace(inner)))
    return np.array(shares)


def _correlated_line(count: int, correlation: float) -> Floats:
    """Return R [1 x] for an AR(1) correlation R, from sums over the lags to either side of each score."""
    lag = np.arange(count)
    reach = correlation**lag
    near, far = np.cumsum(reach), np.cumsum(lag * reach) / (count - 1)
    level = near + near[::-1] - 1
    return np.stack([level, line_steps(count) * level + far[::-1] - far], axis=1)


def _cohort_correlation(people: NoiseStatistics) -> float:
    """Pool the lag-1 correlation over people with equally many scores, then over these numbers."""
    counted = (people.n >= 4) & (people.residual_sum > people.n * 1e-12)
    counts, group = np.unique(people.n[counted], return_inverse=True)
    correlation, evidence = 0.0, 0.0
    if len(counts):
        size = np.bincount(group).astype(np.float64)
        weight = size * counts
        expected = weight @ np.array([_expected_lag_share(int(count)) for count in counts]) / weight.sum()
        # A ratio of sums: the mean of each person's own ratio would be too near zero.
        share = np.bincount(group, people.lag_sum[counted]) / np.bincount(group, people.residual_sum[counted])
        seen = float(weight @ share / weight.sum())
        correlation = float(np.interp(seen, expected, _CORRELATIONS))
        evidence = float(size @ (counts - 3.5))
    usual = USUAL_CORRELATION_WEIGHT
    pooled = (evidence * correlation + usual * USUAL_CORRELATION) / (evidence + usual)
    return float(np.clip(pooled, 0.0, _HIGHEST_CORRELATION))
