"""The shapes of verdicts: what coaches say about a skill of an interview."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from analytics.api.models import BySkill, Score, Shape
from analytics.skills import SkillKey
from analytics.verdicts.verdicts import LONGEST_REASON, MOST_SENTENCES

Level = Annotated[int, Field(strict=True, ge=1, le=5, examples=[4])]


class GivenVerdict(BaseModel):
    """What a coach says about one skill."""

    model_config = ConfigDict(extra="forbid")

    skill: SkillKey
    level: Annotated[Level | None, Field(description="On the written anchors; null for *not assessed*.")]
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON, examples=["Named what would break it"])]
    sentences: Annotated[
        list[Annotated[str, Field(max_length=40)]],
        Field(max_length=MOST_SENTENCES, description="Ids of the sentences it rests on.", examples=[["S12"]]),
    ] = []


class Verdict(Shape):
    """One row of a history; without a level it is *not assessed*, or, where withdrawn, taken back."""

    skill: str
    level: Level | None
    withdrawn: bool
    reason: str
    sentences: list[str]
    blind: bool = Field(description="Whether the scores were hidden from whoever gave it.")
    given_by: str | None = Field(description="Null if you are the candidate.")
    given_at: datetime
    stands: bool = Field(description="Whether it is what its giver says now.")


class SkillVerdicts(Shape):
    """What was said of one skill, the latest first."""

    score: Score | None = Field(description="What counts in charts, the last verdict that stands, as a score.")
    mean: float | None = Field(description="The mean level of those that stand.", ge=1, le=5)
    counts: Verdict | None
    history: list[Verdict]


class VerdictsBySkill(BySkill, of=SkillVerdicts):
    """The verdicts on the four skills."""


class InterviewVerdicts(Shape):
    """The verdicts of an interview."""

    interview_id: int
    may_judge: bool
    verdicts: VerdictsBySkill
