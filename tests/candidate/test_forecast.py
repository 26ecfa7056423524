"""When a goal is reached, in words: a range of months, or that it cannot be told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.candidate.forecast import CANNOT_TELL, forecast_sentence
from analytics.candidate.skill_trends import SkillTrend, skill_trends
from analytics.cohort import usual
from analytics.queries.candidates import SkillRecord

TODAY = date(2026, 11, 28)
RISING = [0.40, 0.44, 0.45, 0.50, 0.52, 0.57, 0.58, 0.62, 0.65, 0.68]


def trend(scores: list[float], days: float = 14) -> SkillTrend:
    begin = datetime(2026, 1, 5, tzinfo=UTC)
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
