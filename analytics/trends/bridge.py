"""A bridge between two judges: how much kinder one is than the other, from interviews both have scored.

Scores moved over a bridge all carry the same error, that of the offset. It does not average out over them, so it is
added to each figure by the weight these scores have in it: a figure w . y gains (sum of w over them)^2 * error^2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.trends.design import design_of
from analytics.trends.noise import FINEST_SD, Floats, by_count, fit_line

FEWEST_PAIRS = 10
# Scales on which scores may lie, the coarsest first: whole levels, means of two or four of them, tenths, twentieths.
STEPS = (0.25, 0.125, 0.1, 0.0625, 0.05)
_ON_STEP = 1e-6
# A hundredth is the least that is shown.
_NOTICED = 0.005


@dataclass(frozen=True, slots=True)
class Bridge:
    """The offset that converts one judge's scores to another's scale.

    `sd_error` is the standard error of `offset` with `df` degrees of freedom, `pairs` how many interviews both scored.
    """

    offset: float
    sd_error: float
    pairs: int
    df: float

    def is_close(self, other: Bridge) -> bool:
        """Return whether either moves scores to practically the same figures."""
        moved = max(abs(self.offset - other.offset), abs(self.sd_error - other.sd_error))
        return moved < _NOTICED and math.isclose(self.pairs, other.pairs, rel_tol=0.1)


class Shift(NamedTuple):
    """The scores converted over one bridge (people, interviews), and the bridge's error, one or one per person."""

    moved: NDArray[np.bool_]
    sd_error: ArrayLike
    df: ArrayLike


class SharedErrors(NamedTuple):
    """The errors a shift adds to averages and changes, (people,), and to bands, (people, interviews).

    They have a sign: what raises the average may lower the change.
    """

    average: Floats
    change: Floats
    band: Floats
    df: Floats


class Error(NamedTuple):
    """A standard error and its degrees of freedom."""

    sd: Floats
    df: Floats


def measure(older: ArrayLike, newer: ArrayLike) -> Bridge | None:
    """Measure a bridge from two judges' scores of the same interviews, in the same order.

    None with fewer than 10 pairs in which both have a score.
    """
    pairs = np.array([older, newer], dtype=np.float64)
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    if pairs.shape[1] < FEWEST_PAIRS:
        return None
    difference = pairs[1] - pairs[0]
    off = [float(np.abs(pairs / step - np.round(pairs / step)).max()) for step in STEPS]
    return bridge_of(len(difference), float(difference.mean()), float(difference.var()), coarsest_step(off))


def coarsest_step(off: Sequence[float]) -> float:
    """Return the coarsest of `STEPS` that all scores lie on; `off` is their distance from each, in its units.

    0 where they lie on none.
    """
    return next((step for step, far in zip(STEPS, off, strict=True) if far < _ON_STEP), 0.0)


def bridge_of(pairs: int, mean: float, variance: float, step: float = 0.0) -> Bridge:
    """Return the bridge given the mean and the variance (over `pairs`) of paired differences.

    The offset is their mean, its error that of a paired t test. Where both judges' scores lie on a scale of `step`, ten
    equal differences do not show an offset without any error: the next may be a whole step apart. An eighth of a
    squared step is then taken for the least variance, with which intervals were seen to hold the offset.
    """
    df = pairs - 1.0
    spread = max(variance * pairs / df, FINEST_SD**2, step**2 / 8)
    return Bridge(mean, float(np.sqrt(spread / pairs)), pairs, df)


def shared_errors(shift: Shift, table: Floats, correlation: float) -> SharedErrors:
    """Propagate a shift's error to the results of `analyse` for these scores (people, interviews)."""
    people = len(table)
    average, change = np.zeros((2, people))
    band = np.zeros(table.shape)
    for rows, columns, y in by_count(table, fewest=1):
        moved = shift.moved[rows[:, None], columns].astype(np.float64)
        average[rows] = moved.mean(axis=1)
        smoother = design_of(y.shape[1], correlation).smoother
        if smoother is not None:
            change[rows] = fit_line(moved)[0]
            band[rows[:, None], columns] = smoother.smooth(moved)
    error = np.broadcast_to(np.asarray(shift.sd_error, dtype=np.float64), people)
    df = np.broadcast_to(np.asarray(shift.df, dtype=np.float64), people)
    return SharedErrors(average * error, change * error, band * error[:, None], df)


def combine_errors(sd: ArrayLike, df: ArrayLike, others: Sequence[tuple[ArrayLike, ArrayLike]]) -> Error:
    """Combine independent errors, with their degrees of freedom, into one.

    The sum's degrees of freedom are those of Satterthwaite (1946), rounded down to a tenth, so that there are few
    different ones to look quantiles up for. Without others it stays as it is.
    """
    total, own_df = np.asarray(sd, dtype=np.float64), np.asarray(df, dtype=np.float64)
    if not others:
        return Error(total, own_df)
    variance = total**2
    weighed = variance**2 / own_df
    for other, other_df in others:
        added = np.asarray(other, dtype=np.float64) ** 2
        variance = variance + added
        weighed = weighed + added**2 / np.asarray(other_df, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.floor(variance**2 / weighed * 10) / 10
    return Error(np.sqrt(variance), np.where(np.isfinite(known), known, own_df))
