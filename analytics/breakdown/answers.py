"""The shapes a model's answer must have; their JSON schemas are sent with the call."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

# Kept simple: some servers translate the pattern into a grammar, and stop enforcing anything when they cannot.
EvidenceId = Annotated[str, Field(pattern=r"^[SC][0-9]{1,6}(:[0-9]{1,5}(-[0-9]{1,5})?)?$")]


class _Answer(BaseModel):
    # Without defaults every field is required and nothing else allowed: what "strict" asks of a schema.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Point(_Answer):
    """A strength or a weakness; the ids come first, so that a point is written about what was found."""

    ids: list[EvidenceId]
    text: str


class Advice(_Answer):
    """A recommendation: the number of the weakness it answers, what to practise, how progress shows."""

    weakness: int
    practise: str
    notice: str


class Points(_Answer):
    """What a model finds for one skill."""

    strengths: Annotated[list[Point], Field(max_length=6)]
    weaknesses: Annotated[list[Point], Field(max_length=6)]
    recommendations: Annotated[list[Advice], Field(max_length=6)]

    @property
    def count(self) -> int:
        """Count everything that was claimed."""
        return len(self.strengths) + len(self.weaknesses) + len(self.recommendations)


class Rating(_Answer):
    """The level a model chooses among the anchors."""

    level: Annotated[int, Field(ge=1, le=5)]


ANSWERS: Final[dict[str, type[_Answer]]] = {"points": Points, "rating": Rating}
