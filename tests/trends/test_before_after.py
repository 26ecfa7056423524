"""Scores before and after a moment: a difference is told seldom where there is none, and where there is a large one."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.trends import analysis
from analytics.trends.before_after import change_between


@pytest.mark.parametrize(("moved", "least", "most"), [(0.0, 0.0, 0.06), (0.3, 0.6, 1.0)])
def test_a_change_is_told_where_there_is_one(moved: float, least: float, most: float) -> None:
    """As for a step: up to five scores a side, with the noise that is learned of people who stay as they are."""
    rng = np.random.default_rng(11)
    people, told = 800, []
    for before, since in ((2, 2), (5, 2), (5, 5)):
        scores = 0.5 + rng.normal(0, 0.1, (people, before + since))
        noise = analysis.learn_noise(scores)
        scores[:, before:] += moved
        trends = analysis.analyse(scores, noise)
        for row, sd, df in zip(scores, trends.noise_sd.tolist(), trends.df.tolist(), strict=True):
            change = change_between(row[:before], row[before:], sd, df, noise.correlation)
            told.append(change.low > 0 or change.high < 0)
            assert change.low < change.after - change.before < change.high
    assert least <= np.mean(told) <= most


def test_correlated_noise_makes_it_less_sure() -> None:
    alone = change_between([0.4] * 5, [0.6] * 5, 0.1, 50, 0.0)
    together = change_between([0.4] * 5, [0.6] * 5, 0.1, 50, 0.5)
    assert together.high - together.low > alone.high - alone.low


def test_no_end_of_a_change_lies_beyond_the_scale() -> None:
    rise, fall = (change_between(before, since, 0.2, 50, 0.0) for before, since in (([0.1], [1.0]), ([1.0], [0.1])))
    assert (rise.high, fall.low) == (1.0, -1.0)
    assert rise.low == pytest.approx(-fall.high)
    assert rise.low < 0.9
