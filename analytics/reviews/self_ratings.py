"""Self-ratings, given before the scores are seen, and their difference from the scores over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access import orphans
from analytics.access.audit import record
from analytics.access.viewer import Viewer, scope
from analytics.coaching.access import CoachingError
from analytics.columns import now
from analytics.database.review_tables import self_ratings
from analytics.database.sessions import upsert
from analytics.formatting import signed_number
from analytics.interviewlab.tables import belongs, interviews
from analytics.reviews.owner import SettledError, require_own
from analytics.skills import BY_KEY, SKILL_KEYS
from analytics.trends.design import t_quantile

# With fewer the interval is wider than any difference that matters.
FEWEST_PAIRS: Final = 6
# Between two levels, on the scale of scores.
_STEP: Final = 0.25


@dataclass(frozen=True, slots=True)
class SelfView:
    """The mean difference of self-ratings and scores of a skill, over the `pairs` interviews that have both.

    `difference` and half its 95% interval, `error`, are None below `FEWEST_PAIRS`.
    """

    skill: str
    pairs: int
    difference: float | None = None
    error: float | None = None

    def sentence(self, *, own: bool) -> str:
        """Describe the difference, to the person or to a coach."""
        skill = BY_KEY[self.skill].label.lower()
        if self.difference is None or self.error is None:
            whose = "you rate yourself" if own else "they rate themselves"
            return (
                f"How {whose} in {skill}: cannot tell yet, {self.pairs} of {FEWEST_PAIRS} interviews have both numbers."
            )
        whose = "You rate yourself" if own else "They rate themselves"
        size = f"{abs(self.difference):.2f} ± {self.error:.2f}"
        if abs(self.difference) <= self.error:
            told = f"difference {signed_number(self.difference)}"
            return f"{whose} about as the scores do in {skill} ({told} ± {self.error:.2f})."
        return f"{whose} {'higher' if self.difference > 0 else 'lower'} by {size} in {skill}."


def rate_oneself(viewer: Viewer, db: Connection, interview_id: int, levels: Mapping[str, int | None]) -> None:
    """Store a person's self-rating of their own interview, once; a skill without a level is skipped.

    No level at all passes over the whole. Raises `CoachingError` for what cannot be kept, and `NotAllowedError` for
    anybody but the person interviewed.
    """
    user_id, created_at = require_own(viewer, db, interview_id)
    if unknown := set(levels) - set(SKILL_KEYS):
        raise CoachingError(f"There is no skill {min(unknown)!r}.")
    if any(level is not None and not 1 <= level <= 5 for level in levels.values()):
        raise CoachingError("A level is a whole number from 1 to 5.")
    orphans.remove(db, interview_id)
    shared = {"interview_id": interview_id, "user_id": user_id, "rated_by": viewer.actor}
    shared |= {"rated_at": max(now(), created_at)}
    rows = [{**shared, "skill": key, "level": levels.get(key)} for key in SKILL_KEYS]
    insert = upsert(db, self_ratings).values(rows).on_conflict_do_nothing().returning(self_ratings.c.skill)
    if db.execute(insert).first() is None:
        raise SettledError("You have already rated yourself in this interview, or skipped it.")
    rated = sum(level is not None for level in levels.values())
    record(db, viewer.actor, "rate_oneself", interview_id=interview_id, user_id=user_id, skills=rated)


def self_ratings_of(
    viewer: Viewer, db: Session | Connection, *, interview_id: int | None = None, user_id: int | None = None
) -> dict[int, dict[str, int | None]]:
    """Read a person's self-ratings by interview and skill; interviews without one are missing."""
    column = interviews.c.id if user_id is None else interviews.c.user_id
    statement = (
        sa.select(self_ratings.c.interview_id, self_ratings.c.skill, self_ratings.c.level)
        .join(interviews, interviews.c.id == self_ratings.c.interview_id)
        .where(
            column == (interview_id if user_id is None else user_id),
            belongs(self_ratings.c.rated_at),
            scope(viewer.role, interviews.c.user_id),
        )
    )
    rated: dict[int, dict[str, int | None]] = {}
    for row in db.execute(statement, dict(viewer.parameters)):
        rated.setdefault(row[0], {})[row[1]] = row[2]
    return rated


def self_views(
    rated: Mapping[int, Mapping[str, int | None]], scores: Mapping[tuple[int, str], float]
) -> tuple[SelfView, ...]:
    """Return, by skill, how self-ratings differ from scores; only skills that were ever rated.

    What lacks either number is left out. The interval is Student's t on the differences, whose variance is taken to be
    at least that of rounding to levels. In simulation it then holds the difference in at least .91, without it in .50.
    """
    views = []
    for key in SKILL_KEYS:
        levels = {number: skills[key] for number, skills in rated.items() if skills.get(key) is not None}
        differences = [
            (level - 1) / 4 - scores[number, key]
            for number, level in levels.items()
            if level is not None and (number, key) in scores
        ]
        if levels:
            views.append(_view(key, differences))
    return tuple(views)


def _view(skill: str, differences: Sequence[float]) -> SelfView:
    count = len(differences)
    if count < FEWEST_PAIRS:
        return SelfView(skill, count)
    mean = math.fsum(differences) / count
    variance = math.fsum((one - mean) ** 2 for one in differences) / (count - 1)
    # A few equal differences do not show that the next one is equal, too: rounding to levels alone scatters as much.
    variance = max(variance, _STEP**2 / 12)
    error = float(t_quantile(0.975, count - 1)) * math.sqrt(variance / count)
    return SelfView(skill, count, mean, error)
