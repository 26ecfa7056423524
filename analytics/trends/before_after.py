"""Whether scores before and after a moment differ by more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from analytics.trends.design import t_quantile


class Change(NamedTuple):
    """Both averages, and the 95% interval of their difference, within -1 and 1."""

    before: float
    after: float
    low: float
    high: float


def change_between(
    before: Sequence[float], after: Sequence[float], noise_sd: float, df: float, correlation: float
) -> Change:
    """Compare scores that follow each other, neither side empty, with AR(1) noise that is known to `df`."""
    weights = np.array([-1 / len(before)] * len(before) + [1 / len(after)] * len(after))
    places = np.arange(len(weights))
    variance = weights @ correlation ** np.abs(places[:, None] - places) @ weights
    half = float(t_quantile(0.975, [df])[0]) * noise_sd * float(np.sqrt(variance))
    first, second = sum(before) / len(before), sum(after) / len(after)
    return Change(first, second, max(second - first - half, -1.0), min(second - first + half, 1.0))
