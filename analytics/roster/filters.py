"""The roster's filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from analytics.access.viewer import is_private
from analytics.columns import now
from analytics.database.schema import TAGGED, candidate_scatter, interview_tags
from analytics.database.schema import candidate_summaries as summary
from analytics.interviewlab.tables import interviews
from analytics.skills import SKILL_KEYS
from analytics.text import storable


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the roster; the defaults show everyone.

    `within_days` since the last completed interview, at most, and `silent_days` at least; who never had one has been
    silent for any number of days. `below` is a score between 0 and 1 that the average of `skill`
    (None: of any skill) lies under. `kind` and `difficulty` are those of at least one of their interviews. `judge` is
    the key of who scored the latest interview of `skill` (None: of every skill that is scored): figures are comparable
    among such candidates.
    """

    search: str = ""
    within_days: int | None = None
    minimum_interviews: int = 0
    skill: str | None = None
    below: float | None = None
    silent_days: int | None = None
    kind: str | None = None
    difficulty: int | None = None
    judge: str | None = None


EVERYONE: Final = Filters()


def filter_conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Build the conditions of the active filters; none without any."""
    conditions: list[sa.ColumnElement[bool]] = []
    if search := storable(filters.search).strip().casefold():
        conditions.append(
            sa.or_(
                summary.c.sort_name.contains(search, autoescape=True),
                sa.func.lower(summary.c.email).contains(search, autoescape=True),
            )
        )
    if filters.within_days is not None:
        conditions.append(summary.c.last_interview_at >= now() - timedelta(days=filters.within_days))
    if filters.silent_days is not None:
        last = summary.c.last_interview_at
        conditions.append(sa.or_(last < now() - timedelta(days=filters.silent_days), last.is_(None)))
    if filters.minimum_interviews:
        conditions.append(summary.c.completed >= filters.minimum_interviews)
    if filters.below is not None:
        average = summary.c[filters.skill] if filters.skill in SKILL_KEYS else summary.c.lowest
        conditions.append(average < filters.below)
    if filters.judge is not None:
        conditions.append(_is_told_by(storable(filters.judge), filters.skill if filters.skill in SKILL_KEYS else None))
    kind = None if filters.kind is None else storable(filters.kind)
    tags = {"kind": kind, "difficulty": filters.difficulty}
    if tagged := [interview_tags.c[name] == value for name, value in tags.items() if value is not None]:
        fits = sa.select(interviews.c.user_id).join(interview_tags, TAGGED)
        conditions.append(summary.c.user_id.in_(fits.where(*tagged, ~is_private(interviews.c.id))))
    return conditions


def _is_told_by(judge: str, skill: str | None) -> sa.ColumnElement[bool]:
    told = candidate_scatter.c
    theirs = sa.exists().where(told.user_id == summary.c.user_id).correlate(summary)
    if skill is not None:
        return theirs.where(told.skill == skill, told.judge == judge)
    return sa.and_(theirs.where(told.judge == judge), ~theirs.where(told.judge != judge))
