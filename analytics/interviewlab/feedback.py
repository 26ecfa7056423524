"""The feedback JSON of an interview, however odd, as a typed breakdown in one of four states per skill."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from analytics.skills import SKILL_KEYS, overall

# The sentence the platform stores as a weakness, beside scores of 0.5, when its own model call failed.
PLATFORM_FAILURE: Final = "Unable to generate detailed feedback"
PLATFORM_FAILURE_SCORE: Final = 0.5
# Feedback nested deeper than this is unreadable; SQLite's own parser goes no deeper.
DEEPEST: Final = 1_000
_FAILED_TOGETHER: Final = ("overall", "communication", "technical", "problem_solving")


class State(StrEnum):
    """What is known about a skill in an interview; only `SCORED` carries a number."""

    SCORED = "scored"
    NOT_ASSESSED = "not_assessed"
    FAILED = "failed"
    PENDING = "pending"


class Reason(StrEnum):
    """Why a skill carries no score, as stored beside its state."""

    UNFINISHED = "unfinished"
    NO_FEEDBACK = "no_feedback"
    NO_SCORE = "no_score"
    NO_CODE = "no_code"
    NOT_A_SCORE = "not_a_score"
    PLATFORM_FAILED = "platform_failed"
    UNREADABLE = "unreadable"

    @property
    def sentence(self) -> str:
        """Say the reason in words a coach understands."""
        return _SENTENCES[self]


_SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.UNFINISHED: "The interview is not completed.",
    Reason.NO_FEEDBACK: "The interview has not been scored yet.",
    Reason.NO_SCORE: "The stored feedback holds no score for this skill.",
    Reason.NO_CODE: "No code was submitted, so code quality was not assessed.",
    Reason.NOT_A_SCORE: "The stored value is not a number between 0 and 1.",
    Reason.PLATFORM_FAILED: "The platform could not score this interview and stored a placeholder.",
    Reason.UNREADABLE: "The stored feedback cannot be read.",
}


@dataclass(frozen=True, slots=True)
class SkillBreakdown:
    """One skill of one interview: its state, its score if it has one, and up to three points of each kind."""

    state: State
    score: float | None = None
    strengths: tuple[str, ...] = ()
    weaknesses: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    reason: Reason | None = None

    def __post_init__(self) -> None:
        """Refuse a number without the state `scored`, and the state without a number."""
        if (self.state is State.SCORED) != (self.score is not None):
            raise ValueError(f"a skill that is {self.state} cannot have the score {self.score}")


@dataclass(frozen=True, slots=True)
class Feedback:
    """All that can be read from one stored feedback value."""

    skills: Mapping[str, SkillBreakdown]
    overall: float | None = None
    strengths: tuple[str, ...] = ()
    weaknesses: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    summary: str = ""
    detailed_feedback: str = ""
    topics: tuple[str, ...] = ()
    code_submissions: int = 0
    average_code_quality: float | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a JSON value that the database holds but no parser takes."""

    error: str = field(default="")


def number(value: object) -> float | None:
    """Read a score: a JSON number between 0 and 1, None for anything else (text, booleans, NaN, 7)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        score = float(value)
    except OverflowError:
        return None
    return score + 0.0 if math.isfinite(score) and 0.0 <= score <= 1.0 else None


def points(value: object) -> tuple[str, ...]:
    """Read a list of points as texts; a single text is one point, what is neither is left out."""
    entries = [value] if isinstance(value, str) else value if isinstance(value, list) else ()
    return tuple([said for entry in entries if isinstance(entry, str) and (said := entry.strip())])


def text(value: object) -> str:
    """Read a text; anything else is empty."""
    return value.strip() if isinstance(value, str) else ""


def count(value: object) -> int:
    """Read a count of things; anything that is not a whole number of them is 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 1 <= value < 1_000_000 else 0


def platform_failed(feedback: Mapping[str, object]) -> bool:
    """Tell whether the platform stored its placeholder because its own model call failed."""
    weaknesses = feedback.get("weaknesses")
    return (
        isinstance(weaknesses, list)
        and PLATFORM_FAILURE in weaknesses
        and all(number(feedback.get(f"{key}_score")) == PLATFORM_FAILURE_SCORE for key in _FAILED_TOGETHER)
    )


def without_scores(state: State, reason: Reason) -> Feedback:
    """Build the feedback of an interview none of whose skills has a score."""
    return Feedback({key: SkillBreakdown(state, reason=reason) for key in SKILL_KEYS})


def read_feedback(raw: object, *, completed: bool = True) -> Feedback:
    """Read a stored feedback value, however odd.

    Never raises. Without feedback every skill is pending; feedback that is not a JSON object is failed. A score is a
    JSON number between 0 and 1 and nothing else. The SQL in `analytics.readers` and `analytics.sqlite_readers`
    decides the same for the narrow table; a property test holds the three together.
    """
    if not completed:
        return without_scores(State.PENDING, Reason.UNFINISHED)
    if raw is None:
        return without_scores(State.PENDING, Reason.NO_FEEDBACK)
    if not isinstance(raw, dict):
        return without_scores(State.FAILED, Reason.UNREADABLE)
    failed = platform_failed(raw)
    code_submissions = count(raw.get("code_submissions_count"))
    breakdown = raw.get("skill_breakdown")
    details = breakdown if isinstance(breakdown, dict) else {}
    skills = {
        key: _skill(key, raw.get(f"{key}_score"), details.get(key), failed=failed, code_submissions=code_submissions)
        for key in SKILL_KEYS
    }
    return Feedback(
        skills=skills,
        overall=overall({key: skill.score for key, skill in skills.items()}),
        strengths=points(raw.get("strengths")),
        weaknesses=() if failed else points(raw.get("weaknesses")),
        recommendations=() if failed else points(raw.get("recommendations")),
        summary=text(raw.get("summary")),
        detailed_feedback=text(raw.get("detailed_feedback")),
        topics=points(raw.get("topics_covered")),
        code_submissions=code_submissions,
        average_code_quality=number(raw.get("average_code_quality")) if code_submissions else None,
    )


def _skill(key: str, stored: object, detail: object, *, failed: bool, code_submissions: int) -> SkillBreakdown:
    state, reason, score = _state(key, stored, failed=failed, code_submissions=code_submissions)
    said = detail if isinstance(detail, dict) and state is not State.NOT_ASSESSED else {}
    return SkillBreakdown(
        state=state,
        score=score,
        strengths=points(said.get("strengths")),
        weaknesses=points(said.get("weaknesses")),
        recommendations=points(said.get("recommendations")),
        reason=reason,
    )


def _state(
    key: str, stored: object, *, failed: bool, code_submissions: int
) -> tuple[State, Reason | None, float | None]:
    if failed and key in _FAILED_TOGETHER:
        return State.FAILED, Reason.PLATFORM_FAILED, None
    score = number(stored)
    if key == "code_quality" and not code_submissions and (score == 0.0 or stored is None):
        return State.NOT_ASSESSED, Reason.NO_CODE, None
    if stored is None:
        return State.NOT_ASSESSED, Reason.NO_SCORE, None
    if score is None:
        return State.FAILED, Reason.NOT_A_SCORE, None
    return State.SCORED, None, score
