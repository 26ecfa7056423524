"""The shapes of versions and jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from analytics.api.models import Score, Shape
from analytics.breakdown import Outcome
from analytics.breakdown.jobs import JobState
from analytics.breakdown.versions import Source
from analytics.feedback import State

Number = Annotated[int, Field(ge=1, examples=[2])]
Hash = Annotated[str, Field(description="SHA-256 in hexadecimal; empty where it is not known.")]


class Usage(Shape):
    """What the calls to a language model took."""

    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    seconds: float


class Provenance(Shape):
    """What made a version, and what it took."""

    analyst: str = Field(examples=["language model"])
    model: str = Field(description="What the server called the model; empty where none was asked.")
    asked: str = Field(description="The model that was configured.")
    host: str
    prompt_hash: Hash
    rubric_hash: Hash
    transcript_hash: Hash
    usage: Usage
    seconds: float
    coverage: dict[str, float] = Field(description="Per skill, the share of the interview that was read, 0 to 1.")
    flags: list[str] = Field(
        description="What to know about it: low_agreement:SKILL, kept:SKILL, withheld, skipped, left_out.",
        examples=[["low_agreement:technical"]],
    )
    restored: int | None = Field(description="The number of the version this one repeats.")


class Version(Shape):
    """One version of an interview's breakdown; only coaches and admins are told who had it made."""

    number: Number
    created_at: datetime
    created_by: str | None
    source: Source
    shown: bool = Field(description="Whether this is what the interview shows.")
    approved: bool = Field(description="Whether a coach approved it, so that a newer one stands beside it.")
    provenance: Provenance


class Versions(Shape):
    """The versions of an interview's breakdown, the newest first; empty until the first is made here."""

    interview_id: int = Field(examples=[301])
    interview_title: str = Field(examples=["Backend engineer, second round"])
    versions: list[Version]


class Quote(Shape):
    """A piece of the transcript: where it stands, and its text."""

    message: int = Field(description="The message it stands in, from 0.")
    place: Literal["content", "code"]
    start: int
    end: int
    lines: tuple[int, int] | None = Field(description="For code: its first and last line, from 1.")
    text: str


class Point(Shape):
    """One point, with the quotes it rests on; the platform's own points have none."""

    text: str
    notice: str = Field(description="For a recommendation, how progress shows.")
    quotes: list[Quote]


class VersionSkill(Shape):
    """One skill of a version; a score, with the range of the ratings, only where the state is scored."""

    score: Score | None
    low: Score | None
    high: Score | None
    low_agreement: bool
    state: State
    reason: Outcome | None
    coverage: float
    strengths: list[Point]
    weaknesses: list[Point]
    recommendations: list[Point]
    score_from: str | None = Field(description="Where the score comes from, if this version did not make it.")
    points_from: str | None = Field(description="The same for the points.")


class VersionBreakdown(Shape):
    """The four skills of a version."""

    communication: VersionSkill
    technical: VersionSkill
    problem_solving: VersionSkill
    code_quality: VersionSkill


class InterviewVersion(Version):
    """One version in full; no breakdown where it was stored in a form this program does not read."""

    interview_id: int = Field(examples=[301])
    interview_title: str = Field(examples=["Backend engineer, second round"])
    skill_breakdown: VersionBreakdown | None


class Progress(Shape):
    """How far a job is: calls done of about so many, tokens so far, and a sentence for each skill begun."""

    done: int
    total: int
    tokens: int
    skills: dict[str, str]


class Job(Shape):
    """A breakdown that is being made, or was; only coaches and admins are told who asked for it."""

    id: UUID
    interview_id: int = Field(examples=[301])
    state: JobState
    sentence: str = Field(description="How far it is, in words.", examples=["Reading the interview."])
    pressed_by: str | None
    pressed_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested: bool
    progress: Progress
    version: int | None = Field(description="The number of the version that came of it.")
