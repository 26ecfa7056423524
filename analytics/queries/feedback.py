"""The feedback of a candidate's interviews as the platform stores it; access and absence as in `queries.candidates`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from analytics.access.viewer import Role, scope
from analytics.columns import bound_id
from analytics.database.json_text import parse_json
from analytics.database.schema import skill_scores
from analytics.interviewlab.feedback import Feedback, State, read_feedback
from analytics.interviewlab.tables import interview_date, interviews
from analytics.reviews.struck import ClaimKey, feedback_without

# The longest text of a feedback whose reading is remembered; most are a third of it.
_REMEMBERED: Final = 16_000


def read_stored(stored: str | None, *, completed: bool = True, code_is_scored: bool) -> Feedback:
    """Read a stored feedback, remembering what was read lately."""
    read = _read_before if stored is None or len(stored) <= _REMEMBERED else _read_now
    return read(stored, completed, code_is_scored)


def _read_now(stored: str | None, completed: bool, code_is_scored: bool) -> Feedback:
    return read_feedback(parse_json(stored), completed=completed, holds_code=lambda: code_is_scored)


_read_before = lru_cache(maxsize=512)(_read_now)


class FeedbackRow(NamedTuple):
    """The stored feedback of one interview, for what only the feedback holds (topics, code submissions).

    `has_version` is whether a breakdown of ours was ever shown in its place.
    """

    interview_id: int
    title: str
    status: str
    completed_at: datetime | None
    turn_count: int
    feedback: str | None
    code_is_scored: bool = False
    struck: tuple[ClaimKey, ...] = ()
    has_version: bool = False

    def read(self) -> Feedback:
        """Read the feedback as shown, without struck claims."""
        completed = self.status == "completed"
        read = read_stored(self.feedback, completed=completed, code_is_scored=self.code_is_scored)
        return feedback_without(read, self.struck)


# What the narrow copy says about it, so that no conversation is opened.
code_is_scored = (
    sa.exists()
    .where(
        skill_scores.c.interview_id == interviews.c.id,
        skill_scores.c.skill == "code_quality",
        skill_scores.c.state == State.SCORED,
    )
    .correlate(interviews)
)


@lru_cache
def feedback_statement(role: Role, latest: int | None = None) -> sa.Select[*tuple[Any, ...]]:
    """Build the statement for `feedback_row`: of all interviews, or of the `latest` completed ones."""
    statement = (
        sa.select(
            interviews.c.id,
            interviews.c.title,
            interviews.c.status,
            interviews.c.completed_at,
            interviews.c.turn_count,
            sa.cast(interviews.c.feedback, sa.Text),
            code_is_scored,
        )
        .where(interviews.c.user_id == bound_id("user_id"), scope(role, interviews.c.user_id))
        .order_by(interview_date.desc(), interviews.c.id.desc())
    )
    if latest is None:
        return statement
    completed = interviews.alias()
    chosen = (
        sa.select(completed.c.id)
        .where(completed.c.user_id == bound_id("user_id"), completed.c.status == "completed")
        .order_by(sa.func.coalesce(completed.c.completed_at, completed.c.created_at).desc(), completed.c.id.desc())
        .limit(latest)
    )
    return statement.where(interviews.c.id.in_(chosen))


def feedback_row(row: Sequence[Any]) -> FeedbackRow:
    """Read a row of `feedback_statement`."""
    return FeedbackRow(row[0], row[1], row[2], row[3], row[4] or 0, row[5], bool(row[6]))
