"""Queries about interviews, one function per question; access and absence as in `queries.candidates`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.blind import find_hidden, without_reviews
from analytics.access.viewer import Role, Viewer, scope
from analytics.columns import bound_id
from analytics.database.json_text import parse_json
from analytics.database.schema import skill_scores
from analytics.interviewlab.conversation import Conversation, read_conversation
from analytics.interviewlab.feedback import Reason, State
from analytics.interviewlab.tables import display_name, interview_date, interviews, users
from analytics.judges import PLATFORM_JUDGE
from analytics.queries.verdicts import Counting, counting_of_interviews
from analytics.scores.version_scores import JUDGED, overwritten, with_judges


class InterviewRow(NamedTuple):
    """One interview of a candidate, without its transcript and feedback."""

    interview_id: int
    user_id: int
    candidate: str
    title: str
    status: str
    date: datetime
    completed_at: datetime | None
    turn_count: int
    minutes: float | None


@lru_cache
def _select_compared(role: Role, count: int) -> sa.Select[*tuple[Any, ...]]:
    # A fixed number of parameters: an IN that grows with its list is put together anew for every execution.
    ids = [bound_id(f"interview_{place}") for place in range(count)]
    people = sa.join(interviews, users, users.c.id == interviews.c.user_id)
    source = sa.outerjoin(people, skill_scores, skill_scores.c.interview_id == interviews.c.id)
    return (
        sa.select(
            skill_scores.c.skill,
            interviews.c.id,
            interviews.c.title,
            interview_date,
            skill_scores.c.state,
            skill_scores.c.reason,
            skill_scores.c.score,
            interviews.c.user_id,
            display_name,
            interviews.c.completed_at,
            *JUDGED,
            interviews.c.status,
        )
        .select_from(with_judges(source))
        .where(interviews.c.id.in_(ids), scope(role, interviews.c.user_id))
        .order_by(interview_date, interviews.c.id)
    )


class ComparedRecord(NamedTuple):
    """One skill of one chosen interview; `skill` is None if the interview has no scores.

    `judge` and `judged_at` as in `SkillRecord`.
    """

    skill: str | None
    interview_id: int
    interview_title: str
    date: datetime
    state: str
    reason: str | None
    score: float | None
    user_id: int
    candidate: str
    completed_at: datetime | None
    judge: str = PLATFORM_JUDGE.key
    judged_at: datetime | None = None
    verdict: float | None = None
    has_verdict: bool = False

    @property
    def shown_score(self) -> float | None:
        """Return the score that charts draw: the verdict if there is one, otherwise the judge's."""
        return self.verdict if self.has_verdict else self.score


def compared_records(viewer: Viewer, db: Session, interview_ids: Sequence[int]) -> list[ComparedRecord]:
    """Read the skills of several interviews, of any people, by interview date; unknown ids give no rows."""
    if not interview_ids:
        return []
    parameters = {f"interview_{place}": interview_id for place, interview_id in enumerate(interview_ids)}
    statement = _select_compared(viewer.role, len(interview_ids))
    unrated = find_hidden(viewer, db, interview_ids=interview_ids)
    rows = _hide(db.execute(statement, {**parameters, **viewer.parameters}).all(), unrated)
    records = [ComparedRecord(*row[:12]) for row in rows]
    platforms = overwritten((row[1], row[6], row[12]) for row in rows)
    for place, row in enumerate(rows):
        if row[1] in platforms:
            records[place] = records[place]._replace(judge=PLATFORM_JUDGE.key, judged_at=None)
        if row[0] is None:
            reason = Reason.NO_FEEDBACK if row[-1] == "completed" else Reason.UNFINISHED
            reason = Reason.UNRATED if row[1] in unrated else reason
            records[place] = records[place]._replace(state=State.PENDING, reason=reason)
    return _with_verdicts(records, counting_of_interviews(viewer, db, list({row[1] for row in rows})))


def _hide(rows: Sequence[Any], unrated: frozenset[int]) -> Sequence[Any]:
    """Leave of each interview that the viewer has to rate first one row, as of one without scores."""
    if not unrated:
        return rows
    first: dict[int, Any] = {}
    for row in rows:
        if row[1] in unrated:
            # Skill, state, reason, score, and who gave that when: nothing of it.
            blank = dict.fromkeys((0, 4, 5, 6, 10, 11, 12)) | {10: PLATFORM_JUDGE.key}
            first.setdefault(row[1], tuple(blank.get(place, value) for place, value in enumerate(row)))
    return [*(row for row in rows if row[1] not in unrated), *first.values()]


def _with_verdicts(records: Sequence[ComparedRecord], judged: Counting) -> list[ComparedRecord]:
    """Add the verdicts that count; an interview without scores has a record for each skill that a coach judged."""
    told = []
    for record in records:
        of_this = {skill: one for (interview_id, skill), one in judged.items() if interview_id == record.interview_id}
        if record.skill is None:
            told += [record._replace(skill=key, verdict=one.score, has_verdict=True) for key, one in of_this.items()]
        one = None if record.skill is None else of_this.get(record.skill)
        if record.skill is not None or not of_this:
            told.append(record._replace(verdict=one.score, has_verdict=True) if one else record)
    return told


def _interview_columns() -> tuple[sa.ColumnElement[Any], ...]:
    return (
        interviews.c.id,
        interviews.c.user_id,
        display_name,
        interviews.c.title,
        interviews.c.status,
        interview_date,
        interviews.c.turn_count,
        interviews.c.started_at,
        interviews.c.completed_at,
    )


def _interview_row(row: Sequence[Any]) -> InterviewRow:
    interview_id, user_id, name, title, status, date, turn_count, started_at, completed_at = row
    minutes = (completed_at - started_at).total_seconds() / 60 if started_at and completed_at else -1.0
    return InterviewRow(
        interview_id=interview_id,
        user_id=user_id,
        candidate=name,
        title=title,
        status=status,
        date=date,
        completed_at=completed_at,
        turn_count=turn_count or 0,
        minutes=minutes if minutes >= 0 else None,
    )


@lru_cache
def _interview(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*_interview_columns())
        .join(users, users.c.id == interviews.c.user_id)
        .where(interviews.c.id == bound_id("interview_id"), scope(role, interviews.c.user_id))
    )


def interview(viewer: Viewer, db: Session | Connection, interview_id: int) -> InterviewRow | None:
    """Find an interview."""
    row = db.execute(_interview(viewer.role), {"interview_id": interview_id, **viewer.parameters}).first()
    return _interview_row(row) if row else None


@lru_cache
def _candidate_interviews(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*_interview_columns())
        .join(users, users.c.id == interviews.c.user_id)
        .where(interviews.c.user_id == bound_id("user_id"), scope(role, interviews.c.user_id))
        .order_by(interview_date.desc(), interviews.c.id.desc())
    )


def candidate_interviews(viewer: Viewer, db: Session, user_id: int) -> list[InterviewRow]:
    """List a candidate's interviews of any status, newest first."""
    rows = db.execute(_candidate_interviews(viewer.role), {"user_id": user_id, **viewer.parameters}).all()
    return [_interview_row(row) for row in rows]


@lru_cache
def _conversation(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(
        sa.cast(interviews.c.conversation_history, sa.Text), sa.cast(interviews.c.resume_context, sa.Text)
    ).where(interviews.c.id == bound_id("interview_id"), scope(role, interviews.c.user_id))


def conversation(viewer: Viewer, db: Session | Connection, interview_id: int) -> Conversation | None:
    """Read an interview's conversation with the code from its editor; None if the interview may not be seen.

    What InterviewLab says of the code is left out where the viewer has to rate the interview first.
    """
    row = db.execute(_conversation(viewer.role), {"interview_id": interview_id, **viewer.parameters}).first()
    if row is None:
        return None
    read = read_conversation(*map(parse_json, row))
    return without_reviews(read) if find_hidden(viewer, db, interview_ids=[interview_id]) else read
