"""From several ordinal ratings to one score with its range."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record, Usage

# Ratings two levels apart are no agreement: they name different anchors with one between them.
WIDE: int = 2


class Level(Record):
    """One rating: a level from 1 to 5, or the outcome instead of it."""

    skill: str
    sample: int
    level: int | None
    outcome: Outcome | None = None
    usage: Usage = Usage()


class Score(Record):
    """A score from 0 to 1 with the lowest and highest rating on the same scale."""

    score: float
    low: float
    high: float
    low_agreement: bool
    levels: tuple[int, ...]


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
