"""The shapes of versions and jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from analytics.api.models import BySkill, JudgedAt, JudgeKey, Score, Shape
from analytics.breakdown import Outcome
from analytics.breakdown.assessment.claims import Support
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.versions.version import Source
from analytics.interviewlab.feedback import State
from analytics.skills import SkillKey

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
        description="What to know about it: low_agreement:SKILL, bounded:SKILL, kept:SKILL, draft:no_scores, "
        "draft:fewer_scores, draft:still_failed, draft:fewer_claims, withheld, skipped, left_out.",
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
    question: str = Field(default="", description="For a missed opportunity, the question.", examples=["Q3"])
    asked: str = Field(default="", description="What that question asked.")
    support: Support = Field(
        default="", description="Whether the quotes show it, as checked by the model; unchecked where that failed."
    )
    quotes: list[Quote]


class VersionSkill(Shape):
    """One skill of a version; a score, with the range of the ratings, only where the state is scored."""

    score: Score | None
    judge: JudgeKey | None = None
    judged_at: JudgedAt = None
    low: Score | None
    high: Score | None
    low_agreement: bool
    state: State
    reason: Outcome | None
    coverage: float
    strengths: list[Point]
    weaknesses: list[Point]
    recommendations: list[Point]
    missed_opportunities: list[Point] = Field(default_factory=list)
    better_wordings: list[Point] = Field(default_factory=list, description="What the quotes say, in better words.")
    bounded: bool = Field(default=False, description="Whether the claims alone spoke for a lower level, which counts.")
    score_from: str | None = Field(description="Where the score comes from, if this version did not make it.")
    points_from: str | None = Field(description="The same for the points.")


class VersionBreakdown(BySkill, of=VersionSkill):
    """The four skills of a version."""


class QuestionReview(Shape):
    """A question of the interview: what it asked for, what the answer held, and what it left out."""

    id: str = Field(examples=["Q3"])
    message: int
    asked: str
    held: str
    left_out: str


class Priority(Shape):
    """What to work on first: a point of a skill, and why."""

    skill: SkillKey
    text: str
    reason: str


class InterviewVersion(Version):
    """One version in full; no breakdown where it was stored in a form this program does not read."""

    interview_id: int = Field(examples=[301])
    interview_title: str = Field(examples=["Backend engineer, second round"])
    skill_breakdown: VersionBreakdown | None
    questions: list[QuestionReview] = Field(default_factory=list)
    priorities: list[Priority] = Field(default_factory=list)
    post: str = Field(default="", description="The level of the post it was rated for.", examples=["senior"])


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
