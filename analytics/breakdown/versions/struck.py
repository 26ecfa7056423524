"""Breakdowns without struck claims and without what depends on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from analytics.breakdown.assessment.claims import Claim
from analytics.breakdown.assessment.result import LISTS, InterviewFeedback, SkillBreakdown
from analytics.breakdown.versions.version import Version, read_version
from analytics.reviews.struck import ClaimKey, StruckClaim

_KINDS: Final[Mapping[str, str]] = {name: kind for kind, name in LISTS.items()}


def key_of(skill: str, claim: Claim) -> ClaimKey:
    """Return the key by which a claim is recognised again."""
    return ClaimKey(skill, claim.kind, claim.text, claim.evidence)


def keys_to_strike(breakdown: SkillBreakdown, kind: str, text: str) -> tuple[ClaimKey, ...]:
    """Return the keys of a claim and of the advice that depends on it; empty if there is no such claim."""
    meant = [claim for claim in breakdown.claims if (claim.kind, claim.text) == (kind, text)]
    advice = [one for one in breakdown.recommendations if kind == "weakness" and one.answers == text]
    return tuple(key_of(breakdown.skill, claim) for claim in (*meant[:1], *advice)) if meant else ()


def read_without(version: Version, struck: Iterable[StruckClaim]) -> InterviewFeedback:
    """Read a version without its struck claims; raises as `read_version` does."""
    return breakdown_without(read_version(version), [one.key for one in struck])


def breakdown_without(feedback: InterviewFeedback, struck: Iterable[ClaimKey]) -> InterviewFeedback:
    """Remove struck claims from a breakdown and from its priorities."""
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
