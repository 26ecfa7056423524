"""All interviews of a person in figures: counts, averages, topics and the newest interviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from analytics import cohort
from analytics.access.viewer import Viewer
from analytics.breakdown.versions.shown import feedback_of
from analytics.bridges import NO_BRIDGES, on_one_scale
from analytics.judges import PLATFORM_JUDGE
from analytics.queries import candidates
from analytics.queries.feedback import FeedbackRow
from analytics.skills import SKILL_KEYS, average, overall, round_score

RECENT = 5


class SkillDataPoint(NamedTuple):
    """One point of a progression line: the judge's score of a skill in an interview, and a coach's verdict on it.

    `judge` is the key of a judge (`analytics.judges`), empty for an overall score whose skills are told by several; of
    the platform's scores nobody knows when they were given.
    """

    interview_id: int
    interview_title: str
    date: datetime
    score: float
    judge: str = PLATFORM_JUDGE.key
    judged_at: datetime | None = None
    verdict: float | None = None


@dataclass(frozen=True, slots=True)
class RecentInterview:
    """A completed interview in a person's analytics; `judges` are the keys of its score's judges."""

    id: int
    title: str
    status: str
    completed_at: datetime | None
    quality_score: float | None
    judges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserAnalytics:
    """Counts and averages over all interviews of a person; an average is None without scores.

    `average_quality` and `improvement_trend` are told on the scale of whoever scored the latest interview: scores of
    others are moved there over a bridge, and left out where there is none. Code and its quality are as the platform
    counted them; code that its editor keeps is in the insights of each interview.
    """

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
        """Return the fields as plain values."""
        return asdict(self)


class _Told(NamedTuple):
    # By interview: the overall score on one scale, and who gave the scores it shows. `judge` is whose scale that is.
    overall: Mapping[int, float | None]
    judges: Mapping[int, tuple[str, ...]]
    judge: str


def view_user_analytics(viewer: Viewer, user_id: int, db: Session) -> UserAnalytics | None:
    """Count and average all interviews of a person; None if they do not exist or may not be seen."""
    rows = candidates.skill_progression(viewer, db, user_id)
    return None if rows is None else _analytics(feedback_of(viewer, db, user_id), _read_scores(rows, db))


def _read_scores(rows: Sequence[Sequence[Any]], db: Session) -> _Told:
    given: dict[str, list[tuple[int, float, str]]] = {key: [] for key in SKILL_KEYS}
    judges: dict[int, dict[str, None]] = {}
    for skill, interview_id, _, _, score, judge, *_ in rows:
        given[skill].append((interview_id, score, judge))
        judges.setdefault(interview_id, {})[judge] = None
    several = len({judge for by in judges.values() for judge in by}) > 1
    bridges = cohort.load(db).bridges if several else NO_BRIDGES
    scores: dict[int, dict[str, float | None]] = {}
    scales = set()
    for key, scored in given.items():
        scale = on_one_scale(key, [(judge, score) for _, score, judge in scored], bridges)
        scales |= {scale.judge} - {None}
        for (interview_id, _, _), score in zip(scored, scale.scores, strict=True):
            scores.setdefault(interview_id, {})[key] = score
    return _Told(
        overall={interview_id: overall(by_skill) for interview_id, by_skill in scores.items()},
        judges={interview_id: tuple(by) for interview_id, by in judges.items()},
        judge=str(scales.pop()) if len(scales) == 1 else "",
    )


def _analytics(rows: Sequence[FeedbackRow], told: _Told) -> UserAnalytics:
    completed = [(row, row.read()) for row in rows if row.status == "completed"]
    turns = [row.turn_count for row, _ in completed if row.turn_count]
    recent = completed[:RECENT]
    scores = {row.interview_id: told.overall.get(row.interview_id) for row, _ in completed}
    return UserAnalytics(
        total_interviews=len(rows),
        completed_interviews=len(completed),
        in_progress_interviews=sum(row.status == "in_progress" for row in rows),
        average_turn_count=round(sum(turns) / len(turns), 1) if turns else 0.0,
        average_quality=average(list(scores.values())),
        average_code_quality=average([feedback.average_code_quality for _, feedback in completed]),
        total_code_submissions=sum(feedback.code_submissions for _, feedback in completed),
        topics_covered=tuple(dict.fromkeys(topic for _, feedback in completed for topic in feedback.topics)),
        improvement_trend=tuple(
            SkillDataPoint(row.interview_id, row.title, row.completed_at, round(score, 2), told.judge)
            for row, _ in reversed(recent)
            if (score := scores[row.interview_id]) is not None and row.completed_at is not None
        ),
        recent_interviews=tuple(
            RecentInterview(
                row.interview_id, row.title, row.status, row.completed_at, round_score(feedback.overall),
                told.judges.get(row.interview_id, ()),
            )
            for row, feedback in recent
        ),
    )  # fmt: skip
