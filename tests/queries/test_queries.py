"""The queries: by interview date, for one viewer at a time, and whole where a row is odd."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.database.schema import coach_candidates, members
from analytics.database.sessions import reading
from analytics.interviewlab.conversation import Conversation
from analytics.interviewlab.feedback import Reason, State
from analytics.interviewlab.tables import interviews
from analytics.queries import candidates
from analytics.queries import interviews as queries_interviews
from tests.support.databases import Database
from tests.support.platform_rows import START, add, feedback, interview, person


@pytest.fixture
def two_people(database: Database) -> Database:
    """Person 1 has interviews out of order, on one day, unfinished and odd; person 2 has one; a coach sees person 2."""
    day = START + timedelta(days=5)
    add(
        database.platform_engine,
        people=[person(1, full_name="  "), person(2, full_name=" Ann "), person(3)],
        rows=[
            interview(1, 1, completed_at=day + timedelta(days=2), feedback=feedback(0.1, None, 0.3, "x")),
            interview(2, 1, completed_at=day, feedback=feedback(0.2)),
            interview(3, 1, completed_at=day, feedback=feedback(0.3)),
            interview(4, 1, completed_at=None, created_at=day - timedelta(days=1), feedback=feedback(0.4)),
            interview(5, 1, status="in_progress", completed_at=None, feedback=feedback(0.5)),
            interview(6, 1, status="completed", feedback=None),
            interview(7, 2, feedback=feedback(0.7), conversation_history=[{"role": "user", "content": "Hello"}]),
        ],
    )
    with database.engine.begin() as connection:
        connection.execute(
            sa.insert(members), [{"id": 9, "email": "c@example.org", "role": "coach", "created_at": day}]
        )
        assigned = {"member_id": 9, "user_id": 2, "assigned_at": day, "assigned_by": "test"}
        connection.execute(sa.insert(coach_candidates), [assigned])
    return database


def test_scores_come_by_interview_date_and_then_by_number(two_people: Database) -> None:
    with reading(two_people.engine) as db:
        history = candidates.skill_history(TRUSTED, db, 1)
        progression = candidates.skill_progression(TRUSTED, db, 1)
    assert history is not None
    assert progression is not None
    told = [(record.interview_id, record.score) for record in history if record.skill == "communication"]
    assert told == [(4, 0.4), (2, 0.2), (3, 0.3), (1, 0.1)]
    assert {record.date.tzinfo is not None for record in history} == {True}
    assert history[0].date.astimezone(UTC) == START + timedelta(days=4)
    # The progression holds only what is a score.
    assert [(row[0], row[1]) for row in progression if row[1] == 1] == [
        ("communication", 1),
        ("problem_solving", 1),
    ] or {row[0] for row in progression if row[1] == 1} == {"communication", "problem_solving"}
    assert all(row[4] is not None for row in progression)
    odd = {record.skill: (record.state, record.reason, record.score) for record in history if record.interview_id == 1}
    assert odd["code_quality"] == (State.FAILED, Reason.NOT_A_SCORE, None)
    assert odd["technical"] == (State.NOT_ASSESSED, Reason.NO_SCORE, None)


def test_nobody_and_somebody_without_scores_are_told_apart(two_people: Database) -> None:
    with reading(two_people.engine) as db:
        assert candidates.skill_history(TRUSTED, db, 3) == []
        assert candidates.skill_progression(TRUSTED, db, 3) == []
        assert candidates.skill_history(TRUSTED, db, 4) is None
        assert candidates.skill_progression(TRUSTED, db, 4) is None
        assert candidates.candidate(TRUSTED, db, 4) is None
        assert queries_interviews.interview(TRUSTED, db, 99) is None
        assert queries_interviews.conversation(TRUSTED, db, 99) is None


def test_a_name_that_is_blank_gives_way_to_the_address(two_people: Database) -> None:
    with reading(two_people.engine) as db:
        names = [one.name for n in (1, 2) if (one := candidates.candidate(TRUSTED, db, n))]
        row = queries_interviews.interview(TRUSTED, db, 7)
    assert names == ["person1@example.org", "Ann"]
    assert row is not None
    assert row.candidate == "Ann"


def test_all_interviews_are_listed_whatever_their_status_the_latest_first(two_people: Database) -> None:
    with reading(two_people.engine) as db:
        listed = queries_interviews.candidate_interviews(TRUSTED, db, 1)
    when = [(row.date, row.interview_id) for row in listed]
    assert when == sorted(when, reverse=True)
    assert {row.interview_id for row in listed} == {1, 2, 3, 4, 5, 6}
    assert next(row for row in listed if row.interview_id == 4).minutes is None


def test_an_interview_that_ends_before_it_begins_has_no_duration(database: Database) -> None:
    late = START + timedelta(hours=3)
    rows = [
        interview(1, started_at=late, completed_at=START),
        interview(2, started_at=START, completed_at=late),
        interview(3, started_at=None),
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    with reading(database.engine) as db:
        minutes = {row.interview_id: row.minutes for row in queries_interviews.candidate_interviews(TRUSTED, db, 1)}
    assert minutes == {1: None, 2: 180.0, 3: None}


def test_chosen_interviews_are_compared_also_without_scores(two_people: Database) -> None:
    with reading(two_people.engine) as db:
        records = queries_interviews.compared_records(TRUSTED, db, [7, 6, 5, 99])
        assert queries_interviews.compared_records(TRUSTED, db, []) == []
    without = {
        record.interview_id: (record.skill, record.state, record.reason) for record in records if not record.skill
    }
    assert without == {
        6: (None, State.PENDING, Reason.NO_FEEDBACK),
        5: (None, State.PENDING, Reason.UNFINISHED),
    }
    assert {record.candidate for record in records if record.interview_id == 7} == {"Ann"}
    assert 99 not in {record.interview_id for record in records}


QUESTIONS: dict[str, Any] = {
    "candidate": lambda viewer, db: candidates.candidate(viewer, db, 1),
    "history": lambda viewer, db: candidates.skill_history(viewer, db, 1),
    "progression": lambda viewer, db: candidates.skill_progression(viewer, db, 1),
    "comparison": lambda viewer, db: queries_interviews.compared_records(viewer, db, [1, 2]),
    "interview": lambda viewer, db: queries_interviews.interview(viewer, db, 1),
    "interviews": lambda viewer, db: queries_interviews.candidate_interviews(viewer, db, 1),
    "conversation": lambda viewer, db: queries_interviews.conversation(viewer, db, 1),
}
# Who must not see person 1, and who must.
OTHERS = [
    Viewer(Role.COACH, member_id=9),
    Viewer(Role.COACH, member_id=8),
    Viewer(Role.COACH),
    Viewer(Role.INTERVIEWEE, user_id=2),
    Viewer(Role.INTERVIEWEE),
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_is_answered_about_somebody_out_of_sight(two_people: Database, question: str) -> None:
    with two_people.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 1).values(conversation_history=[]))
    with reading(two_people.engine) as db:
        for viewer in OTHERS:
            assert not QUESTIONS[question](viewer, db)
        for viewer in (TRUSTED, Viewer(Role.INTERVIEWEE, user_id=1)):
            assert QUESTIONS[question](viewer, db) is not None
    with reading(two_people.engine) as db:
        hers = candidates.skill_history(Viewer(Role.COACH, member_id=9), db, 2)
        assert hers is not None
        assert {record.interview_id for record in hers} == {7}


def test_a_comparison_leaves_out_what_is_out_of_sight(two_people: Database) -> None:
    with reading(two_people.engine) as db:
        seen = queries_interviews.compared_records(Viewer(Role.COACH, member_id=9), db, [1, 7])
    assert {record.interview_id for record in seen} == {7}


def test_a_stored_conversation_that_cannot_be_read_is_no_error(two_people: Database) -> None:
    deep = "[" * 3_000 + "]" * 3_000
    with two_people.platform_engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE interviews SET conversation_history = :deep WHERE id = 7")
            if two_people.dialect == "sqlite"
            else sa.text("UPDATE interviews SET conversation_history = CAST(:deep AS json) WHERE id = 7"),
            {"deep": deep},
        )
    with reading(two_people.engine) as db:
        assert queries_interviews.conversation(TRUSTED, db, 7) == Conversation(skipped=1, messages=1)
        assert queries_interviews.interview(TRUSTED, db, 7) is not None
