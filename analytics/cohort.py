"""What is learned from all candidates: the noise of scores, the spread of averages, and which trends are listed.

Learned when the summaries are prepared and again once enough candidates changed; kept as one row, so that a person's
page reads a few kilobytes instead of the cohort.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, replace
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics import bridges
from analytics.bridges import NO_BRIDGES, Bridges
from analytics.columns import now
from analytics.database import bulk
from analytics.database.schema import candidate_scatter, candidate_summaries, cohort_figures
from analytics.skills import SKILL_KEYS
from analytics.trends import analysis

NAME: Final = "cohort"
# Learning again costs a pass over everybody; until this share of them changed, what was learned stands.
CHANGED_SHARE: Final = 0.02
FALSE_DISCOVERY_RATE: Final = 0.10
# Fewer say nothing about how they scatter.
_FEWEST_SCORES: Final = 3
_QUANTILES: Final = np.linspace(0, 1, 201)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Figures learned from all candidates, per skill; defaults before there are any.

    `noise` is pooled over all judges, `by_judge` that of one judge's scores, by its key, where enough candidates have
    them. `averages` are candidates' average scores at evenly spaced quantiles (0 to 100% in steps of a half),
    `sizes` how many candidates have one. `cutoff` is the largest p with which a trend stands in a list over everybody,
    at a false discovery rate of 10% (Benjamini and Hochberg 1995). `bridges` lead from one judge's scores to another's.
    `crowds` are those told by the same judge, by its key; empty where one judge tells all.
    """

    noise: Mapping[str, analysis.CohortNoise]
    averages: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    cutoff: float = 0.0
    by_judge: Mapping[str, Mapping[str, analysis.CohortNoise]] = field(default_factory=dict)
    bridges: Bridges = NO_BRIDGES
    crowds: Mapping[str, Mapping[str, tuple[float, ...]]] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Hash by what changes with every learning: the rest is kilobytes."""
        return hash((self.cutoff, tuple(self.sizes.items())))

    def noise_of(self, skill: str, judge: str) -> analysis.CohortNoise:
        """Return the noise of a judge's scores of a skill, or the pooled noise where the judge has too few."""
        return self.by_judge.get(judge, {}).get(skill, self.noise[skill])

    def has_similar_noise(self, noise: Noise) -> bool:
        """Return whether two noises lead to practically the same figures."""
        if self.by_judge.keys() != noise.by_judge.keys():
            return False
        pairs = [(self.noise, noise.pooled), *((self.by_judge[key], noise.by_judge[key]) for key in noise.by_judge)]
        return all(
            one.keys() == other.keys() and all(one[skill].is_close(other[skill]) for skill in one)
            for one, other in pairs
        )

    @property
    def people(self) -> int:
        """Return the number of candidates it was learned from."""
        return max(self.sizes.values(), default=0)

    @property
    def has_several_judges(self) -> bool:
        """Return whether candidates are scored by more than one judge."""
        return bool(self.crowds)

    def median(self, skill: str, judge: str | None) -> float | None:
        """Return the median of the averages by one judge; None if these are too few."""
        size, averages = self._averages_by(judge, skill)
        return averages[len(averages) // 2] if size >= analysis.SMALLEST_COHORT else None

    def position(
        self, skill: str, judge: str | None, average: float, half_width: float
    ) -> analysis.CohortPosition | None:
        """Return the percentile of an average among those by the same judge; None if these are too few."""
        size, averages = self._averages_by(judge, skill)
        place = analysis.cohort_position(average, half_width, averages) if size >= analysis.SMALLEST_COHORT else None
        if place is None:
            return None
        # The best of twenty is better than nineteen and a half of them, whatever the quantiles say.
        end = 50 / size
        return analysis.CohortPosition(*(min(max(at, end), 100 - end) for at in astuple(place)))

    def _averages_by(self, judge: str | None, skill: str) -> tuple[float, Sequence[float]]:
        """Return how many averages a judge's scores give, and their quantiles: those by others are not comparable."""
        if self.crowds:
            size, *averages = self.crowds.get(judge or "", {}).get(skill, (0.0,))
            return size, averages
        return self.sizes.get(skill, 0), self.averages.get(skill, ())


@cache
def usual() -> Cohort:
    """Return the defaults used before anything was learned."""
    nobody = analysis.learn_noise(np.empty((0, 0)))
    return Cohort(noise=dict.fromkeys(SKILL_KEYS, nobody))


_STORED: Final = sa.select(cohort_figures.c.name, cohort_figures.c.value).where(
    cohort_figures.c.name.in_((NAME, bridges.NAME))
)


def load(db: Session | Connection) -> Cohort:
    """Read the stored cohort."""
    rows = db.execute(_STORED)
    stored = {row.name: row.value for row in rows}
    return _read(stored.get(NAME), stored.get(bridges.NAME))


@lru_cache(maxsize=4)
def _read(stored: str | None, crossings: str | None = None) -> Cohort:
    if stored is None:
        return replace(usual(), bridges=bridges.read(crossings))
    value = json.loads(stored)
    return Cohort(
        noise={key: analysis.CohortNoise(**noise) for key, noise in value["noise"].items()},
        averages={key: tuple(averages) for key, averages in value["averages"].items()},
        sizes=value["sizes"],
        cutoff=value["cutoff"],
        by_judge={
            judge: {key: analysis.CohortNoise(**noise) for key, noise in by_skill.items()}
            for judge, by_skill in value.get("by_judge", {}).items()
        },
        crowds={
            judge: {key: tuple(figures) for key, figures in by_skill.items()}
            for judge, by_skill in value.get("crowds", {}).items()
        },
        bridges=bridges.read(crossings),
    )


class Noise(NamedTuple):
    """The noise of scores by skill: pooled over all judges, and by judge where there is enough data."""

    pooled: dict[str, analysis.CohortNoise]
    by_judge: dict[str, dict[str, analysis.CohortNoise]]


def learn_noise(connection: Connection) -> Noise:
    """Estimate the noise of scores from the candidates' scatter."""
    learned = Noise({}, {})
    judges = connection.execute(sa.select(candidate_scatter.c.judge).distinct()).scalars().all()
    places = {judge: place for place, judge in enumerate(sorted(judges))}
    place: sa.ColumnElement[int] = sa.case(places, value=candidate_scatter.c.judge) if places else sa.literal(0)
    for key in SKILL_KEYS:
        numbers = bulk.numbers(
            connection,
            sa.select(
                candidate_scatter.c.scores, candidate_scatter.c.residual_sum, candidate_scatter.c.lag_sum, place
            ).where(candidate_scatter.c.skill == key),
        )
        learned.pooled[key] = _noise(numbers)
        for judge, at in places.items() if len(places) > 1 else ():
            theirs = numbers[numbers[:, 3] == at]
            if (theirs[:, 0] >= _FEWEST_SCORES).sum() >= analysis.SMALLEST_COHORT:
                learned.by_judge.setdefault(judge, {})[key] = _noise(theirs)
    return learned


def _noise(numbers: NDArray[np.float64]) -> analysis.CohortNoise:
    scores, residual_sum, lag_sum = numbers[:, :3].T
    return analysis.combine_noise(
        analysis.NoiseStatistics(
            scores.astype(np.int64), np.ascontiguousarray(residual_sum), np.ascontiguousarray(lag_sum)
        )
    )


def learn(connection: Connection, noise: Noise) -> Cohort:
    """Compute the other figures from the summaries and store everything."""
    columns = [candidate_summaries.c[key] for key in SKILL_KEYS]
    columns += [candidate_summaries.c[f"{key}_p"] for key in SKILL_KEYS]
    table = bulk.numbers(connection, sa.select(*columns).where(candidate_summaries.c.completed > 0))
    known = {key: table[:, place][np.isfinite(table[:, place])] for place, key in enumerate(SKILL_KEYS)}
    cohort = Cohort(
        noise=noise.pooled,
        by_judge=noise.by_judge,
        averages={key: _quantiles(values) for key, values in known.items() if len(values)},
        sizes={key: len(values) for key, values in known.items()},
        cutoff=_cutoff(table[:, len(SKILL_KEYS) :].ravel()),
        bridges=bridges.load(connection),
        crowds=_crowds(connection),
    )
    save(connection, cohort)
    return cohort


def _crowds(connection: Connection) -> dict[str, dict[str, tuple[float, ...]]]:
    """Measure the spread of averages told by the same judge: how many they are, then the quantiles."""
    judges = connection.execute(sa.select(candidate_scatter.c.judge).distinct()).scalars().all()
    crowds: dict[str, dict[str, tuple[float, ...]]] = {}
    for judge in sorted(judges) if len(judges) > 1 else ():
        for key in SKILL_KEYS:
            scatter = candidate_scatter.alias()
            theirs = sa.and_(
                scatter.c.user_id == candidate_summaries.c.user_id, scatter.c.skill == key, scatter.c.judge == judge
            )
            average = candidate_summaries.c[key]
            statement = sa.select(average).join(scatter, theirs).where(average.is_not(None))
            values = bulk.numbers(connection, statement)[:, 0]
            if len(values) >= analysis.SMALLEST_COHORT:
                crowds.setdefault(judge, {})[key] = (float(len(values)), *_quantiles(values))
    # With several judges and no crowd large enough nobody is placed; with one judge everybody is, among all.
    return crowds or ({"": {}} if len(judges) > 1 else {})


def _quantiles(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(value) for value in np.quantile(values, _QUANTILES).round(4))


def save(connection: Connection, cohort: Cohort) -> None:
    """Store what was learned, and reset the count of changes."""
    value = asdict(replace(cohort, bridges=NO_BRIDGES))
    del value["bridges"]
    connection.execute(sa.delete(cohort_figures).where(cohort_figures.c.name == NAME))
    connection.execute(
        sa.insert(cohort_figures).values(name=NAME, value=json.dumps(value), changed=0, learned_at=now())
    )


def count_changes(connection: Connection, changed: int) -> None:
    """Count candidates that changed since the cohort was learned."""
    connection.execute(
        sa.update(cohort_figures)
        .where(cohort_figures.c.name == NAME)
        .values(changed=cohort_figures.c.changed + changed),
    )


def is_due(connection: Session | Connection, *, within: float = math.inf) -> bool:
    """Return whether enough candidates have changed to learn again; never beyond `within` candidates."""
    statement = sa.select(cohort_figures.c.changed, cohort_figures.c.value).where(cohort_figures.c.name == NAME)
    row = connection.execute(statement).first()
    people = _read(row.value).people if row else 0
    return people <= within and (row is None or row.changed >= max(CHANGED_SHARE * people, 1))


def _cutoff(p: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    standing = p[analysis.benjamini_hochberg(p, q=FALSE_DISCOVERY_RATE)]
    return float(standing.max(initial=0.0))


SCATTER_COLUMNS: Final = ("user_id", "skill", "scores", "residual_sum", "lag_sum", "judge")


def scatter_rows(
    user_ids: Sequence[int], skill: str, statistics: analysis.NoiseStatistics, judges: Sequence[str]
) -> list[tuple[int, str, int, float, float, str]]:
    """Build the rows of `candidate_scatter` for these candidates, in the order of the statistics."""
    columns = (statistics.n.tolist(), statistics.residual_sum.tolist(), statistics.lag_sum.tolist())
    return [
        (user_id, skill, n, residual_sum, lag_sum, judge)
        for user_id, n, residual_sum, lag_sum, judge in zip(user_ids, *columns, judges, strict=True)
        if n
    ]
