"""The narrow copy of the scores: filled from the interviews, and corrected where no trigger could follow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.database.json_text import parse_json
from analytics.database.schema import shown_versions, skill_scores, stale_candidates
from analytics.interviewlab.conversation import read_conversation
from analytics.interviewlab.feedback import read_feedback
from analytics.interviewlab.tables import belongs, interviews
from analytics.scores import postgresql


def fill(connection: Connection, after: int, upto: int) -> None:
    """Copy the scores of interviews with ids above `after` up to `upto`; existing rows stay."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(postgresql.POSTGRESQL_BACK_FILL), {"after": after, "upto": upto})
    elif rows := _read_rows(connection, sa.and_(interviews.c.id > after, interviews.c.id <= upto)):
        connection.execute(sa.insert(skill_scores).prefix_with("OR IGNORE"), rows)


def _read_rows(connection: Connection, which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """Read the rows that these interviews are to have in the copy (SQLite)."""
    feedback = sa.cast(interviews.c.feedback, sa.Text)
    statement = sa.select(
        interviews.c.id,
        interviews.c.user_id,
        sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at).label("completed_at"),
        sa.func.coalesce(shown_versions.c.served, feedback).label("feedback"),
    )
    statement = statement.outerjoin_from(interviews, shown_versions, is_replaced(feedback))
    return [
        {
            "interview_id": row.id,
            "skill": key,
            "user_id": row.user_id,
            "completed_at": row.completed_at,
            "state": skill.state,
            "reason": skill.reason,
            "score": skill.score,
        }
        for row in connection.execute(statement.where(which, interviews.c.status == "completed"))
        if (raw := parse_json(row.feedback)) is not None
        for key, skill in read_feedback(raw, holds_code=partial(holds_code, connection, row.id)).skills.items()
    ]


def holds_code(connection: Session | Connection, interview_id: int) -> bool:
    """Return whether an interview's conversation or sandbox contains code."""
    documents = sa.select(
        sa.cast(interviews.c.conversation_history, sa.Text), sa.cast(interviews.c.resume_context, sa.Text)
    ).where(interviews.c.id == interview_id)
    row = connection.execute(documents).first()
    return row is not None and bool(read_conversation(*map(parse_json, row)).submissions)


def is_replaced(feedback: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Build the condition that an interview's shown version counts instead of its feedback, given as text."""
    return sa.and_(
        shown_versions.c.interview_id == interviews.c.id,
        belongs(shown_versions.c.changed_at),
        shown_versions.c.replaces == sa.func.coalesce(feedback, "null"),
    )


def astray(connection: Connection) -> list[int]:
    """List the interviews that wrongly have, or lack, scores in the copy.

    Empty in SQLite, whose triggers cannot fail without the write they belong to.
    """
    if connection.dialect.name != "postgresql":
        return []
    return list(connection.execute(sa.text(postgresql.POSTGRESQL_ASTRAY)).scalars())


def correct(connection: Connection, interview_ids: Sequence[int]) -> int:
    """Correct the copy for these interviews, and mark their candidates as stale.

    Returns how many interviews were not as they should be; 0 shows that all of them are exact.
    """
    if connection.dialect.name == "postgresql":
        statement = sa.text(postgresql.POSTGRESQL_CORRECTION)
        changed = connection.execute(statement, {"interview_ids": list(interview_ids)}).all()
        reports = {(user_id, interview_id) for user_id, interview_id in changed}
    else:
        reports = _correct_here(connection, interview_ids)
    if reports:
        rows = [{"user_id": user_id, "interview_id": interview_id} for user_id, interview_id in sorted(reports)]
        connection.execute(sa.insert(stale_candidates), rows)
    return len({interview_id for _, interview_id in reports})


def _correct_here(connection: Connection, interview_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Replace rows that differ in SQLite; returns the candidate and the interview of each of them."""
    columns = (skill_scores.c[name] for name in skill_scores.c.keys())  # noqa: SIM118 - columns by their names
    mine = skill_scores.c.interview_id.in_(interview_ids)
    present = [dict(row) for row in connection.execute(sa.select(*columns).where(mine)).mappings()]
    wanted = _read_rows(connection, interviews.c.id.in_(interview_ids))
    differing = [row for row in present if row not in wanted] + [row for row in wanted if row not in present]
    reports = {(row["user_id"], row["interview_id"]) for row in differing}
    if differing:
        numbers = {interview_id for _, interview_id in reports}
        connection.execute(sa.delete(skill_scores).where(skill_scores.c.interview_id.in_(numbers)))
        if rows := [row for row in wanted if row["interview_id"] in numbers]:
            connection.execute(sa.insert(skill_scores), rows)
    return reports
