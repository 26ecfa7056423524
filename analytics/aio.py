"""The analytics for asynchronous servers: coroutines on the caller's `AsyncSession`.

Everything comes back as plain JSON values: objects, lists, texts and numbers, dates as ISO 8601.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from analytics import service
from analytics.access.viewer import TRUSTED, Viewer
from analytics.breakdown import FeedbackGenerator as Generator
from analytics.breakdown import InterviewFeedback as Made
from analytics.breakdown import ModelSettings
from analytics.interviewlab.conversation import with_submissions
from analytics.service import NotFoundError

__all__ = ["FeedbackGenerator", "InterviewAnalytics", "InterviewFeedback", "NotFoundError"]

JsonObject = dict[str, Any]


class InterviewAnalytics:
    """Answer questions about skills on an `AsyncSession`, with the types and errors of `analytics.service`.

    Without a viewer everybody's data is answered for: who may ask is then the server's to decide.
    """

    def __init__(self, viewer: Viewer = TRUSTED) -> None:
        """Answer for this viewer."""
        self._service = service.InterviewAnalytics(viewer)

    async def get_skill_progression(self, user_id: int, db: AsyncSession) -> JsonObject:
        """List the scored interviews of each skill by date: `interview_id`, `interview_title`, `date`, `score`."""
        return await _call(db, self._service.get_skill_progression, user_id)

    async def get_skill_averages(self, user_id: int, db: AsyncSession) -> JsonObject:
        """Average each skill over the interviews in which it was scored; None for a skill that never was."""
        return await _call(db, self._service.get_skill_averages, user_id)

    async def get_skill_comparison(self, interview_ids: Sequence[int], db: AsyncSession) -> JsonObject:
        """Set the scores of several interviews side by side: skill, then interview, then score."""
        return await _call(db, self._service.get_skill_comparison, interview_ids)

    async def get_score_differences(self, interview_ids: Sequence[int], db: AsyncSession) -> JsonObject:
        """Subtract the scores of the first of several interviews from those of each: skill, interview, difference."""
        return await _call(db, self._service.get_score_differences, interview_ids)

    async def get_judge_agreement(self, db: AsyncSession) -> JsonObject:
        """Compare every judge with people, on the interviews the viewer sees; raises `NotAllowedError` for others."""
        return await _call(db, lambda _, session: self._service.get_judge_agreement(session), None)

    async def get_skill_breakdown(self, interview_id: int, db: AsyncSession) -> JsonObject:
        """Read the state, score, strengths, weaknesses and recommendations of each skill of an interview."""
        return await _call(db, self._service.get_skill_breakdown, interview_id)

    async def get_interview_insights(self, interview_id: int, db: AsyncSession) -> JsonObject:
        """Gather the facts of an interview: title, status, turns, duration, topics, code submissions and scores."""
        return await _call(db, self._service.get_interview_insights, interview_id)

    async def get_reviews(self, interview_id: int, db: AsyncSession) -> JsonObject:
        """Read the requests for review of an interview, its struck claims, and how the person rated themselves."""
        return await _call(db, self._service.get_reviews, interview_id)

    async def get_user_analytics(self, user_id: int, db: AsyncSession) -> JsonObject:
        """Count and average all interviews of a person."""
        return await _call(db, self._service.get_user_analytics, user_id)

    async def get_verdicts(self, interview_id: int, db: AsyncSession) -> JsonObject:
        """Read what coaches say about each skill of an interview, with its history."""
        return await _call(db, self._service.get_verdicts, interview_id)

    async def give_verdict(
        self,
        interview_id: int,
        skill: str,
        level: int | None,
        reason: str,
        db: AsyncSession,
        *,
        sentences: Sequence[str] = (),
    ) -> None:
        """Record which level, 1 to 5, a skill shows in an interview, and why; the caller commits."""
        await db.run_sync(
            lambda session: self._service.give_verdict(interview_id, skill, level, reason, session, sentences=sentences)
        )

    async def withdraw_verdict(self, interview_id: int, skill: str, db: AsyncSession) -> None:
        """Take back what the viewer said of a skill; the caller commits."""
        await db.run_sync(lambda session: self._service.withdraw_verdict(interview_id, skill, session))


class InterviewFeedback(Made):
    """The breakdown of one interview, and the topics it is said to have covered."""

    topics_covered: tuple[str, ...] = Field(default=(), exclude=True)

    def to_platform(self, existing: object = None) -> JsonObject:
        """Convert to the platform's own format, in a copy of its feedback, topics included."""
        topics = {"topics_covered": list(self.topics_covered)} if self.topics_covered else {}
        return super().to_platform({**(existing if isinstance(existing, Mapping) else {}), **topics})


class FeedbackGenerator:
    """Makes the breakdown of an interview without blocking the event loop; settings as in the synchronous one."""

    def __init__(self, model: ModelSettings | None = None) -> None:
        """Read the model's settings from the environment, unless they are given."""
        self._generator = Generator(model)

    async def generate_feedback(
        self,
        conversation_history: object,
        resume_context: object = None,
        job_description: str | None = None,
        code_submissions: Sequence[Mapping[str, Any]] | None = None,
        topics_covered: Sequence[str] | None = None,
        *,
        names: tuple[str, ...] = (),
    ) -> InterviewFeedback:
        """Make the breakdown; `code_submissions` are the platform's, with `code`, `language` and `code_quality`.

        A code submission that the conversation or the resume context holds as well counts once. Cancelled, it makes no
        further call of the model.
        """
        stopped = threading.Event()
        if code_submissions:
            resume_context = with_submissions(resume_context, code_submissions)
        try:
            made = await asyncio.to_thread(
                self._generator.generate_feedback,
                conversation_history,
                resume_context,
                job_description,
                names=names,
                cancelled=stopped.is_set,
            )
        except asyncio.CancelledError:
            stopped.set()
            raise
        return InterviewFeedback(**dict(made), topics_covered=tuple(topics_covered or ()))


async def _call(db: AsyncSession, method: Callable[[Any, Session], object], what: object) -> JsonObject:
    """Call a method of the service in the session's own transaction, and give the answer as plain values."""
    answer: JsonObject = await db.run_sync(lambda session: _plain(method(what, session)))
    return answer


def _plain(value: Any) -> Any:
    """Turn an answer of the service into what JSON knows: objects, lists, texts, numbers and None."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
