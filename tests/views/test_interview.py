"""What is shown of one interview: as it is, whatever its state, and never to somebody who may not see it."""

from __future__ import annotations

from typing import Any

from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.breakdown.jobs import store
from analytics.database.sessions import reading
from analytics.interviewlab.feedback import State
from analytics.views.interview import InterviewView, view_interview, view_skills
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person


def view(database: Database, interview_id: int = 1, viewer: Viewer = TRUSTED) -> InterviewView | None:
    with reading(database.engine) as db:
        return view_interview(viewer, interview_id, db)


def test_an_interview_that_is_only_planned_is_shown_as_that(database: Database) -> None:
    planned = interview(1, status="pending", started_at=None, completed_at=None)
    add(database.platform_engine, people=[person(1)], rows=[planned])
    shown = view(database)
    assert shown is not None
    assert {skill.state for skill in shown.feedback.skills.values()} == {State.PENDING}
    assert (shown.conversation.turns, shown.job, shown.interview.completed_at) == ((), None, None)


def test_scores_words_conversation_and_job_come_together(database: Database) -> None:
    words = feedback(0.5, 0.6, 0.7, 0.8, summary="Clear throughout.")
    row = interview(1, feedback=words, conversation_history=[{"role": "user", "content": "I measured it."}])
    add(database.platform_engine, people=[person(1)], rows=[row])
    entered = store.request(TRUSTED, database.engine, 1)
    shown = view(database)
    assert shown is not None
    assert [turn.said for turn in shown.conversation.turns] == ["I measured it."]
    assert (shown.feedback.skills["technical"].score, shown.feedback.summary) == (0.6, "Clear throughout.")
    assert shown.job is not None
    assert shown.job.id == entered.id
    assert shown.interview.completed_at is not None
    with reading(database.engine) as db:
        skills = view_skills(TRUSTED, 1, db)
    assert skills is not None
    assert skills.current == shown.current


def test_whoever_may_not_see_an_interview_gets_nothing(database: Database) -> None:
    add(database.platform_engine, people=[person(1), person(2)], rows=[interview(1, feedback=feedback(0.5))])
    assert view(database, viewer=Viewer(Role.INTERVIEWEE, user_id=2)) is None
    assert view(database, 99) is None
    # An id that no column can hold names nothing; it is no error.
    assert view(database, 2**70) is None


def test_what_came_up_in_earlier_interviews_is_counted(database: Database) -> None:
    def about(*weaknesses: str) -> dict[str, Any]:
        return feedback(0.5, 0.5, skill_breakdown={"technical": {"weaknesses": list(weaknesses)}})

    again, once = "Does not say how the result was measured", "Names no risk of the release"
    rows = [
        interview(1, feedback=about("Does not say how results were measured")),
        interview(2, feedback=about("Does not say how the result was measured.", "Rushes")),
        interview(3, feedback=about(again, once)),
        # What came later, and what somebody else left open, is no earlier interview of this person.
        interview(4, feedback=about(once)),
        interview(5, user_id=2, completed_at=interview(1)["completed_at"], feedback=about(once)),
    ]
    add(database.platform_engine, people=[person(1), person(2)], rows=rows)
    third, first = view(database, 3), view(database, 1)
    assert third is not None
    assert third.came_before == {("technical", again): 2}
    assert first is not None
    assert first.came_before == {}
