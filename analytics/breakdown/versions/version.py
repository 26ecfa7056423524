"""Versions of a breakdown and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from analytics import judges
from analytics.breakdown.assessment.claims import Claim, Kind
from analytics.breakdown.assessment.result import InterviewFeedback, Provenance, SkillBreakdown
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record, Usage
from analytics.breakdown.versions.former import UNSCORED
from analytics.database.json_text import parse_json
from analytics.database.schema import breakdown_versions
from analytics.interviewlab.feedback import Reason, State, number, read_feedback

PLATFORM: Final = judges.PLATFORM


class VersionError(Exception):
    """An action on a version that is not possible; the message says why."""


class Source(StrEnum):
    """How a version came to be."""

    MODEL = "model"
    OFFLINE = "offline"
    PLATFORM = "platform"
    RESTORED = "restored"


NO_SCORES: Final = "draft:no_scores"
FEWER_SCORES: Final = "draft:fewer_scores"
STILL_FAILED: Final = "draft:still_failed"
FEWER_CLAIMS: Final = "draft:fewer_claims"
_POORER: Final = {
    NO_SCORES: "it has no scores",
    FEWER_SCORES: "it has no score for a skill that has one",
    STILL_FAILED: "a skill whose scoring had failed has failed again",
    FEWER_CLAIMS: "it has fewer weaknesses and recommendations than what is shown",
}


# What is left of a score that is none, as a rating was no level; the claims stay.
_FAILED: Final = {**UNSCORED, "state": State.FAILED, "reason": Outcome.BAD_ANSWER}


class Origin(Record):
    """How a version was made and what it took.

    `asked` is the model that was configured, `model` what the server called it. `coverage` is the share of the
    interview read for each skill, 0 to 1. `flags` are `low_agreement:technical`, `kept:technical` (failed, the former
    value stands), `draft:no_scores`, `draft:fewer_scores`, `draft:still_failed` and `draft:fewer_claims` (poorer
    than what was shown), `withheld`, `skipped` and `left_out`. `restored` is the number of the version that this one
    repeats. `holds_code` tells, for the platform's own feedback, whether the interview held code.
    """

    analyst: str
    model: str = ""
    asked: str = ""
    host: str = ""
    prompt_hash: str = ""
    rubric_hash: str = ""
    transcript_hash: str = ""
    usage: Usage = Usage()
    seconds: float = 0.0
    coverage: dict[str, float] = {}  # noqa: RUF012 - pydantic copies it
    flags: tuple[str, ...] = ()
    restored: int | None = None
    holds_code: bool = False

    @property
    def is_platform(self) -> bool:
        """Return whether the platform made the breakdown."""
        return self.analyst == PLATFORM

    @property
    def poorer(self) -> str:
        """Return why it did not replace the shown version; empty if it is as complete."""
        return next((_POORER[flag] for flag in self.flags if flag in _POORER), "")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an interview's breakdown; `stored` is the text that `read_version` reads."""

    id: str
    interview_id: int
    number: int
    created_at: datetime
    created_by: str
    source: Source
    origin: Origin
    stored: str


def read_version(version: Version) -> InterviewFeedback:
    """Read a version's breakdown; raises `VersionError` if another program version wrote it.

    Earlier versions of this program stored scores below 0 as well: a skill with such a one has failed.
    """
    stored = read_as_stored(version)
    skills = {key: _with_scores_alone(skill) for key, skill in stored.skill_breakdown.items()}
    return stored.model_copy(update={"skill_breakdown": skills})


def read_as_stored(version: Version) -> InterviewFeedback:
    """Read a version's breakdown with the very numbers that were stored as scores; raises as `read_version`."""
    if version.origin.is_platform:
        return from_platform(parse_json(version.stored), version.origin.holds_code)
    try:
        return InterviewFeedback.from_json(version.stored)
    except ValueError:
        raise VersionError(f"Version {version.number} was stored in a form this program does not read.") from None


def _with_scores_alone(skill: SkillBreakdown) -> SkillBreakdown:
    if skill.score is not None and number(skill.score) is None:
        return skill.model_copy(update=_FAILED)
    if any(end is not None and number(end) is None for end in (skill.low, skill.high)):
        return skill.model_copy(update={"low": None, "high": None})
    return skill


def readable(version: Version) -> InterviewFeedback | None:
    """Read a version's breakdown; None if another program version wrote it."""
    try:
        return read_version(version)
    except VersionError:
        return None


def from_platform(raw: object, holds_code: bool = False) -> InterviewFeedback:
    """Convert the platform's own feedback: points without quotes, scores without a range."""
    read = read_feedback(raw, holds_code=lambda: holds_code)
    skills = {
        key: SkillBreakdown(
            skill=key,
            state=skill.state,
            score=skill.score,
            strengths=_as_claims("strength", skill.strengths),
            weaknesses=_as_claims("weakness", skill.weaknesses),
            recommendations=_as_claims("recommendation", skill.recommendations),
            reason=Outcome.NO_CODE if skill.reason is Reason.NO_CODE else None,
        )
        for key, skill in read.skills.items()
    }
    return InterviewFeedback(
        skill_breakdown=skills, provenance=Provenance(analyst=PLATFORM), submissions=read.code_submissions
    )


def _as_claims(kind: Kind, points: Sequence[str]) -> tuple[Claim, ...]:
    return tuple(Claim(kind=kind, text=text, quotes=()) for text in points)


COLUMNS: Final = tuple(
    breakdown_versions.c[name]
    for name in ("id", "interview_id", "number", "created_at", "created_by", "source", "provenance", "breakdown")
)


def version_of(row: Sequence[Any]) -> Version:
    """Build a version from a row of `COLUMNS`."""
    version_id, interview_id, number, created_at, created_by, source, provenance, stored = row
    return Version(
        id=version_id,
        interview_id=interview_id,
        number=number,
        created_at=created_at,
        created_by=created_by,
        source=Source(source),
        origin=Origin.model_validate_json(provenance),
        stored=stored,
    )
