"""What is promised about goals is seldom false: that one is reached, and by when one is."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.coaching.goals import Goal, is_reached
from analytics.columns import now
from analytics.trends import analysis
from analytics.trends.design import t_quantile
from analytics.trends.forecast import Line, reach

PEOPLE, HORIZON, TARGETS = 1_500, 12.0, (0.6, 0.7, 0.8, 0.9)


def crowd(count: int, rng: np.random.Generator) -> tuple[analysis.Trends, np.ndarray, np.ndarray]:
    """People who rise, stay and fall: what is told of them, their true level at the end, and their true change."""
    level, change = rng.uniform(0.45, 0.75, PEOPLE), rng.normal(0, analysis.TYPICAL_CHANGE, PEOPLE)
    scores = level[:, None] + change[:, None] * np.linspace(-0.5, 0.5, count) + rng.normal(0, 0.08, (PEOPLE, count))
    return analysis.analyse(scores), level + change / 2, change


def test_a_goal_said_to_be_reached_is_not_in_at_most_five_of_a_hundred() -> None:
    """The hardest case: everybody stands a hair below their own goal."""
    rng = np.random.default_rng(3)
    for count in (2, 4, 6, 10):
        trends, end, _ = crowd(count, rng)
        goals = [Goal("technical", float(min(at + 1e-6, 1)), None, "", "coach", now()) for at in end]
        levels = zip(goals, trends.current.tolist(), trends.current_half_width.tolist(), strict=True)
        assert np.mean([is_reached(*one) for one in levels]) <= 0.05
    # And who stands far above it is told so.
    assert is_reached(Goal("technical", 0.5, None, "", "coach", now()), 0.8, 0.1)


@pytest.mark.heavy
def test_a_month_said_to_be_the_latest_is_missed_by_at_most_ten_of_a_hundred() -> None:
    rng = np.random.default_rng(4)
    told = missed = 0
    for count in (4, 6, 10):
        trends, end, change = crowd(count, rng)
        wide = t_quantile(0.975, trends.df)
        for person in range(PEOPLE):
            line = Line(
                average=float(trends.average[person]),
                average_sd=float(trends.average_half_width[person] / wide[person]),
                change=float(trends.change[person]),
                change_sd=float((trends.change_high[person] - trends.change[person]) / wide[person]),
                df=float(trends.df[person]),
                count=count,
            )
            for target in TARGETS:
                found = reach(line, target, HORIZON)
                if found is None or found.latest is None:
                    continue
                rising = change[person] > 0
                needed = (target - end[person]) * (count - 1) / change[person] if rising else np.inf
                told += 1
                missed += (0.0 if end[person] >= target else needed) > found.latest
    assert told > 500
    assert missed / told <= 0.10, (missed, told)
