"""Verdicts as scores: which of them stand, and the score of a level."""

from __future__ import annotations

import sqlalchemy as sa

from analytics.database.verdict_tables import verdicts

_LATER = verdicts.alias("later")


def score_of(level: float | None) -> float | None:
    """Convert a level from 1 to 5 to a score from 0 to 1; None for *not assessed*."""
    return None if level is None else (level - 1) / 4


def stands() -> sa.ColumnElement[bool]:
    """Build the condition that a verdict stands: neither withdrawn nor replaced by the same person."""
    same = (verdicts.c.interview_id, verdicts.c.skill, verdicts.c.given_by)
    later = sa.exists().where(*(_LATER.c[column.name] == column for column in same), _LATER.c.id > verdicts.c.id)
    return sa.and_(~verdicts.c.withdrawn, ~later)
