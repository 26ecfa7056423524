"""Candidates' newest overall scores for the roster's sparklines, with counting verdicts as in charts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from analytics.access.viewer import is_private
from analytics.database import bulk
from analytics.database.schema import skill_scores
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.tables import belongs, interview_date, interviews
from analytics.scores.verdict_scores import score_of, stands
from analytics.skills import SKILL_KEYS, SKILLS

RECENT: Final = 12
_DECIMALS: Final = 4
_WEIGHTS: Final = np.array([skill.weight for skill in SKILLS])


class GivenVerdict(NamedTuple):
    """A counting verdict: the number of `columns` before its interview, whose own is the next if it is `scored`."""

    interview_id: int
    skill: str
    level: int | None
    columns: int
    scored: bool


def given_verdicts(connection: Connection, user_ids: Sequence[int]) -> dict[int, list[GivenVerdict]]:
    """Read the counting verdicts on these candidates' interviews, by candidate; the newest standing one per skill."""
    # Mostly there is none, and then no interview is looked at.
    if connection.execute(sa.select(verdicts.c.id).limit(1)).first() is None:
        return {}
    of_person = skill_scores.c.user_id == interviews.c.user_id
    place = sa.tuple_(skill_scores.c.completed_at, skill_scores.c.interview_id)
    earlier = sa.select(sa.func.count(skill_scores.c.interview_id.distinct())).where(
        of_person, place < sa.tuple_(interview_date, interviews.c.id), ~is_private(skill_scores.c.interview_id)
    )
    scored = sa.exists().where(of_person, skill_scores.c.interview_id == interviews.c.id)
    statement = (
        sa.select(
            interviews.c.user_id,
            verdicts.c.interview_id,
            verdicts.c.skill,
            verdicts.c.level,
            earlier.correlate(interviews).scalar_subquery(),
            scored.correlate(interviews),
        )
        .join(interviews, sa.and_(interviews.c.id == verdicts.c.interview_id, belongs(verdicts.c.given_at)))
        .where(
            stands(),
            interviews.c.status == "completed",
            bulk.among(connection, interviews.c.user_id, user_ids),
            ~is_private(interviews.c.id),
        )
        .order_by(verdicts.c.id)
    )
    given: dict[int, dict[tuple[int, str], GivenVerdict]] = {}
    for user_id, *rest in connection.execute(statement):
        one = GivenVerdict(*rest)
        given.setdefault(user_id, {})[one.interview_id, one.skill] = one
    return {user_id: list(found.values()) for user_id, found in given.items()}


def recent_overall(
    table: NDArray[np.float64], user_ids: Sequence[int], given: Mapping[int, Sequence[GivenVerdict]]
) -> list[str]:
    """Return the newest overall scores of each person of a table (skills, people, interviews) as JSON."""
    rows = list(overall(table))
    for row, user_id in enumerate(user_ids):
        if user_id in given:
            rows[row] = overall(_with_verdicts(table[:, row], given[user_id]))
    return [json.dumps(row[np.isfinite(row)][-RECENT:].round(_DECIMALS).tolist()) for row in rows]


def overall(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh scores along the first axis, the skills, as `skills.overall` does; NaN without any."""
    weights = np.isfinite(table) * _WEIGHTS.reshape(-1, *[1] * (table.ndim - 1))
    with np.errstate(invalid="ignore"):
        return np.asarray((weights * np.nan_to_num(table)).sum(axis=0) / weights.sum(axis=0))


def _with_verdicts(scores: NDArray[np.float64], given: Sequence[GivenVerdict]) -> NDArray[np.float64]:
    """Put verdicts in the places of scores (skills, interviews); one on an unscored interview comes between others."""
    columns = {(column, True, 0): of_interview.copy() for column, of_interview in enumerate(scores.T)}
    for one in given:
        place = (one.columns, True, 0) if one.scored else (one.columns, False, one.interview_id)
        of_interview = columns.setdefault(place, np.full(len(SKILL_KEYS), np.nan))
        score = score_of(one.level)
        of_interview[SKILL_KEYS.index(one.skill)] = np.nan if score is None else score
    return np.array([columns[place] for place in sorted(columns)]).T
