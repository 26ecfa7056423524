"""What an interview shows, with and without writing back, whatever the platform stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown.versions import review
from analytics.breakdown.versions.version import Source
from analytics.database.errors import DatabaseError
from analytics.database.json_text import parse_json
from analytics.database.schema import skill_scores
from analytics.database.sessions import reading
from analytics.scores.skill_scores import astray, correct, fill
from analytics.service import InterviewAnalytics
from analytics.skills import SKILL_KEYS
from tests.support import world
from tests.support.breakdowns import generated
from tests.support.databases import Database
from tests.support.versions import INTERVIEW, platform_row, platform_writes, save, scores, shown, versions_of

OTHER = 102

ODD: list[object] = [
    [],
    {},
    "a text",
    7,
    ["a", {"b": 1}],
    {"technical_score": "n/a", "skill_breakdown": [1], "strengths": None, "weaknesses": {"a": 1}, "kept": {"a": [1]}},
    {"overall_score": 0.5, "communication_score": 0.5, "technical_score": 0.5, "problem_solving_score": 0.5,
     "weaknesses": ["Unable to generate detailed feedback"]},
]  # fmt: skip


def test_without_writing_back_the_platform_row_stays(database: Database, people: world.World) -> None:
    before = platform_row(database)
    save(database, generated(level=5), write_back=False)
    assert platform_row(database) == before
    assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 1.0))

    analytics = InterviewAnalytics()
    with reading(database.engine) as db:
        assert analytics.get_skill_breakdown(INTERVIEW, db)["technical"].score == 1.0
        assert analytics.get_interview_insights(INTERVIEW, db).overall_score == 1.0
        points = analytics.get_skill_progression(11, db)["technical"]
        assert [(point.score, point.judge == "platform") for point in points] == [(1, False), (0.6, True), (0.7, True)]
        # The averages are those of whoever scored the latest interview.
        assert analytics.get_skill_averages(11, db)["technical"] == pytest.approx((0.6 + 0.7) / 2, abs=0.01)
        assert analytics.get_user_analytics(11, db).average_quality == pytest.approx((0.6 + 0.7) / 2, abs=0.01)
        assert analytics.get_skill_comparison([INTERVIEW], db)["technical"] == {INTERVIEW: 1.0}
    found = shown(database)
    assert found.version is not None
    assert found.feedback.skills["technical"].strengths == ("Locates the cause by evidence before changing anything.",)

    # A second one stands in for the same feedback, which is imported once.
    save(database, generated(level=1), write_back=False)
    assert [version.source for version in versions_of(database)] == [Source.MODEL, Source.MODEL, Source.PLATFORM]
    assert scores(database)["technical"] == ("scored", 0.0)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_without_writing_back_no_right_on_the_platform_tables_is_needed(
    database: Database, people: world.World
) -> None:
    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql("REVOKE UPDATE (feedback) ON interviews FROM skill_analytics")
    with pytest.raises(DatabaseError, match="a right is missing"):
        save(database, generated())
    assert versions_of(database) == []
    assert save(database, generated(), write_back=False) is not None


@pytest.mark.parametrize("write_back", [True, False])
def test_newer_feedback_of_the_platform_is_what_counts(
    database: Database, people: world.World, write_back: bool
) -> None:
    save(database, generated(level=5), write_back=write_back)
    newer = world.feedback(0.3, "anise")
    platform_writes(database, newer)
    found = shown(database)
    assert found.version is None
    assert found.overwritten is not None
    assert found.overwritten.number == 2
    assert found.feedback.skills["technical"].score == 0.3
    assert scores(database)["technical"] == ("scored", 0.3)

    save(database, generated(level=5), write_back=write_back)
    assert [version.source for version in versions_of(database)] == [
        Source.MODEL,
        Source.PLATFORM,
        Source.MODEL,
        Source.PLATFORM,
    ]
    assert parse_json(versions_of(database)[1].stored) == newer
    assert shown(database).overwritten is None


def test_what_else_the_platform_writes_does_not_hide_a_version(database: Database, people: world.World) -> None:
    save(database, generated())
    platform_writes(database, platform_row(database) | {"summary": "another summary"}, title="Another title")
    found = shown(database)
    assert found.version is not None
    assert found.feedback.summary == "another summary"


def test_without_writing_back_the_scores_follow_what_is_shown(database: Database, people: world.World) -> None:
    before = world.feedback(0.4, "sage")
    platform_writes(database, before)
    save(database, generated(level=5), write_back=False)
    ours = dict.fromkeys(SKILL_KEYS, ("scored", 1.0))
    # What the platform changes beside its feedback moves the dates and leaves the scores.
    later = datetime(2026, 5, 4, 12, tzinfo=UTC)
    platform_writes(database, before, completed_at=later, title="Another title")
    assert scores(database) == ours
    with database.engine.connect() as connection:
        moment = sa.select(skill_scores.c.completed_at).where(skill_scores.c.interview_id == INTERVIEW).distinct()
        assert list(connection.execute(moment).scalars()) == [later]
    platform_writes(database, before, status="cancelled")
    assert scores(database) == {}
    platform_writes(database, before, status="completed")
    assert scores(database) == ours
    # The same when it was away meanwhile.
    platform_writes(database, sa.null())
    assert scores(database) == {}
    platform_writes(database, before)
    assert scores(database) == ours
    # Other feedback counts for as long as it is stored, as it is shown.
    platform_writes(database, world.feedback(0.3, "anise"))
    assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 0.3))
    assert shown(database).version is None
    platform_writes(database, before)
    assert scores(database) == ours
    assert shown(database).feedback.skills["technical"].score == 1.0
    # Nothing of another interview moves.
    assert scores(database, OTHER) == dict.fromkeys(SKILL_KEYS, ("scored", 0.6))


def test_without_writing_back_the_scores_are_filled_and_corrected_as_shown(
    database: Database, people: world.World
) -> None:
    save(database, generated(level=5), write_back=False)
    ours = dict.fromkeys(SKILL_KEYS, ("scored", 1.0))
    with database.engine.begin() as connection:
        connection.execute(sa.delete(skill_scores))
        fill(connection, 0, OTHER)
    assert scores(database) == ours
    assert scores(database, OTHER) == dict.fromkeys(SKILL_KEYS, ("scored", 0.6))
    if database.dialect == "postgresql":
        with database.engine.begin() as connection:
            connection.execute(sa.update(skill_scores).values(score=0.2))
            assert correct(connection, [INTERVIEW, OTHER]) == 2
        assert scores(database) == ours


@pytest.mark.parametrize("nothing", [None, sa.JSON.NULL], ids=["no feedback", "null"])
def test_without_writing_back_an_interview_without_feedback_is_served(
    database: Database, people: world.World, nothing: Any
) -> None:
    platform_writes(database, sa.null() if nothing is None else nothing)
    assert scores(database) == {}
    save(database, generated(level=5), write_back=False)
    ours = dict.fromkeys(SKILL_KEYS, ("scored", 1.0))
    platform_writes(database, sa.null() if nothing is None else nothing, completed_at=datetime(2026, 5, 4, tzinfo=UTC))
    assert scores(database) == ours
    assert shown(database).feedback.skills["technical"].score == 1.0
    with database.engine.begin() as connection:
        assert astray(connection) == []
    platform_writes(database, sa.null() if nothing is None else nothing, status="cancelled")
    assert scores(database) == {}


def test_without_writing_back_nothing_stays_under_an_id_that_is_given_up(
    database: Database, people: world.World
) -> None:
    platform_writes(database, sa.null())
    save(database, generated(level=5), write_back=False)
    assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 1.0))
    platform_writes(database, world.feedback(0.4, "sage"), id=7_777)
    assert scores(database) == {}
    assert scores(database, 7_777) == dict.fromkeys(SKILL_KEYS, ("scored", 0.4))


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: json.dumps(odd)[:30])
def test_odd_feedback_is_replaced_and_served_again(database: Database, people: world.World, odd: object) -> None:
    platform_writes(database, odd)
    before = scores(database)
    save(database, generated(), write_back=False)
    assert scores(database)["technical"] == ("scored", 0.5)
    review.restore(TRUSTED, database.engine, INTERVIEW, 1, write_back=False)
    platform_writes(database, odd, title="Another title", status="completed")
    assert scores(database) == before
    assert platform_row(database) == odd


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: json.dumps(odd)[:30])
def test_odd_feedback_is_kept_and_comes_back_as_it_was(database: Database, people: world.World, odd: object) -> None:
    platform_writes(database, odd)
    before = scores(database)
    assert save(database, generated()) is not None
    assert shown(database).version is not None
    assert scores(database)["technical"] == ("scored", 0.5)

    restored = review.restore(TRUSTED, database.engine, INTERVIEW, 1, write_back=True)
    assert restored.number == 3
    assert platform_row(database) == odd
    assert scores(database) == before


def test_no_feedback_at_all_imports_nothing(database: Database, people: world.World) -> None:
    platform_writes(database, sa.null())
    save(database, generated())
    assert [version.source for version in versions_of(database)] == [Source.MODEL]
    assert scores(database)["technical"] == ("scored", 0.5)


@pytest.mark.parametrize("depth", [400, 5000])
def test_feedback_nested_too_deeply_loses_nothing(database: Database, people: world.World, depth: int) -> None:
    deep = '{"kept": ' + "[" * depth + "]" * depth + ', "technical_score": 0.4}'
    with database.platform_engine.begin() as connection:
        statement = "UPDATE interviews SET feedback = {} WHERE id = 101".format(
            "CAST(:text AS json)" if database.dialect == "postgresql" else ":text"
        )
        connection.execute(sa.text(statement), {"text": deep})
    assert save(database, generated()) is not None
    assert versions_of(database)[-1].stored == deep
    row = platform_row(database)
    assert row["technical_score"] == 0.5
    # What no parser reads cannot be taken over; it is in version 1.
    assert ("kept" in row) == (depth < 1000)
