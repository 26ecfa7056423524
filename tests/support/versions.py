"""One interview's breakdowns: saved as a job saves them, and read back from every place they stand in."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown import InterviewFeedback
from analytics.breakdown.versions import append
from analytics.breakdown.versions import save as versions_save
from analytics.breakdown.versions.shown import ShownBreakdown, history, shown_breakdown
from analytics.breakdown.versions.version import Version
from analytics.database.json_text import parse_json
from analytics.database.schema import skill_scores
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from tests.support.databases import Database

INTERVIEW = 101


def save(database: Database, feedback: InterviewFeedback, **options: Any) -> append.SavedVersion | None:
    """Save a new breakdown as a coach's press does."""
    values = {"version_id": str(uuid.uuid4()), "by": "coach@example.org", "write_back": True} | options
    return versions_save.save(database.engine, INTERVIEW, feedback, **values)


def shown(database: Database) -> ShownBreakdown:
    """Read what the interview shows."""
    with reading(database.engine) as db:
        found = shown_breakdown(TRUSTED, db, INTERVIEW)
    assert found is not None
    return found


def versions_of(database: Database) -> list[Version]:
    """List its versions, the newest first."""
    with reading(database.engine) as db:
        return history(TRUSTED, db, INTERVIEW)


def platform_row(database: Database, interview_id: int = INTERVIEW) -> Any:
    """Read the feedback that the platform's own row holds."""
    with database.platform_engine.connect() as connection:
        text = sa.select(sa.cast(interviews.c.feedback, sa.Text)).where(interviews.c.id == interview_id)
        return parse_json(connection.execute(text).scalar_one())


def platform_writes(database: Database, feedback: object, **values: Any) -> None:
    """Store other feedback as the platform does."""
    platform_writes_to(database, INTERVIEW, feedback, **values)


def platform_writes_to(database: Database, interview_id: int, feedback: object, **values: Any) -> None:
    """Store other feedback of any interview as the platform does."""
    with database.platform_engine.begin() as connection:
        connection.execute(
            sa.update(interviews).where(interviews.c.id == interview_id).values(feedback=feedback, **values)
        )


def scores(database: Database, interview_id: int = INTERVIEW) -> dict[str, tuple[str, float | None]]:
    """Read the states and scores that the charts are drawn from."""
    with database.engine.connect() as connection:
        rows = connection.execute(sa.select(skill_scores).where(skill_scores.c.interview_id == interview_id))
        return {row.skill: (row.state, row.score) for row in rows}
