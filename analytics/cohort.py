"""What is learned from everybody: how scores bounce, how averages spread, and which trends stand in a list.

Learned when the summaries are prepared and again once enough candidates changed; kept as one row, so that a person's
page reads a few kilobytes instead of the cohort.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics import bulk, trends
from analytics.database import execute, now
from analytics.schema import candidate_scatter, candidate_summaries, cohort_figures
from analytics.skills import SKILL_KEYS

NAME: Final = "cohort"
# Learning again costs a pass over everybody; until this share of them changed, what was learned stands.
CHANGED_SHARE: Final = 0.02
FALSE_DISCOVERY_RATE: Final = 0.10
_QUANTILES: Final = np.linspace(0, 1, 201)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Figures learned from everybody, per skill; before anybody was seen, what is usual.

    `averages` are candidates' average scores at evenly spaced quantiles (0 to 100% in steps of a half), `sizes` how
    many candidates have one. `cutoff` is the largest p with which a trend stands in a list over everybody, at a false
    discovery rate of 10% (Benjamini and Hochberg 1995).
    """

    noise: Mapping[str, trends.CohortNoise]
    averages: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    cutoff: float = 0.0

    def __hash__(self) -> int:
        """Hash by what changes with every learning: the rest is kilobytes."""
        return hash((self.cutoff, tuple(self.sizes.items())))

    @property
    def people(self) -> int:
        """Count the candidates it was learned from."""
        return max(self.sizes.values(), default=0)

    def median(self, skill: str) -> float | None:
        """Give the median of the candidates' averages; None below the smallest cohort that is spoken of."""
        known = self.averages.get(skill, ())
        return known[len(known) // 2] if known and self.sizes[skill] >= trends.SMALLEST_COHORT else None

    def position(self, skill: str, average: float, half_width: float) -> trends.CohortPosition | None:
        """Place an average among the candidates'; None below the smallest cohort that is spoken of."""
        if self.sizes.get(skill, 0) < trends.SMALLEST_COHORT:
            return None
        place = trends.cohort_position(average, half_width, self.averages[skill])
        if place is None:
            return None
        # The best of twenty is better than nineteen and a half of them, whatever the quantiles say.
        end = 50 / self.sizes[skill]
        return trends.CohortPosition(*(min(max(at, end), 100 - end) for at in astuple(place)))


@cache
def usual() -> Cohort:
    """Give what is taken for granted before anybody was seen."""
    nobody = trends.learn_noise(np.empty((0, 0)))
    return Cohort(noise=dict.fromkeys(SKILL_KEYS, nobody))


def load(db: Session | Connection) -> Cohort:
    """Read what was learned."""
    stored = execute(db, sa.select(cohort_figures.c.value).where(cohort_figures.c.name == NAME)).scalar()
    return usual() if stored is None else _read(stored)


@lru_cache(maxsize=4)
def _read(stored: str) -> Cohort:
    value = json.loads(stored)
    return Cohort(
        noise={key: trends.CohortNoise(**noise) for key, noise in value["noise"].items()},
        averages={key: tuple(averages) for key, averages in value["averages"].items()},
        sizes=value["sizes"],
        cutoff=value["cutoff"],
    )


def learn_noise(connection: Connection) -> dict[str, trends.CohortNoise]:
    """Learn how scores bounce from the candidates' scatter."""
    learned = {}
    for key in SKILL_KEYS:
        scores, residual_sum, lag_sum = bulk.numbers(
            connection,
            sa.select(candidate_scatter.c.scores, candidate_scatter.c.residual_sum, candidate_scatter.c.lag_sum).where(
                candidate_scatter.c.skill == key
            ),
        ).T
        learned[key] = trends.combine_noise(
            trends.NoiseStatistics(
                scores.astype(np.int64), np.ascontiguousarray(residual_sum), np.ascontiguousarray(lag_sum)
            )
        )
    return learned


def learn(connection: Connection, noise: Mapping[str, trends.CohortNoise]) -> Cohort:
    """Learn the rest from the summaries and store it all."""
    columns = [candidate_summaries.c[key] for key in SKILL_KEYS]
    columns += [candidate_summaries.c[f"{key}_p"] for key in SKILL_KEYS]
    table = bulk.numbers(connection, sa.select(*columns).where(candidate_summaries.c.completed > 0))
    known = {key: table[:, place][np.isfinite(table[:, place])] for place, key in enumerate(SKILL_KEYS)}
    cohort = Cohort(
        noise=noise,
        averages={
            key: tuple(float(value) for value in np.quantile(values, _QUANTILES).round(4))
            for key, values in known.items()
            if len(values)
        },
        sizes={key: len(values) for key, values in known.items()},
        cutoff=_cutoff(table[:, len(SKILL_KEYS) :].ravel()),
    )
    save(connection, cohort)
    return cohort


def save(connection: Connection, cohort: Cohort) -> None:
    """Store what was learned, and begin counting changes anew."""
    value = json.dumps({**asdict(cohort), "noise": {key: asdict(noise) for key, noise in cohort.noise.items()}})
    execute(connection, sa.delete(cohort_figures).where(cohort_figures.c.name == NAME))
    execute(connection, sa.insert(cohort_figures).values(name=NAME, value=value, changed=0, learned_at=now()))


def count_changes(connection: Connection, changed: int) -> None:
    """Count candidates that changed since the cohort was learned."""
    execute(
        connection,
        sa.update(cohort_figures)
        .where(cohort_figures.c.name == NAME)
        .values(changed=cohort_figures.c.changed + changed),
    )


def is_due(connection: Connection, *, within: float = math.inf) -> bool:
    """Tell whether so many candidates changed that it is time to learn again; never beyond `within` candidates."""
    held = sa.select(cohort_figures.c.changed, cohort_figures.c.value).where(cohort_figures.c.name == NAME)
    found = execute(connection, held).first()
    people = _read(found.value).people if found else 0
    return people <= within and (found is None or found.changed >= max(CHANGED_SHARE * people, 1))


def _cutoff(p: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    standing = p[trends.benjamini_hochberg(p, q=FALSE_DISCOVERY_RATE)]
    return float(standing.max(initial=0.0))


SCATTER_COLUMNS: Final = ("user_id", "skill", "scores", "residual_sum", "lag_sum")


def scatter_rows(
    user_ids: Sequence[int], skill: str, statistics: trends.NoiseStatistics
) -> list[tuple[int, str, int, float, float]]:
    """Build the rows of `candidate_scatter` for these candidates, who stand in the order of the statistics."""
    columns = (statistics.n.tolist(), statistics.residual_sum.tolist(), statistics.lag_sum.tolist())
    return [
        (user_id, skill, n, residual_sum, lag_sum)
        for user_id, n, residual_sum, lag_sum in zip(user_ids, *columns, strict=True)
        if n
    ]
