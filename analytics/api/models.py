"""The shapes of what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from analytics import roster
from analytics.feedback import Reason, State
from analytics.outlook import Trend

Score = Annotated[float, Field(ge=0, le=1, examples=[0.74])]


class Shape(BaseModel):
    """A shape that can be read from the analytics' own objects."""

    model_config = ConfigDict(from_attributes=True)


class Point(Shape):
    """One point of a progression line."""

    interview_id: int = Field(examples=[301])
    interview_title: str = Field(examples=["Backend engineer, second round"])
    date: datetime
    score: Score


class Progression(Shape):
    """The scored interviews of each skill, by interview date."""

    communication: list[Point]
    technical: list[Point]
    problem_solving: list[Point]
    code_quality: list[Point]


class Averages(Shape):
    """The average of each skill over the interviews in which it was scored; null where it never was."""

    communication: Score | None
    technical: Score | None
    problem_solving: Score | None
    code_quality: Score | None


class InterviewHeading(Shape):
    """Which interview it is."""

    id: int = Field(examples=[301])
    title: str = Field(examples=["Backend engineer, second round"])
    completed_at: datetime | None


class ComparedSkills(Shape):
    """Per skill, the score of each interview by its id."""

    communication: dict[int, Score | None]
    technical: dict[int, Score | None]
    problem_solving: dict[int, Score | None]
    code_quality: dict[int, Score | None]


class Comparison(Shape):
    """Several interviews side by side."""

    comparison: ComparedSkills
    interviews: list[InterviewHeading]


class SkillDetail(Shape):
    """One skill of one interview; a score only where the state is scored."""

    score: Score | None
    state: State
    reason: Reason | None
    strengths: list[str]
    weaknesses: list[str]
    recommendations: list[str]


class Breakdown(Shape):
    """The four skills of one interview."""

    communication: SkillDetail
    technical: SkillDetail
    problem_solving: SkillDetail
    code_quality: SkillDetail


class InterviewSkills(Shape):
    """The skill breakdown of one interview."""

    interview_id: int
    interview_title: str
    completed_at: datetime | None
    skill_breakdown: Breakdown


class States(Shape):
    """Per skill, what is known about it."""

    communication: State
    technical: State
    problem_solving: State
    code_quality: State


class ConversationQuality(Shape):
    """The scores of one interview; null where there is none, and `states` says why."""

    overall_score: Score | None
    communication_score: Score | None
    technical_score: Score | None
    problem_solving_score: Score | None
    code_quality_score: Score | None
    states: States


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


class UserAnalytics(Shape):
    """Counts and averages over all interviews of a person; an average is null where nothing was scored."""

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
    change: float | None
    change_low: float | None
    change_high: float | None
    average: float | None
    average_error: float | None
    current: float | None
    current_error: float | None
    interviews_needed: int = Field(description="About how many more interviews would show a change of 0.2.")
    median: float | None
    position: Position | None


class Trends(Shape):
    """How the four skills develop."""

    communication: SkillTrend
    technical: SkillTrend
    problem_solving: SkillTrend
    code_quality: SkillTrend


class ListedTrends(Shape):
    """The trends of the four skills as they stand in a list over everybody."""

    communication: Trend
    technical: Trend
    problem_solving: Trend
    code_quality: Trend


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
    attention: list[roster.Attention] = Field(description="Why this candidate needs attention; empty where none does.")


class Candidates(Shape):
    """A page of the roster; `next` and `previous` are cursors, null at the ends."""

    candidates: list[CandidateRow]
    total: int
    next: str | None
    previous: str | None
