"""A person in figures and interviews in differences: told by one judge, whoever else scored before."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from analytics.access.viewer import TRUSTED
from analytics.breakdown.versions import save as versions_save
from analytics.breakdown.versions.shown import feedback_of
from analytics.database.sessions import reading, writing
from analytics.roster.refresh import refresh
from analytics.service import InterviewAnalytics
from analytics.skills import SKILL_KEYS
from tests.support.breakdowns import scored_by
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person


def score(database: Database, numbers: range, level: float) -> None:
    """Have a model score interviews, and the bridges be measured."""
    made = scored_by("model", **dict.fromkeys(SKILL_KEYS, level))
    for number in numbers:
        versions_save.save(database.engine, number, made, version_id=str(uuid.uuid4()), by="-", write_back=True)
    with writing(database.engine) as connection:
        refresh(connection)


@pytest.fixture
def two_judges(database: Database) -> Database:
    """Person 1 with six interviews of .40, the latest two scored .80 by a model, and twelve of person 2."""
    rows = [interview(number, feedback=feedback(0.4, 0.4, 0.4, 0.4)) for number in range(1, 7)]
    rows += [interview(number, 2, feedback=feedback(*[0.4] * 4)) for number in range(20, 32)]
    add(database.platform_engine, people=[person(1), person(2)], rows=rows)
    score(database, range(5, 7), 0.8)
    return database


def test_no_average_and_no_difference_mixes_two_judges(two_judges: Database) -> None:
    ours = InterviewAnalytics()
    with reading(two_judges.engine) as db:
        found = ours.get_user_analytics(1, db)
        differences = ours.get_score_differences([1, 2, 6], db)["technical"]
        insights = ours.get_interview_insights(6, db)
    assert found.average_quality == 0.8
    assert [(point.interview_id, point.score) for point in found.improvement_trend] == [(5, 0.8), (6, 0.8)]
    (model,) = {point.judge for point in found.improvement_trend}
    assert model.startswith("model:")
    # Each interview keeps the score that its page shows, with who gave it.
    assert [(one.quality_score, one.judges) for one in found.recent_interviews[1:3]] == [
        (0.8, (model,)), (0.4, ("platform",)),
    ]  # fmt: skip
    assert found.completed_interviews == 6
    assert differences == {1: 0.0, 2: 0.0, 6: None}
    assert set(insights.judges.values()) == {model}


def test_over_a_bridge_other_judges_scores_count_on_its_scale(two_judges: Database) -> None:
    score(two_judges, range(20, 32), 0.6)
    ours = InterviewAnalytics()
    with reading(two_judges.engine) as db:
        found = ours.get_user_analytics(1, db)
        differences = ours.get_score_differences([1, 2, 6], db)["technical"]
        alone = ours.get_user_analytics(2, db)
    # Fourteen were scored by both, +.20 in twelve and +.40 in two; the four others are moved by that.
    offset = (12 * 0.2 + 2 * 0.4) / 14
    assert found.average_quality == round((4 * (0.4 + offset) + 2 * 0.8) / 6, 2)
    assert len(found.improvement_trend) == 5
    assert differences == {1: 0.0, 2: 0.0, 6: round(0.8 - 0.4 - offset, 2)}
    assert alone.average_quality == 0.6


def test_the_latest_interviews_are_those_held_last_whenever_they_were_made(database: Database) -> None:
    rows = [interview(number, feedback=feedback(*[number / 10] * 4)) for number in range(1, 8)]
    # The platform made it before all others; it was completed last.
    rows[3]["completed_at"] = rows[6]["completed_at"] + timedelta(days=1)
    rows[3]["created_at"] = rows[0]["created_at"] - timedelta(days=1)
    add(database.platform_engine, people=[person(1)], rows=rows)
    with reading(database.engine) as db:
        found = InterviewAnalytics().get_user_analytics(1, db)
        latest = feedback_of(TRUSTED, db, 1, latest=2)
    assert [one.id for one in found.recent_interviews] == [4, 7, 6, 5, 3]
    dates = [point.date for point in found.improvement_trend]
    assert [point.interview_id for point in found.improvement_trend] == [3, 5, 6, 7, 4]
    assert dates == sorted(dates)
    assert [row.interview_id for row in latest] == [4, 7]
