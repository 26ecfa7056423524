"""The content of a report, ready to typeset: every text as printed, every number already rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class Point(NamedTuple):
    """A drawn score: the judge's, or a coach's verdict."""

    day: date
    score: float
    is_verdict: bool = False


@dataclass(frozen=True, slots=True)
class SkillLine:
    """One skill: its level and its change, each with the interval, and a sentence that says the same in words.

    `now` and `change` are None where they cannot be told; `points` are what the page's chart draws, oldest first.
    """

    label: str
    colour: str
    now: str | None
    change: str | None
    target: float
    sentence: str
    points: Sequence[Point] = ()


@dataclass(frozen=True, slots=True)
class QuotedClaim:
    """A claim with its quote and interview."""

    kind: str
    skill: str
    text: str
    quote: str
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report; `scored_by` names the judges, `limits` what the report does not say."""

    candidate: str
    period: str
    made: str
    skills: Sequence[SkillLine]
    claims: Sequence[QuotedClaim] = ()
    steps: Sequence[str] = ()
    scored_by: str = ""
    limits: Sequence[str] = field(default_factory=tuple)
    language: str = "en"

    @property
    def title(self) -> str:
        """Return the report's title."""
        return f"Interview skills: {self.candidate}"

    @property
    def footer(self) -> str:
        """Return the report's footer line."""
        return self.title if len(self.title) <= 80 else f"{self.title[:79]}…"
