"""Breakdowns as the generator makes them of one conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings, Outcome
from analytics.interviewlab.feedback import State
from tests.support.doubles import SETTINGS, Double, conversation, honest


def generated(
    say: Callable[..., object] = honest,
    *,
    code: bool = True,
    level: int | None = None,
    settings: ModelSettings = SETTINGS,
) -> InterviewFeedback:
    def said(call: Any) -> object:
        return {"level": level} if level is not None and call.answer == "rating" else say(call)

    return FeedbackGenerator(settings, client=Double(said, settings)).generate_feedback(conversation(code=code))


def scored_by(model: str, **scores: float | None) -> InterviewFeedback:
    """A breakdown by a model of this name with these scores; a skill that is not named failed."""
    made = generated()
    failed = {"state": State.FAILED, "score": None, "low": None, "high": None, "reason": Outcome.SERVER_ERROR}
    skills = {
        key: skill.model_copy(
            update=failed if (score := scores.get(key)) is None else {"score": score, "low": score, "high": score}
        )
        for key, skill in made.skill_breakdown.items()
    }
    provenance = made.provenance.model_copy(update={"model": model})
    return made.model_copy(update={"skill_breakdown": skills, "provenance": provenance})


def offline() -> InterviewFeedback:
    return FeedbackGenerator(ModelSettings()).generate_feedback(conversation())


def generate(
    say: Any = honest, stored: object = None, settings: ModelSettings = SETTINGS, **how: Any
) -> tuple[InterviewFeedback, Double]:
    """Make a breakdown with a double; gives both."""
    double = Double(say, settings)
    made = FeedbackGenerator(settings, client=double).generate_feedback(
        conversation() if stored is None else stored, **how
    )
    return made, double
