"""The shapes of what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from analytics.interviewlab.feedback import Reason, State
from analytics.judges import JudgeKind
from analytics.roster.attention import Attention
from analytics.scores.version_scores import JudgedBy
from analytics.skills import SKILL_KEYS
from analytics.trends.labels import Trend

Score = Annotated[float, Field(ge=0, le=1, examples=[0.74])]


Change = Annotated[float, Field(ge=-1, le=1, examples=[0.12])]
JudgeKey = Annotated[
    str,
    Field(description="Who gave the score: `platform`, or a key of `GET /judges`.", examples=["model:3f9a0c1b22de"]),
]
JudgedAt = Annotated[
    datetime | None, Field(description="When the score was given; null where that is not known, as of the platform's.")
]


class Shape(BaseModel):
    """A shape that can be read from the analytics' own objects."""

    model_config = ConfigDict(from_attributes=True)


class BySkill(Shape):
    """A shape with one field for each skill, all `of` one type, before those of its own."""

    def __init_subclass__(cls, of: Any, name: str = "{}", **_config: Any) -> None:
        cls.__annotations__ = {name.format(key): of for key in SKILL_KEYS} | cls.__annotations__


class Point(Shape):
    """One point of a progression line."""

    interview_id: int = Field(examples=[301])
    interview_title: str = Field(examples=["Backend engineer, second round"])
    date: datetime
    score: Score
    judge: JudgeKey
    judged_at: JudgedAt
    verdict: Score | None = Field(description="What a coach says, as a score; it stands beside the score.")


class Progression(BySkill, of=list[Point]):
    """The scored interviews of each skill, by interview date."""


class Averages(BySkill, of=Score | None):
    """The average of each skill over the interviews in which it was scored; null where it never was."""


class Judge(Shape):
    """Who gives scores."""

    key: JudgeKey
    kind: JudgeKind
    name: str = Field(description="The name on screen.", examples=["gpt-5 at api.openai.com"])
    host: str = Field(description="The model's server; empty for others.")
    model: str = Field(description="What the server calls the model; empty for others.")
    prompt: str = Field(description="SHA-256 of the instructions, in hexadecimal; empty where there were none.")
    rubric: str = Field(description="The same of the rubric.")


class Judges(Shape):
    """Everybody who gave a score here, the interview platform first."""

    judges: list[Judge]


class SkillDetail(Shape):
    """One skill of one interview; a score, and who gave it, only where the state is scored."""

    score: Score | None
    judge: JudgeKey | None = None
    judged_at: JudgedAt = None
    state: State
    reason: Reason | None
    strengths: list[str]
    weaknesses: list[str]
    recommendations: list[str]


def judge_fields(given: JudgedBy | None) -> dict[str, Any]:
    """Return the two fields about who gave a score; of no score, nothing."""
    return {} if given is None else {"judge": given.judge.key, "judged_at": given.judged_at}


class Breakdown(BySkill, of=SkillDetail):
    """The four skills of one interview."""


class InterviewSkills(Shape):
    """The skill breakdown of one interview."""

    interview_id: int
    interview_title: str
    completed_at: datetime | None
    skill_breakdown: Breakdown


class States(BySkill, of=State):
    """Per skill, what is known about it."""


class _Overall(Shape):
    overall_score: Score | None


class ConversationQuality(BySkill, _Overall, of=Score | None, name="{}_score"):
    """The scores of one interview; null where there is none, and `states` says why."""

    states: States


class InsightsJudges(BySkill, of=JudgeKey | None):
    """Per skill, who gave the score; null where there is none."""


class Insights(Shape):
    """Facts about one interview."""

    interview_id: int
    title: str
    status: str = Field(examples=["completed"])
    turn_count: int
    duration_minutes: float | None = Field(examples=[42.5])
    topics_covered: list[str]
    code_submissions: int
    average_code_quality: Score | None
    conversation_quality: ConversationQuality
    judges: InsightsJudges


class JudgedAverages(BySkill, of=Score | None):
    """The average of each skill over the interviews in which it was scored; null where it never was.

    Each is told on the scale of one judge, who scored the latest interview of the skill.
    """

    judges: InsightsJudges


class TrendPoint(Shape):
    """The overall score of one recent interview."""

    interview_id: int
    score: Score
    date: datetime


class RecentInterview(Shape):
    """One of the latest completed interviews."""

    id: int
    title: str
    status: str
    completed_at: datetime | None
    quality_score: Score | None
    judges: list[JudgeKey] = Field(description="Who gave the score; several where its skills were scored by several.")


class UserAnalytics(Shape):
    """Counts and averages over all interviews of a person; an average is null where nothing was scored.

    `average_quality` and `improvement_trend` are told on the scale of whoever scored the latest interview: scores of
    other judges are moved there over a bridge, and left out where there is none.
    """

    total_interviews: int
    completed_interviews: int
    in_progress_interviews: int
    average_turn_count: float
    average_quality: Score | None
    average_code_quality: Score | None
    total_code_submissions: int
    topics_covered: list[str]
    improvement_trend: list[TrendPoint]
    recent_interviews: list[RecentInterview]


class Position(Shape):
    """Where an average stands among the candidates': percentiles of it and of both ends of its 95% interval."""

    percentile: float
    low: float
    high: float


class SkillTrend(Shape):
    """How one skill develops; a figure is null where it cannot be told.

    The change is the fitted one from the first to the last scored interview, with its 95% interval; the errors are half
    the 95% intervals of the average and of the current level. Median and position are only told where the caller may
    see how candidates stand among the others.
    """

    trend: Trend
    scored: int = Field(description="How many interviews have a score for this skill.")
    change: Change | None
    change_low: Change | None
    change_high: Change | None
    average: float | None
    average_error: float | None
    current: float | None
    current_error: float | None
    interviews_needed: int = Field(description="About how many more interviews would show a change of 0.2.")
    median: float | None
    position: Position | None
    judge: str | None = Field(description="Who scored the latest interview; all is told on this judge's scale.")
    moved: int = Field(description="How many scores of other judges count, moved to this scale over a bridge.")
    left_out: int = Field(description="How many scores of other judges do not count, as there is no bridge.")
    sentence: str = Field(description="What the page says of this skill.")


class Trends(BySkill, of=SkillTrend):
    """How the four skills develop."""


class ListedTrends(BySkill, of=Trend):
    """The trends of the four skills as they stand in a list over everybody."""


class CandidateRow(Shape):
    """One candidate of the roster; averages are null where nothing was scored."""

    user_id: int
    name: str
    email: str
    is_active: bool
    interviews: int
    completed: int
    last_interview_at: datetime | None
    overall: Score | None
    averages: Averages
    weakest: str | None
    trends: ListedTrends
    attention: list[Attention] = Field(description="Why this candidate needs attention; empty where none does.")


class Candidates(Shape):
    """A page of the roster; `next` and `previous` are cursors, null at the ends."""

    candidates: list[CandidateRow]
    total: int
    next: str | None
    previous: str | None


class AddedInterview(Shape):
    """What a transcript became."""

    interview_id: int = Field(examples=[301])
    user_id: int = Field(examples=[12])
    new: bool = Field(description="False where the same file had been added before; nothing was changed then.")
    format: str = Field(description="What the file was recognised as.", examples=["WebVTT"])
    speakers: list[str] = Field(examples=[["Ada Lovelace", "Grace Hopper"]])
    warnings: list[str] = Field(description="What should be looked at, one sentence each.")


class InterviewTags(Shape):
    """What people say an interview is; null where nobody has said it."""

    interview_id: int = Field(examples=[101])
    kind: str | None = Field(examples=["coding"])
    difficulty: int | None = Field(description="From 1 to 5.", examples=[3])
    post: str | None = Field(default=None, description="The level of the post.", examples=["senior"])


class InterviewPractice(Shape):
    """Whether an interview is practice, which only the person themselves sees."""

    interview_id: int = Field(examples=[101])
    interview_title: str = Field(examples=["Mock interview"])
    practice: bool
