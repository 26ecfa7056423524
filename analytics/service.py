"""`InterviewAnalytics`: the face of the analytics for pages, API, command line and notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from analytics import queries
from analytics.access import TRUSTED, Viewer
from analytics.breakdown import presenting
from analytics.conversation import read_conversation
from analytics.feedback import Feedback, SkillBreakdown, State, read_feedback
from analytics.skills import SKILL_KEYS

RECENT = 5
# An id is an integer column of the platform's; a database refuses to look for a larger one.
LARGEST_ID = 2**31 - 1


class NotFoundError(LookupError):
    """There is no such candidate or interview, or the viewer may not see it; which of the two is never said."""


class SkillDataPoint(NamedTuple):
    """One point of a progression line: the score of a skill in an interview."""

    interview_id: int
    interview_title: str
    date: datetime
    score: float


@dataclass(frozen=True, slots=True)
class RecentInterview:
    """A completed interview in a person's analytics."""

    id: int
    title: str
    status: str
    completed_at: datetime | None
    quality_score: float | None


@dataclass(frozen=True, slots=True)
class InterviewInsights:
    """Facts about one interview; a score is None where there is none, and `states` says why."""

    interview_id: int
    title: str
    status: str
    turn_count: int
    duration_minutes: float | None
    topics_covered: tuple[str, ...]
    code_submissions: int
    average_code_quality: float | None
    scores: dict[str, float | None]
    states: dict[str, State]
    overall_score: float | None


@dataclass(frozen=True, slots=True)
class UserAnalytics:
    """Counts and averages over all interviews of a person; an average is None where nothing was scored."""

    total_interviews: int
    completed_interviews: int
    in_progress_interviews: int
    average_turn_count: float
    average_quality: float | None
    average_code_quality: float | None
    total_code_submissions: int
    topics_covered: tuple[str, ...]
    improvement_trend: tuple[SkillDataPoint, ...]
    recent_interviews: tuple[RecentInterview, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)


class InterviewAnalytics:
    """Answer questions about skills, for one viewer.

    Without a viewer it answers for whoever runs the program, who sees everyone. Scores are rounded to two decimals, as
    on the platform; what is stored but is not a score is None. Every method raises `NotFoundError` for an id that does
    not exist or that the viewer may not see.
    """

    def __init__(self, viewer: Viewer = TRUSTED) -> None:
        """Answer for this viewer."""
        self.viewer = viewer

    def get_skill_progression(self, user_id: int, db: Session) -> dict[str, list[SkillDataPoint]]:
        """List the scored interviews of each skill, by interview date; a skill without scores has an empty list."""
        rows = queries.skill_progression(self.viewer, db, user_id)
        if rows is None:
            raise NotFoundError("There is no such candidate.")
        progression: dict[str, list[SkillDataPoint]] = {key: [] for key in SKILL_KEYS}
        point = SkillDataPoint._make
        for skill, interview_id, title, date, score in rows:
            progression[skill].append(point((interview_id, title, date, _to_hundredths(score))))
        return progression

    def get_skill_averages(self, user_id: int, db: Session) -> dict[str, float | None]:
        """Average each skill over the interviews in which it was scored; None for a skill that never was."""
        rows = queries.scores_by_date(self.viewer, db, user_id)
        if rows is None:
            raise NotFoundError("There is no such candidate.")
        # Added up here and by date: in the order a database happens to read them, a tie may round the other way.
        scores: dict[str, list[float | None]] = {key: [] for key in SKILL_KEYS}
        for skill, score in rows:
            scores[skill].append(score)
        return {key: _average(scores[key]) for key in SKILL_KEYS}

    def get_skill_comparison(self, interview_ids: Sequence[int], db: Session) -> dict[str, dict[int, float | None]]:
        """Set the scores of several interviews side by side, in the order asked for."""
        records = queries.compared(self.viewer, db, interview_ids)
        if {record.interview_id for record in records} != set(interview_ids):
            raise NotFoundError("One of these interviews does not exist.")
        comparison: dict[str, dict[int, float | None]] = {key: dict.fromkeys(interview_ids, None) for key in SKILL_KEYS}
        for record in records:
            if record.skill is not None:
                comparison[record.skill][record.interview_id] = _rounded(record.score)
        return comparison

    def get_skill_breakdown(self, interview_id: int, db: Session) -> dict[str, SkillBreakdown]:
        """Read the state, score, strengths, weaknesses and recommendations of each skill of an interview."""
        return dict(self._feedback(interview_id, db).skills)

    def get_interview_insights(self, interview_id: int, db: Session) -> InterviewInsights:
        """Gather the facts of an interview: title, status, turns, duration, topics, code submissions and scores."""
        facts = queries.interview(self.viewer, db, interview_id)
        if facts is None:
            raise NotFoundError("There is no such interview.")
        feedback = self._feedback(interview_id, db)
        submissions = read_conversation(queries.conversation(self.viewer, db, interview_id)).submissions
        return InterviewInsights(
            interview_id=facts.interview_id,
            title=facts.title,
            status=facts.status,
            turn_count=facts.turn_count,
            duration_minutes=None if facts.minutes is None else round(facts.minutes, 1),
            topics_covered=feedback.topics,
            code_submissions=len(submissions),
            average_code_quality=_average([submission.quality for submission in submissions]),
            scores={key: _rounded(skill.score) for key, skill in feedback.skills.items()},
            states={key: skill.state for key, skill in feedback.skills.items()},
            overall_score=_rounded(feedback.overall),
        )

    def get_user_analytics(self, user_id: int, db: Session) -> UserAnalytics:
        """Count and average all interviews of a person."""
        if queries.candidate(self.viewer, db, user_id) is None:
            raise NotFoundError("There is no such candidate.")
        rows = presenting.feedback_of(self.viewer, db, user_id)
        completed = [(row, read_feedback(row.feedback)) for row in rows if row.status == "completed"]
        turns = [row.turn_count for row, _ in completed if row.turn_count]
        recent = completed[:RECENT]
        return UserAnalytics(
            total_interviews=len(rows),
            completed_interviews=len(completed),
            in_progress_interviews=sum(row.status == "in_progress" for row in rows),
            average_turn_count=round(sum(turns) / len(turns), 1) if turns else 0.0,
            average_quality=_average([feedback.overall for _, feedback in completed]),
            average_code_quality=_average([feedback.average_code_quality for _, feedback in completed]),
            total_code_submissions=sum(feedback.code_submissions for _, feedback in completed),
            topics_covered=tuple(dict.fromkeys(topic for _, feedback in completed for topic in feedback.topics)),
            improvement_trend=tuple(
                SkillDataPoint(row.interview_id, row.title, row.completed_at, round(feedback.overall, 2))
                for row, feedback in reversed(recent)
                if feedback.overall is not None and row.completed_at is not None
            ),
            recent_interviews=tuple(
                RecentInterview(row.interview_id, row.title, row.status, row.completed_at, _rounded(feedback.overall))
                for row, feedback in recent
            ),
        )

    def _feedback(self, interview_id: int, db: Session) -> Feedback:
        shown = presenting.presented(self.viewer, db, interview_id) if abs(interview_id) <= LARGEST_ID else None
        if shown is None:
            raise NotFoundError("There is no such interview.")
        return shown.feedback


@lru_cache(maxsize=4096)
def _to_hundredths(score: float) -> float:
    """Round; the same few scores come again and again, and looking one up takes a fifth of rounding it."""
    return round(score, 2)


def _rounded(score: float | None) -> float | None:
    return None if score is None else _to_hundredths(score)


def _average(scores: Sequence[float | None]) -> float | None:
    numbers = [score for score in scores if score is not None]
    return round(sum(numbers) / len(numbers), 2) if numbers else None
