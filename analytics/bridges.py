"""Bridges between judges: measured on the interviews two of them scored, and stored for all trends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.columns import now
from analytics.database import bulk
from analytics.database.judge_tables import version_scores
from analytics.database.schema import breakdown_versions, cohort_figures, stale_candidates
from analytics.database.sharing_tables import private_interviews
from analytics.interviewlab.tables import interviews
from analytics.trends.bridge import FEWEST_PAIRS, STEPS, Bridge, bridge_of, coarsest_step

NAME: Final = "bridges"


class SkillBridge(NamedTuple):
    """A bridge for a skill and two judges; it leads from the one whose key sorts first."""

    skill: str
    source: str
    target: str
    bridge: Bridge


@dataclass(frozen=True, slots=True)
class Bridges:
    """All measured bridges."""

    crossings: tuple[SkillBridge, ...]

    def find(self, skill: str, source: str, target: str) -> Bridge | None:
        """Return the bridge from one judge's scale to another's for a skill; None if too few interviews have both.

        Measured is only between the two themselves: over a third judge errors add up unseen.
        """
        for crossing in self.crossings:
            if crossing.skill == skill:
                bridge = crossing.bridge
                if (crossing.source, crossing.target) == (source, target):
                    return bridge
                if (crossing.target, crossing.source) == (source, target):
                    return Bridge(-bridge.offset, bridge.sd_error, bridge.pairs, bridge.df)
        return None


@dataclass(frozen=True, slots=True)
class OneScale:
    """Scores of a skill on one judge's scale, in the given order; None where a score is left out.

    `crossed` are the bridges over which other judges' scores were moved, by these judges.
    """

    judge: str | None
    scores: Sequence[float | None]
    crossed: Mapping[str, Bridge]


NO_BRIDGES: Final = Bridges(())


def on_one_scale(skill: str, given: Sequence[tuple[str, float]], bridges: Bridges) -> OneScale:
    """Convert scores to the scale of the last one's judge, as far as there are bridges.

    The last stands for the present: whoever scores an old interview again does not change what all others are told by.
    """
    if not given:
        return OneScale(None, [], {})
    judge = given[-1][0]
    found = {other: bridges.find(skill, other, judge) for other in {other for other, _ in given} - {judge}}
    crossed = {other: bridge for other, bridge in found.items() if bridge is not None}
    scores = [score if by == judge else _cross(score, crossed.get(by)) for by, score in given]
    return OneScale(judge, scores, crossed)


def _cross(score: float, bridge: Bridge | None) -> float | None:
    return None if bridge is None else move(score, bridge.offset)


def move(score: float, offset: float) -> float:
    """Add an offset to a score, which stays between 0 and 1."""
    return min(max(score + offset, 0.0), 1.0)


def measure(connection: Connection) -> Bridges:
    """Measure every bridge; each judge's newest score of an interview counts."""
    judged = version_scores.c
    several = (
        sa.select(judged.interview_id)
        # What somebody keeps to themselves teaches nothing about others.
        .where(judged.interview_id.not_in(sa.select(private_interviews.c.interview_id)))
        .group_by(judged.interview_id)
        .having(sa.func.min(judged.judge) < sa.func.max(judged.judge))
    )
    latest = sa.func.row_number().over(
        partition_by=(judged.interview_id, judged.skill, judged.judge), order_by=breakdown_versions.c.number.desc()
    )
    scores = (
        sa.select(judged.interview_id, judged.skill, judged.judge, judged.score, latest.label("place"))
        .join(breakdown_versions, breakdown_versions.c.id == judged.version_id)
        .where(judged.interview_id.in_(several))
        .cte("scores")
    )
    first, second = scores.alias("first"), scores.alias("second")
    difference = second.c.score - first.c.score
    pairs = sa.func.count()
    off = [sa.func.max(_off(first.c.score, step)) + sa.func.max(_off(second.c.score, step)) for step in STEPS]
    statement = (
        sa.select(
            first.c.skill, first.c.judge, second.c.judge, pairs, sa.func.avg(difference),
            sa.func.avg(difference * difference), *off,
        )
        .select_from(first)
        .join(
            second,
            sa.and_(
                second.c.interview_id == first.c.interview_id,
                second.c.skill == first.c.skill,
                second.c.judge > first.c.judge,
            ),
        )
        .where(first.c.place == 1, second.c.place == 1)
        .group_by(first.c.skill, first.c.judge, second.c.judge)
        .having(pairs >= FEWEST_PAIRS)
        .order_by(first.c.skill, first.c.judge, second.c.judge)
    )  # fmt: skip
    return Bridges(
        tuple(
            SkillBridge(
                skill,
                source,
                target,
                bridge_of(count, float(mean), float(square) - float(mean) ** 2, coarsest_step(off)),
            )
            for skill, source, target, count, mean, square, *off in connection.execute(statement)
        )
    )


def _off(score: sa.ColumnElement[float], step: float) -> sa.ColumnElement[float]:
    """Build how far a score is from a scale of so large steps, in steps."""
    steps = score / sa.literal(step, sa.Double())
    return sa.func.abs(steps - sa.func.round(steps))


def learn(connection: Connection) -> Bridges:
    """Measure the bridges again and store them; candidates whom a new one, or one that moved, concerns become stale."""
    former = load(connection)
    measured = _keep_close(former, measure(connection))
    connection.execute(sa.delete(cohort_figures).where(cohort_figures.c.name == NAME))
    connection.execute(
        sa.insert(cohort_figures).values(name=NAME, value=_write(measured), changed=0, learned_at=now()),
    )
    if changed := set(former.crossings) ^ set(measured.crossings):
        concerned = (
            sa.select(interviews.c.user_id)
            .distinct()
            .join(version_scores, version_scores.c.interview_id == interviews.c.id)
            .where(version_scores.c.judge.in_({judge for one in changed for judge in (one.source, one.target)}))
        )
        connection.execute(sa.insert(stale_candidates).from_select(["user_id"], concerned))
    return measured


def _keep_close(former: Bridges, measured: Bridges) -> Bridges:
    """Keep former bridges that have hardly moved.

    Everybody they concern stays summarised by them. Their pages then say the same, and many small moves add up to one.
    """
    known = {crossing[:3]: crossing for crossing in former.crossings}
    pairs = ((known.get(crossing[:3], crossing), crossing) for crossing in measured.crossings)
    return Bridges(tuple(old if old.bridge.is_close(new.bridge) else new for old, new in pairs))


def load(connection: Connection) -> Bridges:
    """Read the stored bridges."""
    return read(connection.execute(sa.select(cohort_figures.c.value).where(cohort_figures.c.name == NAME)).scalar())


@lru_cache(maxsize=4)
def read(stored: str | None) -> Bridges:
    """Parse stored bridges."""
    if stored is None:
        return NO_BRIDGES
    return Bridges(
        tuple(
            SkillBridge(skill, source, target, Bridge(*figures))
            for skill, source, target, figures in json.loads(stored)
        ),
    )


def note_changes(connection: Connection, user_ids: Sequence[int]) -> bool:
    """Mark the bridges as due if any of these candidates has an interview scored by two judges."""
    judged = version_scores.c
    several = (
        sa.select(judged.interview_id)
        .join(interviews, interviews.c.id == judged.interview_id)
        .where(bulk.among(connection, interviews.c.user_id, user_ids))
        .group_by(judged.interview_id)
        .having(sa.func.min(judged.judge) < sa.func.max(judged.judge))
        .limit(1)
    )
    if connection.execute(several).first() is None:
        return False
    connection.execute(sa.update(cohort_figures).where(cohort_figures.c.name == NAME).values(changed=1))
    return True


def is_due(connection: Any) -> bool:
    """Return whether another judge has scored an interview since the bridges were measured."""
    changed = connection.execute(sa.select(cohort_figures.c.changed).where(cohort_figures.c.name == NAME)).scalar()
    return changed is None or changed > 0


def _write(bridges: Bridges) -> str:
    return json.dumps([(*crossing[:3], astuple(crossing.bridge)) for crossing in bridges.crossings])
