"""What is kept of a candidate is never older than the database, whoever wrote there, nor another viewer's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from analytics import queries, runtime
from analytics.access import TRUSTED, Role, Viewer
from analytics.database import ask, execute
from analytics.schema import (
    breakdown_versions,
    coach_candidates,
    cohort_figures,
    interviews,
    members,
    shown_versions,
    skill_scores,
    users,
)
from pages.parts import data
from tests.pages.conftest import Visitor
from tests.parts.databases import Database
from tests.platform_rows import add, feedback, interview, person

postgresql = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
NOW = datetime(2026, 11, 2, tzinfo=UTC)
FIRST, SECOND = interviews.c.id == 1, interviews.c.id == 2

THE_PLATFORMS = {
    "name": sa.update(users).where(users.c.id == 1).values(full_name="Another name"),
    "e-mail": sa.update(users).where(users.c.id == 1).values(email="another@example.org"),
    "title": sa.update(interviews).where(SECOND).values(title="Another title"),
    "score": sa.update(interviews).where(FIRST).values(feedback=feedback(0.1, 0.2, 0.3, 0.4)),
    "words of the feedback alone": sa.update(interviews)
    .where(FIRST)
    .values(feedback=feedback(0.5, 0.5, 0.6, 0.7, recommendations=["Listen"])),
    "status": sa.update(interviews).where(FIRST).values(status="cancelled"),
    "the same again": sa.update(interviews).where(FIRST).values(title=interviews.c.title),
    "a new interview": sa.insert(interviews).values(interview(3)),
    "one interview less": sa.delete(interviews).where(SECOND),
    "another's interview becomes theirs": sa.update(interviews).where(interviews.c.id == 20).values(user_id=1),
}
OURS = {
    "a corrected score": sa.update(skill_scores).where(skill_scores.c.interview_id == 1).values(score=0.25),
    "a lost score": sa.delete(skill_scores).where(
        skill_scores.c.interview_id == 1, skill_scores.c.skill == "technical"
    ),
    "what is learned from everybody": sa.update(cohort_figures).values(learned_at=NOW),
    "a version that is shown": sa.insert(shown_versions).values(
        interview_id=2, version_id="v", changed_at=NOW, changed_by="coach@example.org"
    ),
}


@pytest.fixture
def two(database: Database) -> Database:
    """Two people with interviews."""
    rows = [*(interview(number, feedback=feedback(0.5, 0.5, 0.6, 0.7)) for number in (1, 2)), interview(20, 2)]
    add(database.platform_engine, people=[person(1), person(2)], rows=rows)
    with database.engine.begin() as connection:
        held = {"created_at": NOW, "created_by": "-", "source": "model", "breakdown": "{}", "provenance": "{}"}
        execute(connection, sa.insert(breakdown_versions).values(id="v", interview_id=2, number=1, **held))
    return database


def revision(database: Database, user_id: int = 1) -> str | None:
    found = ask(database.engine, lambda db: queries.revised_candidate(TRUSTED, db, user_id))
    assert found is not None
    assert found[0].user_id == user_id
    return found[1]


@postgresql
@pytest.mark.parametrize("change", [*THE_PLATFORMS, *OURS])
def test_whatever_is_written_of_a_candidate_gives_another_revision(two: Database, change: str) -> None:
    before, others = revision(two), revision(two, 2)
    assert before is not None
    assert revision(two) == before
    engine = two.platform_engine if change in THE_PLATFORMS else two.engine
    with engine.begin() as connection:
        execute(connection, (THE_PLATFORMS | OURS)[change])
        # What is not committed is no change to anybody else, and nothing when it is taken back.
        assert revision(two) == before
        connection.rollback()
    assert revision(two) == before
    with engine.begin() as connection:
        execute(connection, (THE_PLATFORMS | OURS)[change])
    assert revision(two) not in (before, None)
    touches_both = change in ("another's interview becomes theirs", "what is learned from everybody")
    assert (revision(two, 2) != others) == touches_both


@postgresql
def test_a_change_taken_back_by_another_is_still_a_change(two: Database) -> None:
    seen = {revision(two)}
    for title in ("Once", "Interview 1", "Once", "Interview 1"):
        with two.platform_engine.begin() as connection:
            connection.execute(sa.update(interviews).where(FIRST).values(title=title))
        seen.add(revision(two))
    assert len(seen) == 5


def test_a_file_has_no_revisions_and_is_read_each_time(two: Database) -> None:
    assert (revision(two) is None) == (two.dialect == "sqlite")


def test_the_next_step_shows_what_was_written_meanwhile(two: Database, visitor: Visitor) -> None:
    page = visitor.open("candidate", candidate="1")
    read = len(page.statements)
    visitor.again(page)
    # Who is looking, and with it what of the candidate has changed.
    assert len(page.statements) == (1 if two.dialect == "postgresql" else read), page.statements
    assert "Person 1" in page.text
    assert page.figure()["data"]
    with two.platform_engine.begin() as connection:
        connection.execute(THE_PLATFORMS["name"])
        connection.execute(THE_PLATFORMS["score"])
    visitor.again(page)
    assert "Another name" in page.text
    assert "Person 1" not in page.text
    assert any(trace.get("y") == [0.1, 0.5] for trace in page.figure()["data"])


@postgresql
def test_interviewees_on_their_own_page_take_one_statement_too(two: Database, visitor: Visitor) -> None:
    visitor.claims |= {"sub": "person-1", "email": "person1@example.org"}
    page = visitor.open("candidate")
    visitor.again(page)
    assert len(page.statements) == 1, page.statements
    with two.platform_engine.begin() as connection:
        connection.execute(THE_PLATFORMS["score"])
    visitor.again(page)
    assert any(trace.get("y") == [0.1, 0.5] for trace in page.figure()["data"])


@postgresql
def test_what_was_asked_for_who_looked_last_is_not_shown_to_who_looks_now(
    two: Database, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visitor.open("candidate", candidate="1")
    visitor.again(page)
    assert len(page.statements) == 1
    with two.engine.begin() as connection:
        coach = {"email": "admin@example.org", "role": "coach", "created_at": NOW}
        execute(connection, sa.insert(members).values(coach))
    monkeypatch.setenv("ADMIN_EMAILS", "")
    runtime.settings.cache_clear()
    visitor.again(page)
    assert "There is no such candidate, or you may not see them." in page.text
    assert "Person 1" not in page.text
    # The coach's own step, asked as the coach: still nobody, in one exchange and one more, since nothing was found.
    visitor.again(page)
    assert len(page.statements) == 2
    with two.engine.begin() as connection:
        held = {"user_id": 1, "assigned_at": NOW, "assigned_by": "admin@example.org"}
        execute(
            connection, sa.insert(coach_candidates).values(member_id=sa.select(members.c.id).scalar_subquery(), **held)
        )
    visitor.again(page)
    assert "Person 1" in page.text
    with two.engine.begin() as connection:
        execute(connection, sa.delete(coach_candidates))
    visitor.again(page)
    assert "Person 1" not in page.text


def test_what_was_read_for_one_viewer_is_not_shown_to_another(
    two: Database, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.open("candidate", candidate="1")
    coach = Viewer(Role.COACH, member_id=1)
    assert data.candidate(coach, 1) is None
    with two.engine.begin() as connection:
        execute(connection, sa.insert(members).values(id=1, email="c@example.org", role="coach", created_at=NOW))
        assigned = {"member_id": 1, "user_id": 1, "assigned_at": NOW, "assigned_by": "a test"}
        execute(connection, sa.insert(coach_candidates).values(assigned))
    shown = data.candidate(coach, 1)
    assert shown is not None
    assert shown.candidate.name == "Person 1"
    assert data.candidate(Viewer(Role.INTERVIEWEE, user_id=2), 1) is None
    with two.engine.begin() as connection:
        execute(connection, sa.delete(coach_candidates))
    assert data.candidate(coach, 1) is None


@postgresql
def test_only_so_many_candidates_are_kept(two: Database, visitor: Visitor) -> None:
    people = range(100, 300)
    moment = NOW - timedelta(days=1)
    add(
        two.platform_engine,
        people=[person(number) for number in people],
        rows=[interview(1000 + number, number, completed_at=moment) for number in people],
    )
    for number in people:
        assert data.candidate(TRUSTED, number) is not None
    assert data._kept.cache_info().currsize == data._kept.cache_info().maxsize == 128
