"""`InterviewAnalytics`: the entry point for pages, API, command line and notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import TRUSTED, Viewer
from analytics.breakdown.versions.shown import shown_breakdown
from analytics.candidate.skill_trends import SkillTrend
from analytics.columns import LARGEST_ID
from analytics.interviewlab.conversation import read_conversation
from analytics.interviewlab.feedback import Feedback, SkillBreakdown, State
from analytics.queries import candidates, interviews
from analytics.queries.verdicts import Counting, counting_of_candidate
from analytics.report.content import Report
from analytics.skills import SKILL_KEYS, average, round_score, to_hundredths
from analytics.verdicts.verdicts import InterviewVerdicts, give_verdict, verdicts_of, withdraw_verdict
from analytics.views.candidate import JudgedAverages, view_averages, view_trends
from analytics.views.comparison import Comparison, score_differences, view_comparison, view_scatter
from analytics.views.interview import SkillsView, view_skills
from analytics.views.judge import JudgeView, view_judge
from analytics.views.report import view_report
from analytics.views.reviews import ReviewsView, view_reviews
from analytics.views.session import SessionView, view_session
from analytics.views.user_analytics import SkillDataPoint, UserAnalytics, view_user_analytics

__all__ = ["InterviewAnalytics", "InterviewInsights", "NotFoundError", "SkillDataPoint", "UserAnalytics"]

_T = TypeVar("_T")


class NotFoundError(LookupError):
    """No such candidate or interview, or the viewer may not see it; the message never says which."""


@dataclass(frozen=True, slots=True)
class InterviewInsights:
    """Facts about one interview; a score is None if there is none, and `states` says why.

    `judges` are the keys of who gave the scores; the overall score weighs them all, whoever gave them.
    """

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
    judges: dict[str, str | None]


class InterviewAnalytics:
    """Answers questions about skills, for one viewer.

    Without a viewer it answers for whoever runs the program, who sees everyone. Scores are rounded to two decimals, as
    on the platform; a breakdown has them as they were given. What is stored but is not a score is None. Every method
    raises `NotFoundError` for an id that does not exist or that the viewer may not see.
    """

    def __init__(self, viewer: Viewer = TRUSTED) -> None:
        """Answer for this viewer."""
        self.viewer = viewer

    def get_skill_progression(self, user_id: int, db: Session) -> dict[str, list[SkillDataPoint]]:
        """List the scored interviews of each skill, by interview date; a skill without scores has an empty list."""
        rows = _require(candidates.skill_progression(self.viewer, db, user_id))
        return _progression(rows, counting_of_candidate(self.viewer, db, user_id) if rows else {})

    def get_skill_averages(self, user_id: int, db: Session) -> dict[str, float | None]:
        """Average each skill on the scale of the newest interview's judge; None for a skill without scores.

        Scores of others count where a bridge leads there (`analytics.bridges`).
        """
        return self.get_judged_averages(user_id, db).averages

    def get_judged_averages(self, user_id: int, db: Session) -> JudgedAverages:
        """Average each skill as `get_skill_averages` does, with the judge on whose scale it is told."""
        told = _require(view_averages(self.viewer, user_id, db))
        return JudgedAverages({key: round_score(average) for key, average in told.averages.items()}, told.judges)

    def get_skill_trends(self, user_id: int, db: Session) -> dict[str, SkillTrend]:
        """Return how each skill develops; positions in the cohort only for viewers who may see it."""
        return _require(view_trends(self.viewer, user_id, db))

    def get_report(
        self,
        user_id: int,
        db: Session,
        *,
        targets: Mapping[str, float],
        since: date | None = None,
        until: date | None = None,
    ) -> Report:
        """Assemble the report of a candidate over the interviews of a period, both days (UTC) included."""
        return _require(view_report(self.viewer, user_id, targets, db, since=since, until=until))

    def get_coaching(self, user_id: int, db: Session) -> SessionView:
        """Read a candidate's shared notes, next steps and goals; never private notes."""
        return _require(view_session(self.viewer, user_id, db))

    def get_judge_agreement(self, db: Session) -> JudgeView:
        """Compare every judge with people, on the interviews the viewer sees; raises `NotAllowedError` for others."""
        return view_judge(self.viewer, db)

    def get_comparison(self, interview_ids: Sequence[int], db: Session) -> Comparison:
        """Read several interviews side by side, in the requested order."""
        comparison = view_comparison(self.viewer, interview_ids, db)
        if {interview.interview_id for interview in comparison.interviews} != set(interview_ids):
            raise NotFoundError("One of these interviews does not exist, or you do not have access.")
        return comparison

    def get_skill_comparison(self, interview_ids: Sequence[int], db: Session) -> dict[str, dict[int, float | None]]:
        """Return the scores of several interviews side by side, in the requested order, by any judge."""
        return self.get_comparison(interview_ids, db).scores

    def get_score_differences(self, interview_ids: Sequence[int], db: Session) -> dict[str, dict[int, float | None]]:
        """Subtract the first interview's scores from the others', within one judge or over a bridge.

        None without a score, and where two judges gave them and no bridge leads from one to the other.
        """
        comparison = self.get_comparison(interview_ids, db)
        return score_differences(comparison, view_scatter(self.viewer, comparison, db))

    def get_skill_breakdown(self, interview_id: int, db: Session) -> dict[str, SkillBreakdown]:
        """Read the state, score, strengths, weaknesses and recommendations of each skill of an interview."""
        return dict(self._feedback(interview_id, db).skills)

    def get_shown_skills(self, interview_id: int, db: Session) -> SkillsView:
        """Read the breakdown that an interview shows, and where it comes from."""
        return _require(view_skills(self.viewer, interview_id, db), "interview")

    def get_interview_insights(self, interview_id: int, db: Session) -> InterviewInsights:
        """Gather the facts of an interview: title, status, turns, duration, topics, code submissions and scores."""
        view = self.get_shown_skills(interview_id, db)
        facts, feedback, judged = view.interview, view.feedback, view.current.judged
        submissions = read_conversation(interviews.conversation(self.viewer, db, interview_id)).submissions
        return InterviewInsights(
            interview_id=facts.interview_id,
            title=facts.title,
            status=facts.status,
            turn_count=facts.turn_count,
            duration_minutes=None if facts.minutes is None else round(facts.minutes, 1),
            topics_covered=feedback.topics,
            # Older rows count code that they do not hold.
            code_submissions=len(submissions) or feedback.code_submissions,
            average_code_quality=average([submission.quality for submission in submissions])
            if submissions
            else round_score(feedback.average_code_quality),
            scores={key: round_score(skill.score) for key, skill in feedback.skills.items()},
            states={key: skill.state for key, skill in feedback.skills.items()},
            overall_score=round_score(feedback.overall),
            judges={key: given.judge.key if (given := judged.get(key)) else None for key in feedback.skills},
        )

    def get_user_analytics(self, user_id: int, db: Session) -> UserAnalytics:
        """Count and average all interviews of a person, with scores on the scale of the newest one's judge."""
        return _require(view_user_analytics(self.viewer, user_id, db))

    def get_reviews(self, interview_id: int, db: Session) -> ReviewsView:
        """Read the requests for review of an interview, its struck claims, and how the person rated themselves."""
        return _require(
            view_reviews(self.viewer, interview_id, db) if abs(interview_id) <= LARGEST_ID else None, "interview"
        )

    def get_verdicts(self, interview_id: int, db: Session | Connection) -> InterviewVerdicts:
        """Read what coaches say about each skill of an interview, with its history."""
        return _require(
            verdicts_of(self.viewer, db, interview_id) if abs(interview_id) <= LARGEST_ID else None, "interview"
        )

    def give_verdict(
        self,
        interview_id: int,
        skill: str,
        level: int | None,
        reason: str,
        db: Session | Connection,
        *,
        sentences: Sequence[str] = (),
    ) -> None:
        """Record which level, 1 to 5, a skill shows in an interview, and why; None is *not assessed*.

        For coaches and admins, in the caller's transaction. Raises `CoachingError` for what cannot be kept.
        """
        self.get_verdicts(interview_id, db)
        give_verdict(self.viewer, db, interview_id, skill, level, reason=reason, sentences=sentences)

    def withdraw_verdict(self, interview_id: int, skill: str, db: Session | Connection) -> None:
        """Withdraw the viewer's verdict on a skill, in the caller's transaction; the history keeps it."""
        self.get_verdicts(interview_id, db)
        withdraw_verdict(self.viewer, db, interview_id, skill)

    def _feedback(self, interview_id: int, db: Session) -> Feedback:
        current = shown_breakdown(self.viewer, db, interview_id) if abs(interview_id) <= LARGEST_ID else None
        return _require(current, "interview").feedback


def _progression(rows: Sequence[Sequence[Any]], verdicts: Counting) -> dict[str, list[SkillDataPoint]]:
    progression: dict[str, list[SkillDataPoint]] = {key: [] for key in SKILL_KEYS}
    for skill, interview_id, title, held_at, score, judge, judged_at, *_ in rows:
        verdict = verdicts.get((interview_id, skill)) if verdicts else None
        given = verdict.score if verdict else None
        progression[skill].append(
            SkillDataPoint(interview_id, title, held_at, to_hundredths(score), judge, judged_at, given)
        )
    return progression


def _require(answer: _T | None, what: str = "candidate") -> _T:
    if answer is None:
        raise NotFoundError(f"This {what} does not exist, or you do not have access.")
    return answer
