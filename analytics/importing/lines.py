"""One line of an import: its fields, and the rows of the platform it becomes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from analytics.columns import now
from analytics.interviewlab.conversation import Speaker, is_checkpoint, read_conversation
from analytics.skills import SKILL_KEYS
from analytics.text import is_canonical_address, storable


def _canonical(email: str) -> str:
    if not is_canonical_address(email):
        raise ValueError("holds a space, a control or a letter that could pass for another")
    return email


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


_Clean = AfterValidator(storable)
_Name = Annotated[str, Field(min_length=1, max_length=255), _Clean]
_Text = Annotated[str, Field(max_length=1_000_000), _Clean]
_Point = Annotated[str, Field(max_length=5_000), _Clean]
_Points = Annotated[list[_Point], Field(max_length=100)]
_Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _within_utc(moment: datetime) -> datetime:
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies before the year 1 or after 9999, in UTC") from None
    return moment


_Moment = Annotated[AwareDatetime, AfterValidator(_within_utc)]


def _finite(value: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise ValueError("holds NaN or Infinity, which no database keeps") from None
    return value


_Object = Annotated[dict[str, Any], AfterValidator(_finite)]


class _Person(_Model):
    name: _Name | None = None
    email: Annotated[str, Field(max_length=255, pattern=r"^[^@\s,]+@[^@\s,]+$"), AfterValidator(_canonical)]


class _Code(_Model):
    code: _Text
    language: Annotated[str, Field(max_length=50), _Clean] = ""
    quality_score: _Score | None = None
    strengths: _Points = []
    weaknesses: _Points = []
    feedback: _Text = ""


class _Turn(_Model):
    speaker: Literal["candidate", "interviewer"]
    said: _Text = ""
    name: Annotated[str, Field(max_length=200), _Clean] | None = None
    at: Annotated[float, Field(ge=0, lt=10_000_000, allow_inf_nan=False)] | None = None
    code: _Code | None = None

    def message(self) -> dict[str, Any]:
        """Return the turn as the platform stores it."""
        message: dict[str, Any] = {"role": "user" if self.speaker == "candidate" else "assistant", "content": self.said}
        label = {"speaker": self.name, "at": self.at}
        if named := {name: value for name, value in label.items() if value is not None}:
            message["metadata"] = named
        if self.code is not None:
            quality = self.code.model_dump(exclude={"code", "language"}, exclude_defaults=True)
            message["metadata"] = named | {
                "type": "code_review",
                "code": self.code.code,
                "language": self.code.language,
                "code_quality": quality,
            }
        return message


class _Message(_Model):
    role: Literal["user", "assistant"]
    content: _Text
    timestamp: Annotated[str, Field(max_length=50), _Clean] | None = None
    metadata: _Object | None = {}

    def message(self) -> dict[str, Any]:
        """Return the message as it came."""
        return self.model_dump(exclude_defaults=True, exclude_none=True)


class _Checkpoint(_Message):
    role: Literal["system"]  # type: ignore[assignment]  # no speaker, and no part of the conversation


def _shape(value: Any) -> str:
    if isinstance(value, _Checkpoint) or is_checkpoint(value):
        return "checkpoint"
    is_message = isinstance(value, _Message) or (isinstance(value, dict) and "role" in value)
    return "message" if is_message else "turn"


_Said = Annotated[
    Annotated[_Message, Tag("message")] | Annotated[_Checkpoint, Tag("checkpoint")] | Annotated[_Turn, Tag("turn")],
    Discriminator(_shape),
]


class _SkillPoints(_Model):
    score: _Score | None = None
    strengths: _Points = []
    weaknesses: _Points = []
    recommendations: _Points = []


class _BySkill(_Model):
    def __init_subclass__(cls, of: Any, name: str = "{}", **_config: Any) -> None:
        for key in SKILL_KEYS:
            setattr(cls, name.format(key), None)
        cls.__annotations__ = {name.format(key): of | None for key in SKILL_KEYS} | cls.__annotations__


class _Breakdown(_BySkill, of=_SkillPoints):
    pass


class _Overall(_Model):
    overall_score: _Score | None = None


class _Scores(_BySkill, _Overall, of=_Score, name="{}_score"):
    pass


class _Feedback(_Scores, of=_SkillPoints, name="{}_feedback"):
    skill_breakdown: _Breakdown | None = None
    strengths: _Points = []
    weaknesses: _Points = []
    recommendations: _Points = []
    summary: _Text = ""
    detailed_feedback: _Text = ""
    topics_covered: _Points = []
    turn_count: Annotated[int, Field(ge=0, lt=1_000_000)] | None = None
    code_submissions_count: Annotated[int, Field(ge=0, lt=1_000_000)] | None = None
    average_code_quality: _Score | None = None


class Line(_Model):
    """One interview of the file."""

    id: _Name | None = None
    person: _Person
    title: _Name
    started_at: _Moment | None = None
    completed_at: _Moment | None = None
    job_description: Annotated[str, Field(max_length=100_000), _Clean] | None = None
    kind: Annotated[str, Field(min_length=1, max_length=40), _Clean] | None = None
    difficulty: Annotated[int, Field(ge=1, le=5)] | None = None
    resume_context: _Object | None = None
    transcript: Annotated[list[_Said], Field(max_length=10_000)] = []
    feedback: _Feedback | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Line:
        if self.id is None and self.started_at is None and self.completed_at is None:
            raise ValueError("needs id, started_at or completed_at, to tell it from other interviews")
        if self.feedback is not None and self.completed_at is None:
            raise ValueError("feedback is only for a completed interview: completed_at is missing")
        if self.started_at and self.completed_at and self.completed_at < self.started_at:
            raise ValueError("completed_at lies before started_at")
        return self

    @property
    def email(self) -> str:
        """Return the person's address, normalised for comparison."""
        return self.person.email.lower()

    @property
    def fingerprint(self) -> str:
        """Return what identifies the interview: the person and the file's own id, or else the title and start time."""
        began = self.started_at or self.completed_at
        named = [self.id] if self.id is not None else [None, self.title, began and began.astimezone(UTC).isoformat()]
        return digest([self.email, *named])

    @property
    def content(self) -> str:
        """Serialise everything the line says about the interview, for comparison.

        The same moment is the same whatever its offset, and who the person is does not belong to it.
        """
        return digest(self._in_utc().model_dump(mode="json", exclude_defaults=True, exclude={"person"}))

    def says(self, content: str) -> bool:
        """Return whether an earlier import said the same; `content` may be of an earlier version."""
        if content == self.content:
            return True
        return content in {
            digest(line.model_dump(mode="json", exclude_defaults=True)) for line in (self, self._in_utc())
        }

    def _in_utc(self) -> Line:
        moments = {"started_at": utc(self.started_at), "completed_at": utc(self.completed_at)}
        return self.model_copy(update={name: moment for name, moment in moments.items() if moment is not None})

    def row(self) -> dict[str, Any]:
        """Return the interview as a row of the platform's table, without ids."""
        messages = [said.message() for said in self.transcript]
        conversation = read_conversation(messages, self.resume_context)
        feedback: dict[str, Any] | None = None
        if self.feedback is not None:
            submissions = len(conversation.submissions) + conversation.reviews_without_code
            feedback = {"code_submissions_count": submissions} | self.feedback.model_dump(exclude_none=True)
        moment = now()
        # An interview may be dated ahead, but what is noted of it from now on is not older than it.
        began = utc(self.started_at or self.completed_at) or moment
        return {
            "title": self.title,
            "status": "completed" if self.completed_at else "in_progress",
            "conversation_history": messages,
            "resume_context": self.resume_context,
            "job_description": self.job_description,
            "feedback": feedback,
            "turn_count": sum(
                turn.speaker is Speaker.CANDIDATE and turn.message < len(messages) for turn in conversation.turns
            ),
            "started_at": utc(self.started_at),
            "completed_at": utc(self.completed_at),
            "created_at": min(began, moment),
            "updated_at": moment,
        }


def utc(moment: datetime | None) -> datetime | None:
    """Return the same moment in UTC."""
    return moment.astimezone(UTC) if moment else None


def digest(value: object) -> str:
    """Return the fingerprint of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
