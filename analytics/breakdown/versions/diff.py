"""Differences between two breakdowns of one interview, and what has changed since one was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from analytics.breakdown.assessment.claims import Claim
from analytics.breakdown.assessment.result import MODEL_ANALYST, InterviewFeedback, SkillBreakdown
from analytics.breakdown.llm.prompts import prompt_hash
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.versions.version import Origin
from analytics.skills import SKILL_KEYS
from analytics.text import fold


@dataclass(frozen=True, slots=True)
class SkillDifference:
    """One skill before and after: `kept` pairs the points that say the same, reworded or not."""

    skill: str
    before: SkillBreakdown
    after: SkillBreakdown
    kept: tuple[tuple[Claim, Claim], ...]
    gained: tuple[Claim, ...]
    lost: tuple[Claim, ...]


def difference(before: InterviewFeedback, after: InterviewFeedback) -> list[SkillDifference]:
    """Compare two breakdowns.

    Points are the same when they are of one kind and say the same words or, failing that, rest on the same evidence:
    a model words a point differently each time.
    """
    return [_of_skill(key, before.skill_breakdown[key], after.skill_breakdown[key]) for key in SKILL_KEYS]


class Newer(StrEnum):
    """Something that changed since a version was made; the value is a sentence."""

    TRANSCRIPT = "The interview's transcript has changed since."
    PROMPT = "The instructions given to the language model have changed since."
    RUBRIC = "The rubric has changed since."
    MODEL = "Another language model is connected now."
    CONNECTED = "A language model is connected now; this was made without one."


def newer_than(origin: Origin, transcript: str, settings: ModelSettings) -> tuple[Newer, ...]:
    """List what has changed since a version; `transcript` is the present hash of the interview's transcript.

    Nothing is ever newer than what the platform made: it does not say what it was made from.
    """
    if origin.is_platform:
        return ()
    reasons = [Newer.TRANSCRIPT] if origin.transcript_hash != transcript else []
    if origin.analyst == MODEL_ANALYST:
        reasons += [Newer.PROMPT] if origin.prompt_hash != prompt_hash() else []
        reasons += [Newer.RUBRIC] if origin.rubric_hash != settings.rubric.hash else []
        asked = (settings.model_name, settings.host)
        reasons += [Newer.MODEL] if settings.is_configured and asked != (origin.asked, origin.host) else []
    elif settings.is_configured:
        reasons.append(Newer.CONNECTED)
    return tuple(reasons)


def _of_skill(key: str, before: SkillBreakdown, after: SkillBreakdown) -> SkillDifference:
    lost, gained = list(before.claims), list(after.claims)
    kept: list[tuple[Claim, Claim]] = []
    for same in (_same_words, _same_evidence):
        for old in tuple(lost):
            new = next((claim for claim in gained if claim.kind == old.kind and same(old, claim)), None)
            if new is not None:
                kept.append((old, new))
                lost.remove(old)
                gained.remove(new)
    return SkillDifference(key, before, after, _in_order(kept, after.claims), tuple(gained), tuple(lost))


def _same_words(old: Claim, new: Claim) -> bool:
    return fold(old.text) == fold(new.text)


def _same_evidence(old: Claim, new: Claim) -> bool:
    # By what is quoted: ids are those of the transcript as it was.
    return bool({quote.text for quote in old.quotes} & {quote.text for quote in new.quotes})


def _in_order(kept: list[tuple[Claim, Claim]], claims: Sequence[Claim]) -> tuple[tuple[Claim, Claim], ...]:
    return tuple(sorted(kept, key=lambda pair: claims.index(pair[1])))
