"""What is shown of a candidate is never older than the database, whoever wrote there, nor another viewer's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from analytics import runtime
from analytics.access.viewer import Role, Viewer
from analytics.database.schema import (
    breakdown_versions,
    coach_candidates,
    members,
)
from analytics.interviewlab.tables import interviews, users
from pages.parts import reads
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visitor

postgresql = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
NOW = datetime(2026, 11, 2, tzinfo=UTC)
FIRST, SECOND = interviews.c.id == 1, interviews.c.id == 2

THE_PLATFORMS = {
    "name": sa.update(users).where(users.c.id == 1).values(full_name="Another name"),
    "score": sa.update(interviews).where(FIRST).values(feedback=feedback(0.1, 0.2, 0.3, 0.4)),
}


@pytest.fixture
def two(database: Database) -> Database:
    """Two people with interviews."""
    rows = [*(interview(number, feedback=feedback(0.5, 0.5, 0.6, 0.7)) for number in (1, 2)), interview(20, 2)]
    add(database.platform_engine, people=[person(1), person(2)], rows=rows)
    with database.engine.begin() as connection:
        held = {"created_at": NOW, "created_by": "-", "source": "model", "breakdown": "{}", "provenance": "{}"}
        connection.execute(sa.insert(breakdown_versions).values(id="v", interview_id=2, number=1, **held))
    return database


def test_the_next_step_shows_what_was_written_meanwhile(two: Database, visitor: Visitor) -> None:
    page = visitor.open("candidate", candidate="1")
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
def test_what_was_shown_to_an_admin_is_not_shown_to_the_coach_they_became(
    two: Database, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visitor.open("candidate", candidate="1")
    with two.engine.begin() as connection:
        coach = {"email": "admin@example.org", "role": "coach", "created_at": NOW}
        connection.execute(sa.insert(members).values(coach))
    monkeypatch.setenv("ADMIN_EMAILS", "")
    runtime.settings.cache_clear()
    visitor.again(page)
    assert "This candidate does not exist, or you do not have access." in page.text
    assert "Person 1" not in page.text
    with two.engine.begin() as connection:
        held = {"user_id": 1, "assigned_at": NOW, "assigned_by": "admin@example.org"}
        connection.execute(
            sa.insert(coach_candidates).values(member_id=sa.select(members.c.id).scalar_subquery(), **held)
        )
    visitor.again(page)
    assert "Person 1" in page.text
    with two.engine.begin() as connection:
        connection.execute(sa.delete(coach_candidates))
    visitor.again(page)
    assert "Person 1" not in page.text


def test_what_was_read_for_one_viewer_is_not_shown_to_another(
    two: Database, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.open("candidate", candidate="1")
    coach = Viewer(Role.COACH, member_id=1)
    assert reads.candidate(coach, 1) is None
    with two.engine.begin() as connection:
        connection.execute(sa.insert(members).values(id=1, email="c@example.org", role="coach", created_at=NOW))
        assigned = {"member_id": 1, "user_id": 1, "assigned_at": NOW, "assigned_by": "a test"}
        connection.execute(sa.insert(coach_candidates).values(assigned))
    shown = reads.candidate(coach, 1)
    assert shown is not None
    assert shown.candidate.name == "Person 1"
    assert reads.candidate(Viewer(Role.INTERVIEWEE, user_id=2), 1) is None
    with two.engine.begin() as connection:
        connection.execute(sa.delete(coach_candidates))
    assert reads.candidate(coach, 1) is None
