"""Sentences about a judge."""

from __future__ import annotations

from analytics.agreement.figures import FEWEST_PAIRS, agreement
from analytics.agreement.wording import describe_standing, retest


def test_what_is_missing_is_said_of_a_judge_that_scored_few_interviews_twice() -> None:
    pairs = [(3.0, 3.0), (2.0, 2.0), (4.0, 4.5)]
    none, few, enough = (retest(agreement(pairs * times)) for times in (0, 1, FEWEST_PAIRS // 3))
    needed = "needed to tell whether it agrees with itself."
    assert none == f"This judge has scored no interview more than once. {FEWEST_PAIRS} are {needed}"
    assert few == f"This judge has scored 3 interviews more than once. {FEWEST_PAIRS - 3} more are {needed}"
    assert enough.startswith("Scored twice, it differs from itself by 0.17 of a level on average")
    assert "needed" not in enough


def test_one_missing_interview_is_said_in_the_singular() -> None:
    found = agreement([(3.0, 3.0)] * (FEWEST_PAIRS - 1))
    assert describe_standing(found).endswith("1 more is needed.")
    assert "1 more is needed to tell" in retest(found)
    assert describe_standing(agreement([(3.0, 3.0)] * (FEWEST_PAIRS - 2))).endswith("2 more are needed.")
