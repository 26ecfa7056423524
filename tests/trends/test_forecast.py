"""When a target is reached: ranges that hold as often as they say, and none where nothing can be told."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.trends import analysis
from analytics.trends.design import t_quantile
from analytics.trends.forecast import Line, Reach, reach

HORIZON = 12.0
RISING = Line(average=0.6, average_sd=0.02, change=0.3, change_sd=0.04, df=200, count=8)


def test_eighty_percent_ranges_hold_four_times_in_five() -> None:
    """People whose level goes on as it did: those who rise, stay and fall; counted where a range is told."""
    rng = np.random.default_rng(7)
    told = held = finite = 0
    for count in (4, 6, 10):
        people = 1_500
        truth_level, truth_change = rng.uniform(0.45, 0.75, people), rng.normal(0, analysis.TYPICAL_CHANGE, people)
        steps = np.linspace(-0.5, 0.5, count)
        scores = truth_level[:, None] + truth_change[:, None] * steps + rng.normal(0, 0.08, (people, count))
        trends = analysis.analyse(scores)
        wide = t_quantile(0.975, trends.df)
        for person in range(people):
            target = 0.8
            line = Line(
                average=float(trends.average[person]),
                average_sd=float(trends.average_half_width[person] / wide[person]),
                change=float(trends.change[person]),
                change_sd=float((trends.change_high[person] - trends.change[person]) / wide[person]),
                df=float(trends.df[person]),
                count=count,
            )
            range_ = reach(line, target, HORIZON)
            if range_ is None:
                continue
            end = truth_level[person] + truth_change[person] / 2
            needed = (target - end) * (count - 1) / truth_change[person] if truth_change[person] > 0 else np.inf
            true = 0.0 if end >= target else needed
            told += 1
            finite += range_.latest is not None
            held += range_.earliest <= true <= (np.inf if range_.latest is None else range_.latest)
    assert told > 500
    assert finite > 50
    assert 0.77 <= held / told <= 0.83, (held, told)


def test_a_clear_rise_has_a_range_around_where_the_line_crosses() -> None:
    found = reach(RISING, 0.9, HORIZON)
    assert found is not None
    assert found.latest is not None
    assert 1 < found.earliest < 3.5 < found.latest < HORIZON


@pytest.mark.parametrize(
    ("changed", "target"),
    [
        ({"count": 3}, 0.9),
        ({"change": 0.0, "change_sd": 0.02}, 0.9),
        ({"change": -0.3}, 0.9),
        ({"average_sd": 0.3, "change_sd": 0.3}, 0.75),
        ({}, 0.5),
    ],
    ids=["three", "steady", "falling", "noise", "there"],
)
def test_nothing_is_told_where_nothing_can_be(changed: dict[str, float], target: float) -> None:
    line = Line(**({name: getattr(RISING, name) for name in RISING.__slots__} | changed))  # type: ignore[arg-type]
    assert reach(line, target, HORIZON) is None


def test_what_may_be_later_or_never_has_no_end_and_more_interviews_do_not_come_sooner() -> None:
    unsure = Line(average=0.6, average_sd=0.02, change=0.15, change_sd=0.1, df=200, count=8)
    found = reach(unsure, 0.75, HORIZON)
    assert found is not None
    assert found.latest is None
    further = reach(RISING, 0.95, HORIZON)
    nearer = reach(RISING, 0.85, HORIZON)
    assert isinstance(further, Reach)
    assert isinstance(nearer, Reach)
    assert further.earliest > nearer.earliest
