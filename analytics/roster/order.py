"""The orders of the roster."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from analytics.database.schema import candidate_summaries as summary
from analytics.skills import SKILL_KEYS
from analytics.trends import analysis


class Sort(StrEnum):
    """A column the roster can be sorted by."""

    _ignore_ = "key trend_of"
    NAME = "name"
    INTERVIEWS = "interviews"
    LAST_INTERVIEW = "last_interview"
    OVERALL = "overall"
    # Python's own way to members out of data, as its documentation of `_ignore_` shows it.
    for key in SKILL_KEYS:
        vars()[key.upper()] = key
    LOWEST = "lowest"
    ATTENTION = "attention"
    for trend_of in SKILL_KEYS:
        vars()[f"{trend_of.upper()}_TREND"] = f"{trend_of}_trend"


_COLUMNS: Final[dict[Sort, sa.ColumnElement[Any]]] = {
    Sort.NAME: summary.c.sort_name,
    Sort.INTERVIEWS: summary.c.completed,
    Sort.LAST_INTERVIEW: summary.c.last_interview_at,
    Sort.LOWEST: summary.c.lowest,
    Sort.ATTENTION: summary.c.attention_key,
    **{Sort(name): summary.c[name] for name in ("overall", *SKILL_KEYS)},
}


# What tells nothing of scores.
UNSCORED: Final = {Sort.NAME, Sort.INTERVIEWS, Sort.LAST_INTERVIEW}
# What compares scores of different people, or their distance to a target, whoever gave them.
COMPARING: Final = {Sort.ATTENTION, Sort.OVERALL, Sort.LOWEST, *(Sort(key) for key in SKILL_KEYS)}
# What everybody has, so that no page of it begins after somebody who has none.
NEVER_MISSING: Final = {Sort.INTERVIEWS, Sort.ATTENTION, *(Sort(f"{key}_trend") for key in SKILL_KEYS)}


def sort_column(sort: Sort, cutoff: float) -> sa.ColumnElement[Any]:
    """Return the column of an order; trends go from declining over unclear and steady to improving."""
    if sort in _COLUMNS:
        return _COLUMNS[sort]
    key = sort.removesuffix("_trend")
    label, stands = summary.c[f"{key}_label"], summary.c[f"{key}_p"] <= cutoff
    return sa.case(
        (sa.and_(label == analysis.IMPROVING, stands), 3),
        (label == analysis.STEADY, 2),
        (sa.and_(label == analysis.DECLINING, stands), 0),
        else_=1,
    )
