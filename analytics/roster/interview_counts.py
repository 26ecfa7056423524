"""Counts of candidates' interviews, opening as few interviews as possible."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.access.viewer import is_private
from analytics.database import bulk
from analytics.database.schema import skill_scores
from analytics.interviewlab.tables import interviews


class InterviewCount(NamedTuple):
    """A person's interviews: how many, how many completed, the newest of these, and how many without scores."""

    interviews: int
    completed: int
    latest: datetime | None
    without_scores: int


NO_INTERVIEWS: Final = InterviewCount(0, 0, None, 0)


def count_interviews(
    connection: Connection, user_ids: Sequence[int], without_scores: Collection[int]
) -> dict[int, InterviewCount]:
    """Count the interviews of candidates; those in `without_scores` may have completed ones without scores.

    Interviews are wide rows, scattered over a table of any size. How many somebody has, and how many with scores, two
    indexes tell; only interviews of those who may have others are looked at.
    """
    every = (
        sa.select(interviews.c.user_id, sa.func.count().label("number"))
        .where(bulk.among(connection, interviews.c.user_id, user_ids), ~is_private(interviews.c.id))
        .group_by(interviews.c.user_id)
        .cte()
    )
    scored = _with_scores(connection, user_ids)
    told = sa.select(every.c.user_id, every.c.number, sa.func.coalesce(scored.c.number, 0), scored.c.latest)
    told = told.outerjoin_from(every, scored, scored.c.user_id == every.c.user_id)
    counts = {
        user_id: InterviewCount(number, completed, latest, 0)
        for user_id, number, completed, latest in connection.execute(told)
    }
    others = [
        user_id
        for user_id in without_scores
        if user_id in counts and counts[user_id].completed < counts[user_id].interviews
    ]
    if others:
        done = interviews.c.status == "completed"
        date = sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at)
        every = (
            sa.select(
                interviews.c.user_id,
                sa.func.count().label("number"),
                sa.func.count(sa.case((done, 1))).label("completed"),
                sa.func.max(sa.case((done, date))).label("latest"),
            )
            .where(bulk.among(connection, interviews.c.user_id, others), ~is_private(interviews.c.id))
            .group_by(interviews.c.user_id)
            .cte()
        )
        scored = _with_scores(connection, others)
        # Of one moment, or somebody whose interviews change just now could seem to have none without scores.
        lacking = every.c.completed - sa.func.coalesce(scored.c.number, 0)
        looked_at = sa.select(every.c.user_id, every.c.number, every.c.completed, every.c.latest, lacking)
        looked_at = looked_at.outerjoin_from(every, scored, scored.c.user_id == every.c.user_id)
        counts |= {user_id: InterviewCount(*count) for user_id, *count in connection.execute(looked_at)}
    return counts


def _with_scores(connection: Connection, user_ids: Sequence[int]) -> sa.CTE:
    """Count the interviews with scores of each of these candidates, and find the date of the latest."""
    return (
        sa.select(
            skill_scores.c.user_id,
            sa.func.count(skill_scores.c.interview_id.distinct()).label("number"),
            sa.func.max(skill_scores.c.completed_at).label("latest"),
        )
        .where(bulk.among(connection, skill_scores.c.user_id, user_ids), ~is_private(skill_scores.c.interview_id))
        .group_by(skill_scores.c.user_id)
        .cte()
    )
