"""Sentences about a judge."""

from __future__ import annotations

from analytics.agreement.figures import FEWEST_PAIRS, agreement
from analytics.agreement.wording import retest


def test_what_is_missing_is_said_of_a_judge_that_scored_few_interviews_twice() -> None:
    pairs = [(3.0, 3.0), (2.0, 2.0), (4.0, 4.5)]
    none, few, enough = (retest(agreement(pairs * times)) for times in (0, 1, FEWEST_PAIRS // 3))
    needed = "needed to tell whether it agrees with itself."
    assert none == f"This judge has scored no interview more than once. {FEWEST_PAIRS} are {needed}"
    assert few == f"This judge has scored 3 interviews more than once. {FEWEST_PAIRS - 3} more are {needed}"
    assert enough.startswith("Scored twice, it differs from itself by 0.17 of a level on average")
    assert "needed" not in enough
