"""The narrow copy of the scores: filled from the interviews, and put right where a trigger could not follow them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics import readers
from analytics.database import execute, parse_json
from analytics.feedback import read_feedback
from analytics.schema import interviews, shown_versions, skill_scores, stale_candidates


def fill(connection: Connection, after: int, upto: int) -> None:
    """Copy the scores of the interviews whose ids lie above `after` and not above `upto`; what is there stays."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(readers.POSTGRESQL_BACK_FILL), {"after": after, "upto": upto})
        return
    feedback = sa.cast(interviews.c.feedback, sa.Text)
    statement = sa.select(
        interviews.c.id,
        interviews.c.user_id,
        sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at, type_=sa.DateTime()).label("completed_at"),
        sa.func.coalesce(shown_versions.c.served, feedback).label("feedback"),
    )
    statement = statement.outerjoin_from(interviews, shown_versions, replaced(feedback)).where(
        interviews.c.id > after, interviews.c.id <= upto, interviews.c.status == "completed"
    )
    rows = [
        {
            "interview_id": row.id,
            "skill": key,
            "user_id": row.user_id,
            "completed_at": row.completed_at,
            "state": skill.state,
            "reason": skill.reason,
            "score": skill.score,
        }
        for row in execute(connection, statement)
        if (raw := parse_json(row.feedback)) is not None
        for key, skill in read_feedback(raw).skills.items()
    ]
    if rows:
        execute(connection, sa.insert(skill_scores).prefix_with("OR IGNORE"), rows)


def replaced(feedback: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Tell in SQL whether the version that an interview shows counts instead of its feedback, given as text."""
    return sa.and_(
        shown_versions.c.interview_id == interviews.c.id,
        shown_versions.c.replaces == sa.func.coalesce(feedback, "null"),
    )


def astray(connection: Connection) -> list[int]:
    """List the interviews that have scores in the copy and should not, or the reverse.

    Empty in SQLite, whose triggers cannot fail without the write they belong to.
    """
    if connection.dialect.name != "postgresql":
        return []
    return list(connection.execute(sa.text(readers.POSTGRESQL_ASTRAY)).scalars())


def correct(connection: Connection, interview_ids: Sequence[int]) -> int:
    """Make the copy say what these interviews say, and report their candidates as changed (PostgreSQL).

    Returns how many interviews were not as they should be; 0 shows that all of them are exact.
    """
    changed = connection.execute(sa.text(readers.POSTGRESQL_CORRECTION), {"interview_ids": list(interview_ids)}).all()
    if changed:
        reports = [{"user_id": user_id, "interview_id": interview_id} for user_id, interview_id in changed]
        execute(connection, sa.insert(stale_candidates), reports)
    return len({interview_id for _, interview_id in changed})
