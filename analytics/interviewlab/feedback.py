"""Reads the feedback JSON of an interview, however odd, into a breakdown with one of four states per skill."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from analytics.skills import CODE_KEYS, SKILL_KEYS, overall

# The sentence the platform stores as a weakness, beside scores of 0.5, when its own model call failed.
PLATFORM_FAILURE: Final = "Unable to generate detailed feedback"
PLATFORM_FAILURE_SCORE: Final = 0.5
# The summaries it stores then; no words about the interview.
PLACEHOLDERS: Final = (
    "Interview completed. Feedback generation encountered an issue.",
    "Interview completed successfully.",
    f"{PLATFORM_FAILURE} due to an error.",
)
# Feedback nested deeper than this is unreadable; SQLite's own parser goes no deeper.
DEEPEST: Final = 1_000
POINTS: Final = ("strengths", "weaknesses", "recommendations")
FAILED_TOGETHER: Final = ("overall", "communication", "technical", "problem_solving")


class State(StrEnum):
    """What is known about a skill in an interview; only `SCORED` has a number."""

    SCORED = "scored"
    NOT_ASSESSED = "not_assessed"
    FAILED = "failed"
    PENDING = "pending"


class Reason(StrEnum):
    """Why a skill has no score, as stored beside its state."""

    UNFINISHED = "unfinished"
    NO_FEEDBACK = "no_feedback"
    NO_SCORE = "no_score"
    NO_CODE = "no_code"
    NOT_A_SCORE = "not_a_score"
    PLATFORM_FAILED = "platform_failed"
    UNREADABLE = "unreadable"
    UNRATED = "unrated"

    @property
    def sentence(self) -> str:
        """Describe the reason in words a coach understands."""
        return _SENTENCES[self]


# As large as the largest fraction.
_MOST_BITS: Final = 1_024
_SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.UNFINISHED: "The interview is not completed.",
    Reason.NO_FEEDBACK: "The interview has not been scored yet.",
    Reason.NO_SCORE: "The stored feedback holds no score for this skill.",
    Reason.NO_CODE: "InterviewLab scored no code in this interview.",
    Reason.NOT_A_SCORE: "The stored value is not a number between 0 and 1.",
    Reason.PLATFORM_FAILED: "InterviewLab could not score this interview.",
    Reason.UNREADABLE: "The stored feedback cannot be read.",
    Reason.UNRATED: "Hidden until you have rated all skills of this interview.",
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
    """Everything that can be read from one stored feedback value."""

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
    """A stored JSON value that cannot be parsed."""

    error: str = field(default="")


def number(value: object) -> float | None:
    """Read a score: a JSON number between 0 and 1, otherwise None (text, booleans, NaN, 7)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        score = float(value)
    except OverflowError:
        return None
    return score + 0.0 if math.isfinite(score) and 0.0 <= score <= 1.0 else None


def written(value: object) -> str:
    """Write out a text or a number; empty for all else, and for a number longer than Python writes."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def points(value: object) -> tuple[str, ...]:
    """Read a list of points as texts; a single text is one point, other values are left out."""
    entries = [value] if isinstance(value, str) else value if isinstance(value, list) else ()
    return tuple([point for entry in entries if isinstance(entry, str) and (point := entry.strip())])


def text(value: object) -> str:
    """Read a text; any other value is empty."""
    return value.strip() if isinstance(value, str) else ""


def count(value: object) -> int:
    """Read a whole number; any other value is 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 1 <= value < 1_000_000 else 0


def is_platform_failure(feedback: Mapping[str, object]) -> bool:
    """Return whether this is the placeholder the platform stores when its own model call failed."""
    weaknesses = feedback.get("weaknesses")
    return (
        isinstance(weaknesses, list)
        and PLATFORM_FAILURE in weaknesses
        and all(number(feedback.get(f"{key}_score")) == PLATFORM_FAILURE_SCORE for key in FAILED_TOGETHER)
    )


def without_scores(state: State, reason: Reason) -> Feedback:
    """Build the feedback of an interview without any score."""
    return Feedback({key: SkillBreakdown(state, reason=reason) for key in SKILL_KEYS})


def no_code() -> bool:
    """Describe that an interview has no code."""
    return False


def read_feedback(raw: object, *, completed: bool = True, holds_code: Callable[[], bool] = no_code) -> Feedback:
    """Read a stored feedback value, however odd.

    Never raises. `holds_code` tells whether the interview's conversation or sandbox holds code, and is asked only where
    that decides. The rules of a skill's state, in this order:

    1. The interview is not completed, or has no feedback: pending.
    2. The feedback is not a JSON object: failed, unreadable.
    3. The platform stored its placeholder: every skill but code quality has failed.
    4. Code quality is 0 or absent, and no code was counted: not assessed, no code.
    5. Code quality is a score beside a count of 0, and the interview holds no code: not assessed, no code.
    6. No score is stored: not assessed.
    7. The score is a JSON number between 0 and 1: scored. Anything else: failed.

    The SQL in `analytics.scores` decides the same for the narrow table; a property test holds the three together.
    """
    if not completed:
        return without_scores(State.PENDING, Reason.UNFINISHED)
    if raw is None:
        return without_scores(State.PENDING, Reason.NO_FEEDBACK)
    if not isinstance(raw, dict):
        return without_scores(State.FAILED, Reason.UNREADABLE)
    failed = is_platform_failure(raw)
    code_submissions = count(raw.get("code_submissions_count"))
    skills = {key: _skill(key, raw, failed=failed, holds_code=holds_code) for key in SKILL_KEYS}
    return Feedback(
        skills=skills,
        overall=overall({key: skill.score for key, skill in skills.items()}),
        strengths=points(raw.get("strengths")),
        weaknesses=() if failed else points(raw.get("weaknesses")),
        recommendations=() if failed else points(raw.get("recommendations")),
        summary=words(raw.get("summary")),
        detailed_feedback=words(raw.get("detailed_feedback")),
        topics=points(raw.get("topics_covered")),
        code_submissions=code_submissions,
        average_code_quality=number(raw.get("average_code_quality")) if code_submissions else None,
    )


def words(value: object) -> str:
    """Read a text about the interview; the platform's placeholder counts as empty."""
    single = text(value)
    return "" if single in PLACEHOLDERS else single


def skill_points(raw: Mapping[str, object], key: str) -> dict[str, tuple[str, ...]]:
    """Read the strengths, weaknesses and recommendations of a skill.

    They stand in `skill_breakdown` or, where that holds none, in an object of the skill's own (`technical_feedback`).
    """
    breakdown = raw.get("skill_breakdown")
    places = (breakdown.get(key) if isinstance(breakdown, dict) else None, raw.get(f"{key}_feedback"))
    read: dict[str, tuple[str, ...]] = dict.fromkeys(POINTS, ())
    for place in places:
        if isinstance(place, dict) and not any(read.values()):
            read = {name: points(place.get(name)) for name in POINTS}
    return read


def _skill(key: str, raw: Mapping[str, object], *, failed: bool, holds_code: Callable[[], bool]) -> SkillBreakdown:
    state, reason, score = _state(key, raw, failed=failed, holds_code=holds_code)
    points_of_skill = {} if state is State.NOT_ASSESSED else skill_points(raw, key)
    return SkillBreakdown(state=state, score=score, reason=reason, **points_of_skill)


def _state(
    key: str, raw: Mapping[str, object], *, failed: bool, holds_code: Callable[[], bool]
) -> tuple[State, Reason | None, float | None]:
    if failed and key in FAILED_TOGETHER:
        return State.FAILED, Reason.PLATFORM_FAILED, None
    stored, counted = raw.get(f"{key}_score"), raw.get("code_submissions_count")
    score = number(stored)
    if key in CODE_KEYS and not count(counted):
        unscored = score == 0.0 or stored is None
        if unscored or (score is not None and _is_zero(counted) and not holds_code()):
            return State.NOT_ASSESSED, Reason.NO_CODE, None
    if stored is None:
        return State.NOT_ASSESSED, Reason.NO_SCORE, None
    if score is None:
        return State.FAILED, Reason.NOT_A_SCORE, None
    return State.SCORED, None, score


def _is_zero(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0
