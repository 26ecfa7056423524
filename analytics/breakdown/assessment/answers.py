"""The schemas of a model's answers; they are sent with each call as JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_ENTRIES: Final = 6
MOST_QUESTIONS: Final = 60
MOST_VERDICTS: Final = 200
# What only the schema says, since an answer that goes beyond it is read all the same: a point with an odd id is
# dropped alone. Kept simple: some servers translate the pattern into a grammar, and stop enforcing anything when they
# cannot. Without the limits a small model lists every line it was given.
_ID: Final = {"pattern": r"^[SC][0-9]{1,6}(:[0-9]{1,5}(-[0-9]{1,5})?)?$"}
_IDS: Final = {"minItems": 1, "maxItems": 2}
_ENTRIES: Final[dict[str, Any]] = {"maxItems": 3}
# Lists that came later: absent from what is stored, and required of a model.
_MISSED: Any = Field(default_factory=list, max_length=MOST_ENTRIES, json_schema_extra=_ENTRIES)
_WORDINGS: Any = Field(default_factory=list, max_length=MOST_ENTRIES, json_schema_extra={"maxItems": 1})
_QUESTIONS: Any = Field(default_factory=list, max_length=MOST_QUESTIONS)
_LEVELS: Any = Field(default_factory=list, max_length=MOST_ENTRIES)
_PRIORITIES: Any = Field(default_factory=list, max_length=MOST_ENTRIES, json_schema_extra={"maxItems": 2})
_REMARKS: Final = frozenset({"title", "description"})

EvidenceId = Annotated[str, Field(json_schema_extra=_ID)]


class _Answer(BaseModel):
    # Every field required and nothing else allowed is what "strict" asks of a schema.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Point(_Answer):
    """A strength or a weakness; the ids come first, so that the text is written about the evidence found."""

    ids: Annotated[list[EvidenceId], Field(json_schema_extra=_IDS)]
    text: str


class Advice(_Answer):
    """A recommendation: the number of the weakness it addresses, what to practise, how progress shows."""

    weakness: int
    practise: str
    notice: str


class MissedPoint(_Answer):
    """A part of a question left unanswered: the question, one or two lines of the answer, what is missing."""

    question: str
    ids: Annotated[list[EvidenceId], Field(json_schema_extra=_IDS)]
    text: str


class QuestionPoint(_Answer):
    """A question in three lines: what it asked for, what the answer held, what it left out."""

    question: str
    asked: str
    held: str
    left_out: str


class Points(_Answer):
    """What a model finds for one skill; lists with a default came later, and may be absent from what is stored."""

    strengths: Annotated[list[Point], Field(max_length=MOST_ENTRIES, json_schema_extra=_ENTRIES)]
    weaknesses: Annotated[list[Point], Field(max_length=MOST_ENTRIES, json_schema_extra=_ENTRIES)]
    recommendations: Annotated[list[Advice], Field(max_length=MOST_ENTRIES, json_schema_extra=_ENTRIES)]
    missed: list[MissedPoint] = _MISSED
    wordings: list[Point] = _WORDINGS
    questions: list[QuestionPoint] = _QUESTIONS

    @property
    def count(self) -> int:
        """Return the number of claims."""
        return sum(
            len(entries)
            for entries in (self.strengths, self.weaknesses, self.recommendations, self.missed, self.wordings)
        )


class SkillLevel(_Answer):
    """The level a model gives a skill."""

    skill: str
    level: Annotated[int, Field(ge=1, le=5)]


class PriorityPoint(_Answer):
    """What to work on first: the number of a claim, and why."""

    claim: int
    reason: str


class Rating(_Answer):
    """The levels a model chooses among the anchors; `level`, unless 0, is that of every skill asked about."""

    levels: list[SkillLevel] = _LEVELS
    priorities: list[PriorityPoint] = _PRIORITIES
    level: Annotated[int, Field(ge=1, le=5)] = 0


class Verdict(_Answer):
    """A model's verdict on one claim, by its number: whether the cited lines show it, and whether it is on topic."""

    claim: int
    shows: Literal["yes", "partly", "no"]
    contradicts: bool
    on_question: bool


class Support(_Answer):
    """A model's verdicts on all claims."""

    verdicts: Annotated[list[Verdict], Field(max_length=MOST_VERDICTS)]


class _Sheet(Points):
    # One schema for every call that begins with the transcript: some servers put it before all the rest, and another
    # one would have them read everything anew.
    levels: list[SkillLevel] = _LEVELS
    priorities: list[PriorityPoint] = _PRIORITIES


ANSWERS: Final[Mapping[str, type[_Answer]]] = {"points": Points, "rating": Rating, "support": Support}
_SENT: Final[Mapping[str, tuple[str, type[_Answer]]]] = {
    "points": ("breakdown", _Sheet),
    "rating": ("breakdown", _Sheet),
    "support": ("support", Support),
}


@cache
def schema_of(kind: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the JSON schema sent with a call for this kind of answer; every field is required."""
    name, shape = _SENT[kind]
    # As it is written rather than read: there, what has a default is always present.
    return name, _bare(shape.model_json_schema(mode="serialization"))


def _bare(schema: Any) -> Any:
    # Titles and docstrings are for whoever reads the code, and servers bill for them.
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: each for name, each in schema.items() if not (name in _REMARKS and isinstance(each, str))}
    return {name: _bare(each) for name, each in kept.items()}
