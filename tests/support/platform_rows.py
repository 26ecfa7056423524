"""Rows of the platform's tables for tests, with a value for everything that must not be null."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from analytics.database.schema import skill_scores
from analytics.interviewlab.tables import interviews, users

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def person(number: int, **values: Any) -> dict[str, Any]:
    """A row of `users`."""
    return {
        "id": number,
        "email": f"person{number}@example.org",
        "hashed_password": "!",
        "full_name": f"Person {number}",
        "is_active": True,
        "is_verified": True,
        "created_at": START,
        "updated_at": START,
    } | values


def interview(number: int, user_id: int = 1, **values: Any) -> dict[str, Any]:
    """A row of `interviews`: completed, `number` days after the start, without feedback."""
    moment = START + timedelta(days=number % 3650)
    return {
        "id": number,
        "user_id": user_id,
        "title": f"Interview {number}",
        "status": "completed",
        "conversation_history": None,
        "job_description": None,
        "feedback": None,
        "turn_count": 6,
        "started_at": moment - timedelta(minutes=30),
        "completed_at": moment,
        "created_at": moment - timedelta(hours=1),
        "updated_at": moment,
    } | values


def feedback(*scores: float | None, **values: Any) -> dict[str, Any]:
    """Well-formed feedback with a code submission; the scores stand in the order of the skills."""
    names = ("communication_score", "technical_score", "problem_solving_score", "code_quality_score")
    return dict(zip(names, scores, strict=False)) | {"code_submissions_count": 1} | values


def add(engine: Engine, *, people: list[dict[str, Any]] = (), rows: list[dict[str, Any]] = ()) -> None:  # type: ignore[assignment]
    """Insert people and interviews as the platform would."""
    with engine.begin() as connection:
        if people:
            connection.execute(sa.insert(users), people)
        if rows:
            connection.execute(sa.insert(interviews), rows)


Copied = dict[int, dict[str, tuple[str, str | None, float | None]]]


def copied_scores(connection: Connection) -> Copied:
    """Read `skill_scores`: interview -> skill -> (state, reason, score)."""
    found: Copied = {}
    columns = skill_scores.c
    rows = sa.select(columns.interview_id, columns.skill, columns.state, columns.reason, columns.score)
    for interview_id, skill, *told in connection.execute(rows):
        found.setdefault(interview_id, {})[skill] = (told[0], told[1], told[2])
    return found
