"""The shapes of self-ratings, requests for review, and claims marked as wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from analytics.api.models import BySkill, Score, Shape
from analytics.breakdown.assessment.claims import Kind
from analytics.reviews.owner import LONGEST_REASON
from analytics.reviews.requests import ReviewState, Step
from analytics.skills import SkillKey

Level = Annotated[int, Field(strict=True, ge=1, le=5, description="On the five written anchors.", examples=[4])]
Words = Annotated[str, Field(max_length=LONGEST_REASON, examples=["I did say why: we had measured it before."])]
# Longer than any claim that is written here; InterviewLab's own may be long.
ClaimText = Annotated[str, Field(max_length=4_000, description="The claim, exactly as it is shown.")]


class Body(BaseModel):
    """What is sent: nothing else than this."""

    model_config = ConfigDict(extra="forbid")


class AskReview(Body):
    """Ask for a review of the score of a skill, or with `kind` and `claim` of one of its claims."""

    skill: SkillKey
    kind: Kind | None = None
    claim: ClaimText = ""
    reason: Words
    sentence: str = Field("", max_length=32, description="The id of what you said that shows it.", examples=["S12"])


class AnswerReview(Body):
    """The answer: kept, for a score `verdict` with a level (without one: not assessed), for a claim `struck`."""

    answer: Literal["kept", "verdict", "struck"]
    words: Words
    level: Level | None = None


class AskAgain(Body):
    """Ask an admin once more."""

    words: Words


class StrikeClaim(Body):
    """Mark a claim as wrong, with a reason, or with `struck` false show it again."""

    skill: SkillKey
    kind: Kind
    claim: ClaimText
    struck: bool = True
    reason: Words = ""


class Levels(BySkill, of=Level | None):
    """A level for each skill; null where it was skipped."""

    model_config = ConfigDict(extra="forbid")


class RateOneself(Body):
    """How you rate yourself, once for an interview; skills that are left out are skipped."""

    levels: dict[SkillKey, Level | None] = Field(default_factory=dict)


class ReviewStep(Shape):
    """One thing that became of a request; only coaches and admins are told who did it."""

    step: Step
    level: Level | None
    words: str
    taken_by: str | None
    taken_at: datetime


class Review(Shape):
    """A request for review: what it is about, as it was shown then, and where it stands."""

    id: str
    interview_id: int = Field(examples=[301])
    skill: SkillKey
    kind: Kind | None = Field(description="The kind of claim; null for a score.")
    claim: str
    score: Score | None
    reason: str
    sentence: str
    asked_at: datetime
    state: ReviewState = Field(
        description="open: a coach is to answer; answered: may be asked once more; again: an admin is to answer; final."
    )
    waits_since: datetime = Field(description="Since when it stands so.")
    steps: list[ReviewStep]


class Struck(Shape):
    """A claim that is struck from what the interview shows, and why."""

    skill: SkillKey
    kind: Kind
    claim: str
    reason: str
    struck_by: str
    struck_at: datetime


class Reviews(Shape):
    """What was said about an interview; struck claims are told to coaches and admins only."""

    interview_id: int = Field(examples=[301])
    reviews: list[Review]
    struck: list[Struck]
    self_ratings: Levels | None = Field(description="How the person rated themselves; null where they did not.")


class QueuedReview(Review):
    """A request that waits for an answer, with whose it is."""

    candidate: str
    interview_title: str = Field(examples=["Backend engineer, second round"])


class Queue(Shape):
    """The requests that wait for your answer, the longest waiting first."""

    reviews: list[QueuedReview]
