"""The verdict that counts for a skill of an interview; access and absence as in `queries.candidates`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.blind import find_hidden
from analytics.access.viewer import Role, Viewer, scope
from analytics.columns import bound_id
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.tables import belongs, interview_date, interviews
from analytics.scores.verdict_scores import score_of, stands


class CountingVerdict(NamedTuple):
    """The verdict that counts for a skill of an interview: a level from 1 to 5, None for *not assessed*."""

    interview_id: int
    skill: str
    level: int | None
    given_at: datetime
    interview_title: str
    date: datetime
    user_id: int

    @property
    def score(self) -> float | None:
        """Return the level as a score."""
        return score_of(self.level)


def _select_standing() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            verdicts.c.interview_id,
            verdicts.c.skill,
            verdicts.c.level,
            verdicts.c.given_at,
            interviews.c.title,
            interview_date,
            interviews.c.user_id,
        )
        .join(interviews, sa.and_(interviews.c.id == verdicts.c.interview_id, belongs(verdicts.c.given_at)))
        .where(stands(), interviews.c.status == "completed")
        .order_by(verdicts.c.id)
    )


@lru_cache
def _of_candidate(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return _select_standing().where(interviews.c.user_id == bound_id("user_id"), scope(role, interviews.c.user_id))


@lru_cache
def _of_interviews(role: Role, count: int) -> sa.Select[*tuple[Any, ...]]:
    ids = [bound_id(f"interview_{place}") for place in range(count)]
    return _select_standing().where(verdicts.c.interview_id.in_(ids), scope(role, interviews.c.user_id))


@lru_cache
def _newest_by_others(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(verdicts.c.interview_id, verdicts.c.skill, sa.func.max(verdicts.c.id))
        .join(interviews, sa.and_(interviews.c.id == verdicts.c.interview_id, belongs(verdicts.c.given_at)))
        .where(
            stands(),
            interviews.c.status == "completed",
            interviews.c.user_id == bound_id("user_id"),
            verdicts.c.given_by != sa.bindparam("actor"),
            scope(role, interviews.c.user_id),
        )
        .group_by(verdicts.c.interview_id, verdicts.c.skill)
        .order_by(verdicts.c.interview_id, verdicts.c.skill)
    )


def newest_by_others(viewer: Viewer, db: Session, user_id: int) -> dict[tuple[int, str], int]:
    """Return the id of the newest standing verdict by others than the viewer, by interview and skill.

    Those on interviews that the viewer has to rate first are left out.
    """
    asked = {"user_id": user_id, "actor": viewer.actor, **viewer.parameters}
    rows = db.execute(_newest_by_others(viewer.role), asked).all()
    unrated = find_hidden(viewer, db, user_ids=[user_id]) if rows else frozenset()
    return {(interview_id, skill): newest for interview_id, skill, newest in rows if interview_id not in unrated}


Counting = dict[tuple[int, str], CountingVerdict]


def counting_of_candidate(viewer: Viewer, db: Session, user_id: int) -> Counting:
    """Read a candidate's counting verdicts by interview and skill: the newest standing one, by anyone.

    Those on interviews that the viewer has to rate first are left out.
    """
    rows = db.execute(_of_candidate(viewer.role), {"user_id": user_id, **viewer.parameters}).all()
    return _last(rows, find_hidden(viewer, db, user_ids=[user_id]))


def counting_of_interviews(viewer: Viewer, db: Session | Connection, interview_ids: Sequence[int]) -> Counting:
    """Read the counting verdicts of these interviews, as `counting_of_candidate` does."""
    if not interview_ids:
        return {}
    parameters = {f"interview_{place}": interview_id for place, interview_id in enumerate(interview_ids)}
    rows = db.execute(_of_interviews(viewer.role, len(interview_ids)), {**parameters, **viewer.parameters})
    return _last(rows, find_hidden(viewer, db, interview_ids=interview_ids))


def _last(rows: Iterable[Any], unrated: frozenset[int]) -> Counting:
    return {(row[0], row[1]): CountingVerdict._make(row) for row in rows if row[0] not in unrated}
