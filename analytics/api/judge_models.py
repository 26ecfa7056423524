"""The shapes of how far a judge may be trusted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from analytics.agreement.figures import Calibration, Shortfall
from analytics.api.models import Shape
from analytics.judges import JudgeKind

Level = Annotated[float, Field(ge=1, le=5, examples=[3.5])]
Share = Annotated[float, Field(ge=0, le=1, examples=[0.9])]


class Interval(Shape):
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


class ConstantJudge(Shape):
    """What a judge would reach that always says the commonest level of the people."""

    level: int = Field(ge=1, le=5)
    leniency: float
    difference: float
    within_one: Share
    kappa: float


class Agreement(Shape):
    """How two series of levels from 1 to 5 agree; null where that cannot be told yet."""

    pairs: int = Field(ge=0)
    missing: int = Field(ge=0, description="How many more pairs are needed before anything is told.")
    standing: Calibration
    lacking: Shortfall | None
    leniency: Interval | None = Field(description="Mean difference in levels, the judge's less the person's.")
    difference: Interval | None = Field(description="Mean absolute difference in levels.")
    kappa: Interval | None = Field(description="Quadratic-weighted kappa.")
    within_one: Share | None
    constant: ConstantJudge | None


class Disagreement(Shape):
    """An interview on which a person and the judge lie at least a level apart."""

    interview_id: int
    interview_title: str
    person: Level
    judge: Level
    quote: str | None


class SkillAgreement(Shape):
    """One skill of a judge; `retest` compares the first and the last of several ratings of one interview."""

    skill: str
    agreement: Agreement
    retest: Agreement
    seen: int = Field(description="Pairs in which whoever rated had the judge's score in view.")
    disagreements: list[Disagreement]


class Judge(Shape):
    """Who gave the scores."""

    key: str
    kind: JudgeKind
    label: str
    host: str
    model: str


class JudgeAgreement(Shape):
    """One judge, skill by skill."""

    judge: Judge
    skills: list[SkillAgreement]


class Shift(Shape):
    """How far a skill moves when the same is said in another way; null where too few pairs were scored."""

    variant: str = Field(examples=["hedged"])
    skill: str
    pairs: int
    mean: float | None
    low: float | None
    high: float | None
    biased: bool = Field(description="Whether the shift is more than chance, all comparisons considered.")


class Audit(Shape):
    """The last audit of a judge, with pairs of equal content."""

    judge: Judge
    measure: str = Field(description="`score`, from 0 to 1, or `claims`: strengths less weaknesses.")
    audited_at: datetime
    runs: int
    failed: int
    shifts: list[Shift]


class Trust(Shape):
    """How far each judge may be trusted, on the interviews that you may see."""

    levels: int = Field(description="How many skills of interviews people have rated.")
    judges: list[JudgeAgreement]
    audits: list[Audit]
