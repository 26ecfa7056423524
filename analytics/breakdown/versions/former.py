"""What a breakdown keeps of the one that was shown before, where its run made nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from analytics.breakdown.assessment.result import InterviewFeedback, SkillBreakdown
from analytics.breakdown.outcomes import Outcome
from analytics.interviewlab.feedback import State

UNSCORED: Final[Mapping[str, Any]] = {
    "state": State.NOT_ASSESSED,
    "score": None,
    "low": None,
    "high": None,
    "low_agreement": False,
    "levels": (),
    "bounded": False,
    "score_from": None,
}


def with_former(made: InterviewFeedback, source: str, former: InterviewFeedback) -> InterviewFeedback:
    """Keep the former values where this run made none; `source` says where they come from."""
    worth_keeping = {
        key: skill for key, skill in former.skill_breakdown.items() if skill.score is not None or skill.claims
    }
    return made.with_former(worth_keeping, source)


def without_former(breakdown: InterviewFeedback) -> InterviewFeedback:
    """Return what a run made itself, without what it kept."""
    own = {key: _own(skill) for key, skill in breakdown.skill_breakdown.items()}
    return breakdown.model_copy(update={"skill_breakdown": own})


def _own(skill: SkillBreakdown) -> SkillBreakdown:
    if skill.points_from is not None:
        state = State.NOT_ASSESSED if skill.reason is Outcome.NO_CODE else State.FAILED
        return SkillBreakdown(
            skill=skill.skill, state=state, reason=skill.reason, dropped=skill.dropped, usage=skill.usage
        )
    return skill if skill.score_from is None else skill.model_copy(update=UNSCORED)
