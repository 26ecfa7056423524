"""The narrow copy and the summaries beside what they have to be, computed from the interviews alone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from analytics.database.json_text import parse_json
from analytics.database.schema import candidate_summaries, skill_scores
from analytics.interviewlab.feedback import read_feedback
from analytics.interviewlab.tables import interviews, users
from analytics.setup.install import list_missing
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person


def some_rows(count: int, people: int = 20) -> list[dict[str, Any]]:
    """Interviews of every kind, spread over the people."""
    kinds: list[dict[str, Any]] = [
        {"feedback": feedback(0.5, 0.25, 0.75, 1.0)},
        {"feedback": feedback(0.1, None, "n/a", 7)},
        {"feedback": feedback(0.3, 0.4, 0.5, 0.0, code_submissions_count=0)},
        {"feedback": [1, 2]},
        {"feedback": {"summary": "\u0000"}},
        {"feedback": None},
        {"feedback": feedback(0.5), "status": "in_progress"},
        {"feedback": feedback(0.5), "completed_at": None},
    ]
    return [interview(n, 1 + n % people, **kinds[n % len(kinds)]) for n in range(1, count + 1)]


def populate(database: Database, count: int, people: int = 20) -> None:
    add(database.platform_engine, people=[person(n) for n in range(1, people + 1)], rows=some_rows(count, people))


def copy_of(connection: Connection) -> set[tuple[Any, ...]]:
    columns = skill_scores.c
    wanted = (columns.interview_id, columns.skill, columns.user_id, columns.completed_at, columns.state, columns.reason)
    rows = connection.execute(sa.select(*wanted, columns.score))
    return {(*row[:3], row[3], *row[4:]) for row in rows}


def exact_copy(connection: Connection) -> set[tuple[Any, ...]]:
    """What the copy has to be, from the interviews alone."""
    columns = interviews.c
    rows = connection.execute(
        sa.select(
            columns.id, columns.user_id, columns.completed_at, columns.created_at, sa.cast(columns.feedback, sa.Text)
        ).where(columns.status == "completed")
    )
    return {
        (interview_id, key, user_id, (completed_at or created_at), skill.state, skill.reason, skill.score)
        for interview_id, user_id, completed_at, created_at, stored in rows
        if (raw := parse_json(stored)) is not None
        for key, skill in read_feedback(raw).skills.items()
    }


def assert_exact(engine: Engine) -> None:
    with engine.connect() as connection:
        assert copy_of(connection) == exact_copy(connection)
        counts = connection.execute(sa.select(candidate_summaries.c.user_id, candidate_summaries.c.interviews))
        theirs = sa.outerjoin(users, interviews, interviews.c.user_id == users.c.id)
        held = connection.execute(
            sa.select(users.c.id, sa.func.count(interviews.c.id)).select_from(theirs).group_by(users.c.id)
        )
        assert dict(map(tuple, counts)) == dict(map(tuple, held))
    assert list_missing(engine) == []
