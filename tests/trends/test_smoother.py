"""The band's recursion gives what the full matrices give, and its cost grows with the interviews, not their cube."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from scipy import linalg

from analytics.trends import analysis, noise
from analytics.trends.smoother import line_smoother, walk_smoother

CORRELATIONS = (0.0, 0.1, 0.3, 0.7)


def by_full_matrices(count, correlation, walk):
    """Predict by generalised least squares with every covariance written out: the matrix of weights, and the errors."""
    related = linalg.toeplitz(correlation ** np.arange(count, dtype=np.float64))
    steps = np.arange(count)
    drift = walk * np.minimum(steps[:, None], steps)
    line = np.stack([np.ones(count), noise.line_steps(count)], axis=1)
    precision = np.linalg.inv(related + drift)
    covariance = np.linalg.inv(line.T @ precision @ line)
    left = line - drift @ precision @ line
    weights = drift @ precision + left @ covariance @ line.T @ precision
    return weights, np.sqrt(np.diag(drift - drift @ precision @ drift + left @ covariance @ left.T))


def scores(people, count):
    return np.random.default_rng(count).random((people, count)).round(2)


@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("count", [4, 5, 9, 40, 300])
def test_the_recursion_is_generalised_least_squares(count, correlation):
    weights, error = by_full_matrices(count, correlation, 0.05)
    smoother, y = walk_smoother(count, correlation, 0.05), scores(6, count)
    np.testing.assert_allclose(smoother.smooth(y), y @ weights.T, atol=1e-9)
    np.testing.assert_allclose(smoother.error, error, atol=1e-9)
    # A walk of another size is another band: the sizes are not lost on the way.
    assert not np.allclose(walk_smoother(count, correlation, 0.5).error, error, atol=1e-3)


@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("count", [2, 3])
def test_two_and_three_scores_show_a_line(count, correlation):
    weights, error = by_full_matrices(count, correlation, 0.0)
    smoother, y = line_smoother(count, correlation), scores(6, count)
    np.testing.assert_allclose(smoother.smooth(y), y @ weights.T, atol=1e-12)
    np.testing.assert_allclose(smoother.error, error, atol=1e-12)


@pytest.mark.parametrize("correlation", CORRELATIONS)
def test_sums_over_lags_are_those_of_the_full_matrix(correlation):
    count = 37
    related = linalg.toeplitz(correlation ** np.arange(count, dtype=np.float64))
    x = noise.line_steps(count)
    level, line = related.sum() / count, x @ related @ x / (x @ x)
    assert noise.level_correlation(count, correlation) == pytest.approx(level, abs=1e-9)
    assert noise.expected_scatter(count, correlation) == pytest.approx(count - level - line, abs=1e-7)


def test_the_lag_share_that_a_line_hides_is_that_of_the_full_matrix():
    count, correlations = 23, np.linspace(-0.6, 0.8, 29)
    x = noise.line_steps(count)
    line = np.stack([np.ones(count), x], axis=1)
    residual = np.eye(count) - line @ np.linalg.pinv(line)
    neighbours = np.eye(count, k=1)
    shares = []
    for correlation in correlations:
        scatter = residual @ linalg.toeplitz(correlation ** np.arange(count, dtype=np.float64)) @ residual
        shares.append(np.trace(neighbours @ scatter) / np.trace(scatter))
    np.testing.assert_allclose(noise._expected_lag_share(count), shares, atol=1e-12)


def test_five_thousand_interviews_take_milliseconds_and_little_memory():
    y, learned = scores(1, 5_000), analysis.CohortNoise(0.01, 20.0, 0.2)
    analysis.analyse(y[:, :50], learned)  # what SciPy imports late is no part of it
    tracemalloc.start()
    # Processor time, and the best of some: what else runs on this machine is not measured.
    seconds = []
    for _ in range(5):
        began = time.process_time()
        told = analysis.analyse(y, learned)
        seconds.append(time.process_time() - began)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert min(seconds) < 0.05
    # A matrix of 5,000 by 5,000 is 200 MB.
    assert peak < 5_000_000
    assert np.isfinite(told.band_centre).all()
    assert np.isfinite(told.band_half_width).all()


def test_a_cohort_with_one_of_five_thousand_interviews_is_learned_in_no_time():
    table = np.full((40, 5_000), np.nan)
    table[:, :12] = scores(40, 12)
    table[0] = scores(1, 5_000)
    noise._expected_lag_share.cache_clear()
    began = time.process_time()
    learned = analysis.learn_noise(table)
    assert time.process_time() - began < 1
    assert 0 < learned.variance < 1
