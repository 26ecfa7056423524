"""The shapes of coaching: shared notes, next steps and goals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from analytics.api.models import Change, Score, Shape
from analytics.coaching.access import LONGEST_TEXT
from analytics.coaching.goals import LONGEST_WHY
from analytics.coaching.steps import LONGEST_STEP, LONGEST_STEP_KIND, Doer, StepState
from analytics.columns import LARGEST_ID
from analytics.skills import SkillKey


class SharedNote(Shape):
    """A note that the person and their coaches may read."""

    id: str
    text: str
    skill: str | None
    interview_id: int | None
    quote: Annotated[str | None, Field(description="How the message or the line of code begins that it is about.")]
    line: Annotated[int | None, Field(description="The line of the submitted code that it is about.")]
    written_by: str
    written_at: datetime
    changed_at: Annotated[datetime, Field(description="When it got its present wording.")]


class FoundNote(SharedNote):
    """A shared note, and whom it is about."""

    user_id: int
    candidate: str


class FoundNotes(Shape):
    """The shared notes that hold what was searched for, the latest first; `total` counts those left out too."""

    total: int
    notes: list[FoundNote]


class StepOutcome(Shape):
    """How the skill of a step stood before it and since, by one judge: averages over up to five interviews a side.

    `low` and `high` are the 95% interval of the change, null with fewer than two interviews on a side.
    """

    interviews_before: int
    interviews_since: int
    before: Score | None
    since: Score | None
    low: Change | None
    high: Change | None
    sentence: str


class NextStep(Shape):
    """A step that was agreed, and what became of it."""

    id: str
    text: str
    skill: str | None
    due_on: date | None
    doer: Doer
    agreed_by: str
    agreed_at: datetime
    state: StepState
    word: str
    changed_at: datetime | None
    kind: str | None
    outcome: Annotated[StepOutcome | None, Field(description="Null for a step that is about no skill.")]


class SkillGoal(Shape):
    """The goal of a skill; reached only where the lower end of the level's 95% interval is above it."""

    skill: str
    target: Score
    due_on: date | None
    why: str
    set_by: str
    set_at: datetime
    current: Score | None
    reached: bool
    forecast: Annotated[str, Field(description="When it may be reached at the pace so far; empty where it is.")]


class Coaching(Shape):
    """What coach and candidate agreed, and the notes they share."""

    notes: list[SharedNote]
    steps: list[NextStep]
    goals: list[SkillGoal]


class NoteText(BaseModel):
    """The wording of a note."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)


class NewNote(NoteText):
    """A note that the person and their coaches are to read."""

    skill: SkillKey | None = None
    interview_id: int | None = Field(None, ge=1, le=LARGEST_ID, description="An interview of the person's.")
    message: int | None = Field(None, ge=1, description="The number of a message of that interview, as on its page.")
    submission: int | None = Field(None, ge=1, description="Of several submissions the one that `line` is in.")
    line: int | None = Field(None, ge=1, description="A line of the submitted code of that interview.")

    @model_validator(mode="after")
    def _is_about_one_place(self) -> NewNote:
        if self.message is not None and self.line is not None:
            raise ValueError("A note is about a message or about a line, not both")
        if self.submission is not None and self.line is None:
            raise ValueError("Name the line of this submission")
        return self


class NewStep(BaseModel):
    """A step that was agreed."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_STEP)
    skill: SkillKey | None = None
    due_on: date | None = None
    doer: Doer = Doer.CANDIDATE
    kind: str | None = Field(
        None, max_length=LONGEST_STEP_KIND, description="Only interviews of this kind tell what came of it."
    )


class StepMark(BaseModel):
    """What became of a step, with a word about it."""

    model_config = ConfigDict(extra="forbid")

    state: StepState
    word: str = Field("", max_length=LONGEST_STEP)


class NewGoal(BaseModel):
    """The level a person is to reach in a skill."""

    model_config = ConfigDict(extra="forbid")

    skill: SkillKey
    target: float = Field(strict=True, gt=0, lt=1, examples=[0.8])
    due_on: date | None = None
    why: str = Field("", max_length=LONGEST_WHY)
