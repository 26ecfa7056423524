"""Scoring: several ordinal ratings combined into one score with its range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from analytics.breakdown.assessment.answers import PriorityPoint
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record, Usage

# Ratings two levels apart are no agreement: they name different anchors with one between them.
WIDE: Final = 2
# Strengths first, weaknesses first.
ORDERS: Final = ("strength", "weakness")
# What a skill is worth of which no claim speaks: neither good nor bad.
_MIDDLE: Final = 3


class Level(Record):
    """One rating: a level from 1 to 5, or the outcome instead of it."""

    skill: str
    sample: int
    level: int | None
    outcome: Outcome | None = None
    usage: Usage = Usage()


class RatingAnswer(Record):
    """A model's levels by skill, one for each choice it returned; or the outcome instead of them.

    A choice under "" is a level for every skill. `by_claims` says that it saw the claims alone.
    """

    choices: tuple[dict[str, int], ...] = ()
    priorities: tuple[PriorityPoint, ...] = ()
    by_claims: bool = False
    outcome: Outcome | None = None
    usage: Usage = Usage()

    def of(self, skill: str) -> list[Level]:
        """Return the ratings of a skill; a single one without a level if there is none."""
        given = [choice.get(skill, choice.get("")) for choice in self.choices] or [None]
        outcome = self.outcome or Outcome.BAD_ANSWER
        return [
            Level(skill=skill, sample=place, level=level, outcome=outcome if level is None else None)
            for place, level in enumerate(given)
        ]


_Share = Annotated[float, Field(ge=0, le=1)]


class Score(Record):
    """A score with the lowest and highest rating on the same scale; a number outside 0 to 1 is refused."""

    score: _Share
    low: _Share
    high: _Share
    low_agreement: bool
    levels: tuple[int, ...]
    bounded: bool = False


def score_levels(levels: Sequence[Level], wanted: int) -> Score | Outcome:
    """Average the ratings, (mean level - 1) / 4; with fewer than half of those wanted, the outcome that explains it."""
    given = [level.level for level in levels if level.level is not None and 1 <= level.level <= 5]
    if not given or 2 * len(given) < wanted:
        outcomes = {level.outcome for level in levels if level.outcome is not None}
        return outcomes.pop() if len(outcomes) == 1 else Outcome.TOO_FEW_SAMPLES
    return Score(
        score=round((math.fsum(given) / len(given) - 1) / 4, 4),
        low=(min(given) - 1) / 4,
        high=(max(given) - 1) / 4,
        low_agreement=max(given) - min(given) >= WIDE,
        levels=tuple(given),
    )


def bound(score: Score, by_claims: int | None) -> Score:
    """Return the lower of two scores if the transcript and the claims alone are two or more levels apart.

    Who talks to the grader in the transcript does not talk to one who reads only checked claims. `by_claims` is None
    where no claim speaks for the skill: then a level in the middle is held against it. A number that is no level,
    from 1 to 5, bounds nothing.
    """
    alone = _MIDDLE if by_claims is None else by_claims
    level = 1 + 4 * score.score
    if not 1 <= alone <= 5 or abs(level - alone) < WIDE:
        return score
    lower = min(level, float(alone))
    rounded = round((lower - 1) / 4, 4)
    return score.model_copy(
        update={
            "score": rounded,
            "low": min(score.low, rounded),
            "high": max(score.high, rounded),
            "low_agreement": True,
            "bounded": True,
        }
    )
