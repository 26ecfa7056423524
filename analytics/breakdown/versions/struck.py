"""A breakdown without the claims that a coach marked as wrong, and what falls with one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from analytics.breakdown.assessment.claims import Claim
from analytics.breakdown.assessment.result import LISTS, InterviewFeedback, SkillBreakdown
from analytics.breakdown.versions.version import Version, read_version
from analytics.reviews.struck import ClaimKey, StruckClaim

_KINDS: Final[Mapping[str, str]] = {name: kind for kind, name in LISTS.items()}


def key_of(skill: str, claim: Claim) -> ClaimKey:
    """Return a claim as it is told again."""
    return ClaimKey(skill, claim.kind, claim.text, claim.evidence)


def keys_to_strike(breakdown: SkillBreakdown, kind: str, text: str) -> tuple[ClaimKey, ...]:
    """Return a claim of a skill, and the advice on it that falls with it; nothing where there is no such claim."""
    meant = [claim for claim in breakdown.claims if (claim.kind, claim.text) == (kind, text)]
    advice = [one for one in breakdown.recommendations if kind == "weakness" and one.answers == text]
    return tuple(key_of(breakdown.skill, claim) for claim in (*meant[:1], *advice)) if meant else ()


def read_without(version: Version, struck: Iterable[StruckClaim]) -> InterviewFeedback:
    """Read a version without struck claims, which it keeps; raises as `read_version` does."""
    return breakdown_without(read_version(version), [one.key for one in struck])


def breakdown_without(feedback: InterviewFeedback, struck: Iterable[ClaimKey]) -> InterviewFeedback:
    """Take struck claims out of a breakdown, and out of what to work on first."""
    gone = {(key.skill, key.kind, key.claim) for key in struck}
    skills = {
        key: skill.model_copy(update=_lists_without(key, skill, gone))
        for key, skill in feedback.skill_breakdown.items()
    }
    named = {(skill, text) for skill, _, text in gone}
    priorities = tuple(one for one in feedback.priorities if (one.skill, one.text) not in named)
    return feedback.model_copy(update={"skill_breakdown": skills, "priorities": priorities})


def _lists_without(key: str, skill: SkillBreakdown, gone: set[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        name: tuple(claim for claim in getattr(skill, name) if (key, kind, claim.text) not in gone)
        for name, kind in _KINDS.items()
    }
