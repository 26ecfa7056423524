"""When a goal is reached, in words: a range of months, or that it cannot be told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.candidate.forecast import CANNOT_TELL, NEVER, forecast_sentence
from analytics.candidate.skill_trends import SkillTrend, skill_trends
from analytics.cohort import usual
from analytics.queries.candidates import SkillRecord

TODAY = date(2026, 11, 28)
RISING = [0.40, 0.44, 0.45, 0.50, 0.52, 0.57, 0.58, 0.62, 0.65, 0.68]


def trend(scores: list[float], days: float = 14, *, ended: int = 1) -> SkillTrend:
    """Interviews so many days apart, the last of them `ended` days ago."""
    begin = datetime(2026, 11, 28, tzinfo=UTC) - timedelta(days=days * len(scores) + ended)
    records = [
        SkillRecord(
            "technical", number, f"Interview {number}", begin + timedelta(days=days * number), "scored", None, score
        )
        for number, score in enumerate(scores, 1)
    ]
    return skill_trends(records, usual())["technical"]


def test_a_steady_rise_is_told_in_months_and_a_slower_pace_takes_longer() -> None:
    assert forecast_sentence(trend(RISING), 0.75, TODAY) == "At this pace between Dec 2026 and Mar 2027."
    assert forecast_sentence(trend(RISING, days=1), 0.75, TODAY) == "At this pace between Nov 2026 and Dec 2026."
    assert forecast_sentence(trend(RISING), 0.69, TODAY).startswith("At this pace by ")


def test_what_may_never_come_says_so() -> None:
    assert forecast_sentence(trend([0.5, 0.6, 0.5, 0.65, 0.55, 0.66]), 0.75, TODAY).endswith("and never.")


def test_no_pace_is_told_of_somebody_who_stopped() -> None:
    told = "At this pace between Dec 2026 and Mar 2027."
    assert forecast_sentence(trend(RISING, ended=42), 0.75, TODAY) == told
    assert forecast_sentence(trend(RISING, ended=43), 0.75, TODAY) == CANNOT_TELL
    assert forecast_sentence(trend(RISING, ended=4 * 365), 0.75, TODAY) == CANNOT_TELL
    # A week without one is no end, however close the interviews were.
    assert forecast_sentence(trend(RISING, days=1, ended=7), 0.75, TODAY) != CANNOT_TELL


def test_a_target_that_could_not_be_called_reached_has_no_month() -> None:
    nearly = trend([0.6, 0.65, 0.7, 0.74, 0.8, 0.85, 0.88, 0.9, 0.93, 0.96])
    assert nearly.current_error is not None
    highest = 1 - nearly.current_error / 2**0.5
    for target in (0.99, highest + 1e-6):
        assert forecast_sentence(nearly, target, TODAY) == CANNOT_TELL
    assert forecast_sentence(nearly, 0.94, TODAY).startswith("At this pace by ")


def test_a_goal_that_no_level_can_be_above_is_named_as_such() -> None:
    assert forecast_sentence(trend(RISING), 1.0, TODAY) == NEVER
    assert forecast_sentence(trend([0.5]), 1.0, TODAY) == NEVER
    assert forecast_sentence(trend(RISING), 0.99, TODAY) == CANNOT_TELL


@pytest.mark.parametrize(
    ("scores", "days", "target"),
    [
        (RISING[:3], 14, 0.5),
        (RISING[::-1], 14, 0.7),
        ([0.5, 0.51, 0.5, 0.49, 0.5, 0.5], 14, 0.9),
        (RISING, 90, 0.99),
        (RISING, 0, 0.75),
        ([], 14, 0.5),
    ],
    ids=["three", "falling", "steady", "beyond half a year", "all at once", "none"],
)
def test_nothing_is_told_where_nothing_can_be(scores: list[float], days: float, target: float) -> None:
    assert forecast_sentence(trend(scores, days), target, TODAY) == CANNOT_TELL
