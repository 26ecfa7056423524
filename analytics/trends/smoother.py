"""A straight line plus a random walk, observed through correlated noise: the level at each interview.

The level is a line plus a random walk, the noise a stationary AR(1) series; both have tridiagonal precisions. What
generalised least squares gives by factorising a full matrix therefore follows from one tridiagonal system, in time and
memory that grow with the number of interviews (Rue and Held 2005, Gaussian Markov Random Fields, chapter 2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy  # whose parts are imported when they are first used

from analytics.trends.noise import Floats, line_steps


class Smoother(NamedTuple):
    """`smooth` predicts levels from scores, (people, interviews) to the same; `error` is theirs for unit noise."""

    smooth: Callable[[Floats], Floats]
    error: Floats


def line_smoother(count: int, correlation: float) -> Smoother:
    """Build the smoother of a line alone, for series (of at least 2 scores) too short to show more."""
    line = np.stack([np.ones(count), line_steps(count)], axis=1)
    precise_line = _times_precision(line.T, correlation)
    covariance = np.linalg.inv(precise_line @ line)
    weights = (line @ covariance @ precise_line).T
    return Smoother(lambda y: y @ weights, np.sqrt(np.sum(line @ covariance * line, axis=1)))


def walk_smoother(count: int, correlation: float, walk: float) -> Smoother:
    """Build the smoother of a line and a walk whose steps have variance `walk` > 0, relative to the noise's.

    With the noise's precision P, the walk's Q, their sum M and the steps x of the line, the levels of the scores y are
    M^-1 P y + g (g . P y) and their variances the diagonal of M^-1 + g g', where g is M^-1 Q x over the square root of
    x' (Q - Q M^-1 Q) x.
    """
    step, scale = 1 / walk, 1 / (1 - correlation**2)
    diagonal = np.full(count, (1 + correlation**2) * scale + 2 * step)
    diagonal[[0, -1]] = scale + step
    pivots, ratios, _ = scipy.linalg.lapack.dpttrf(diagonal, np.full(count - 1, -correlation * scale - step))

    def solve(rows: Floats) -> Floats:
        return np.asarray(scipy.linalg.lapack.dpttrs(pivots, ratios, rows.T)[0]).T

    pull = np.zeros(count)  # Q x: a line's own steps cancel out but at its ends
    pull[-1] = step / (count - 1)
    pull[0] = -pull[-1]
    gain = solve(pull[None])[0]
    gain /= np.sqrt(pull[-1] - pull @ gain)  # x' Q x, as x goes from -1/2 to 1/2

    def smooth(y: Floats) -> Floats:
        precise = _times_precision(y, correlation)
        return solve(precise) + np.outer(precise @ gain, gain)

    # The system reads the same from either end, so its pivots from the far end are these, reversed.
    return Smoother(smooth, np.sqrt(1 / (pivots + pivots[::-1] - diagonal) + gain**2))


def _times_precision(rows: Floats, correlation: float) -> Floats:
    """Multiply rows by the precision of AR(1) noise of variance 1."""
    product = (1 + correlation**2) * rows
    product[:, [0, -1]] -= correlation**2 * rows[:, [0, -1]]
    product[:, 1:] -= correlation * rows[:, :-1]
    product[:, :-1] -= correlation * rows[:, 1:]
    return np.asarray(product / (1 - correlation**2))
