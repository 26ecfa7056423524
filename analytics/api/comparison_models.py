"""The shape of a comparison."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from analytics.api.models import BySkill, Change, JudgedAt, JudgeKey, Score, Shape


class InterviewHeading(Shape):
    """Which interview it is."""

    id: int = Field(examples=[301])
    title: str = Field(examples=["Backend engineer, second round"])
    completed_at: datetime | None


class ComparedSkills(BySkill, of=dict[int, Score | None]):
    """Per skill, the score of each interview by its id."""


class ComparedDifferences(BySkill, of=dict[int, Change | None]):
    """Per skill, by how much the score of each interview differs from that of the first one, by its id."""


class ComparedJudges(BySkill, of=dict[int, JudgeKey | None]):
    """Per skill, who gave the score of each interview by its id."""


class ComparedMoments(BySkill, of=dict[int, JudgedAt]):
    """Per skill, when the score of each interview was given, by its id."""


class Comparison(Shape):
    """Several interviews side by side."""

    comparison: ComparedSkills
    verdicts: ComparedSkills = Field(description="What coaches say, as scores; null where there is no verdict.")
    judge: ComparedJudges
    judged_at: ComparedMoments
    differences: ComparedDifferences = Field(
        description="Between scores of one judge, or of two with a bridge between them; null where neither is so."
    )
    interviews: list[InterviewHeading]
