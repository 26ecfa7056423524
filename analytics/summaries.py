"""One prepared row per candidate for the roster, kept up to date from what the triggers report as changed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection, Engine

from analytics import bulk, cohort, scores, tasks, trends
from analytics.database import execute, now, writing
from analytics.feedback import State
from analytics.schema import (
    candidate_scatter,
    candidate_summaries,
    interviews,
    skill_scores,
    stale_candidates,
    users,
)
from analytics.skills import SKILL_KEYS, SKILLS

BATCH: Final = 2_000
SCATTER_TASK: Final = "candidate_scatter"
TASK: Final = "candidate_summaries"
RECENT: Final = 12
_LONG_SECONDS: Final = 600
_DECIMALS: Final = 4
# Tables are as wide as the most interviews of anybody in them.
_MANY: Final = 500


def prepare(engine: Engine, report: Callable[[str], Callable[[int, int], None]]) -> None:
    """Summarise every candidate, batch by batch; goes on where an interrupted run stopped.

    Trends need the cohort's noise first, so there are two passes: everybody's scatter, then everybody's summary. What
    the triggers reported meanwhile comes last.
    """
    _each_batch(engine, SCATTER_TASK, report(SCATTER_TASK), scatter, _save_noise)
    _each_batch(engine, TASK, report(TASK), summarise, _learn)
    refreshed = BATCH
    while refreshed == BATCH:
        with writing(engine) as connection:
            refreshed = refresh(connection)


def _save_noise(connection: Connection) -> None:
    cohort.save(connection, cohort.Cohort(noise=cohort.learn_noise(connection)))


def _learn(connection: Connection) -> None:
    cohort.learn(connection, cohort.load(connection).noise)


def _each_batch(
    engine: Engine,
    task: str,
    report: Callable[[int, int], None],
    work: Callable[[Connection, Sequence[int]], None],
    conclude: Callable[[Connection], None],
) -> None:
    with writing(engine) as connection:
        if tasks.finished(connection, task):
            return
        last = tasks.begin(connection, task)
        count = sa.select(sa.func.count()).select_from(users)
        total = connection.execute(count).scalar_one()
        done = connection.execute(count.where(users.c.id <= last)).scalar_one()
    while True:
        with writing(engine, seconds=_LONG_SECONDS) as connection:
            _take_turn(connection)
            last = tasks.begin(connection, task)
            batch = sa.select(users.c.id).where(users.c.id > last).order_by(users.c.id).limit(BATCH)
            ids = connection.execute(batch).scalars().all()
            if not ids:
                conclude(connection)
                tasks.finish(connection, task)
                report(total, total)
                return
            work(connection, ids)
            tasks.advance(connection, task, ids[-1])
        done += len(ids)
        report(min(done, total), total)


_TURN: Final = sa.func.hashtext("skill_analytics.summaries")
_LEARNING: Final = sa.func.hashtext("skill_analytics.cohort")


def _take_turn(connection: Connection) -> None:
    """Let one process summarise at a time, so that an older reading never overwrites a newer one."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))


def _gets_turn(connection: Connection, turn: sa.Function[int]) -> bool:
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(turn))).scalar())


def refresh(connection: Connection, limit: int = BATCH) -> int:
    """Bring the candidates up to date that the triggers named, in the caller's transaction.

    Scores that a trigger could not write are read again first. Once enough candidates changed, a small cohort is
    learned again; a large one is left to `learn_again`. Returns how many reports were worked off; fewer than `limit`
    means that none is left, that the back-fill has not come to its end, or that another process is at it.
    """
    if execute(connection, sa.select(stale_candidates.c.id).limit(1)).first() is None:
        return 0
    if not tasks.finished(connection, TASK) or not _gets_turn(connection, _TURN):
        return 0
    oldest = sa.select(stale_candidates.c.id).order_by(stale_candidates.c.id).limit(limit)
    taken = execute(
        connection,
        sa.delete(stale_candidates)
        .where(stale_candidates.c.id.in_(oldest))
        .returning(stale_candidates.c.user_id, stale_candidates.c.interview_id),
    ).all()
    unread = sorted({report.interview_id for report in taken if report.interview_id is not None})
    if unread:
        scores.correct(connection, unread)
    changed = sorted({report.user_id for report in taken})
    scatter(connection, changed)
    summarise(connection, changed)
    cohort.count_changes(connection, len(changed))
    if cohort.is_due(connection, within=BATCH):
        cohort.learn(connection, cohort.learn_noise(connection))
    return len(taken)


def learn_again(engine: Engine) -> bool:
    """Learn a large cohort again once enough of its candidates changed; True when it was.

    Takes seconds for a hundred thousand candidates, so it belongs on nobody's way; refreshing goes on meanwhile.
    """
    with engine.connect() as connection:
        if not tasks.finished(connection, TASK) or not cohort.is_due(connection):
            return False
    with writing(engine, seconds=_LONG_SECONDS) as connection:
        if not _gets_turn(connection, _LEARNING) or not cohort.is_due(connection):
            return False
        cohort.learn(connection, cohort.learn_noise(connection))
    return True


class _Scores(NamedTuple):
    """Scores of some people, (skills, people, interviews) in interview order, NaN where there is none.

    `places` says where these people stand among those asked for, `last_failed` whose latest interview failed.
    """

    places: NDArray[np.intp]
    table: NDArray[np.float64]
    last_failed: NDArray[np.bool_]


def _read_scores(connection: Connection, user_ids: Sequence[int]) -> Iterator[_Scores]:
    """Read the scores of candidates whose ids ascend; somebody with a great many interviews comes alone."""
    place_of_skill = sa.case({key: place for place, key in enumerate(SKILL_KEYS)}, value=skill_scores.c.skill)
    statement = (
        sa.select(
            skill_scores.c.user_id,
            skill_scores.c.interview_id,
            place_of_skill,
            skill_scores.c.score,
            sa.case((skill_scores.c.state == State.FAILED, 1), else_=0),
        )
        .where(bulk.among(connection, skill_scores.c.user_id, user_ids))
        .order_by(skill_scores.c.user_id, skill_scores.c.completed_at, skill_scores.c.interview_id)
    )
    held = bulk.numbers(connection, statement)
    person = np.searchsorted(user_ids, held[:, 0])
    begins = (np.diff(held[:, 1], prepend=-1) != 0) | (np.diff(person, prepend=-1) != 0)
    counts = np.bincount(person[begins], minlength=len(user_ids))
    column = np.cumsum(begins) - 1 - (np.cumsum(counts) - counts)[person]
    skill = held[:, 2].astype(np.intp)
    last_failed = np.zeros(len(user_ids), dtype=np.bool_)
    last_failed[person[(column == counts[person] - 1) & (held[:, 4] == 1)]] = True
    many = np.flatnonzero(counts > _MANY)
    for places in (np.flatnonzero(counts <= _MANY), *many[:, None]):
        row = np.full(len(user_ids), -1)
        row[places] = np.arange(len(places))
        mine = row[person] >= 0
        table = np.full((len(SKILL_KEYS), len(places), int(counts[places].max(initial=0))), np.nan)
        table[skill[mine], row[person[mine]], column[mine]] = held[mine, 3]
        yield _Scores(places, table, last_failed[places])


def scatter(connection: Connection, user_ids: Sequence[int]) -> None:
    """Write how much the scores of these candidates, whose ids ascend, scatter."""
    if not user_ids:
        return
    execute(
        connection, sa.delete(candidate_scatter).where(bulk.among(connection, candidate_scatter.c.user_id, user_ids))
    )
    rows = [
        row
        for some in _read_scores(connection, user_ids)
        for key, table in zip(SKILL_KEYS, some.table, strict=True)
        for row in cohort.scatter_rows([user_ids[place] for place in some.places], key, trends.noise_statistics(table))
    ]
    bulk.load(connection, candidate_scatter, cohort.SCATTER_COLUMNS, rows)


def summarise(connection: Connection, user_ids: Sequence[int]) -> None:
    """Write the summaries of these candidates, whose ids ascend; one who no longer exists loses theirs."""
    if not user_ids:
        return
    people = connection.execute(
        sa.select(users.c.id, users.c.full_name, users.c.email, users.c.is_active)
        .where(bulk.among(connection, users.c.id, user_ids))
        .order_by(users.c.id)
    ).all()
    counts = {row.user_id: row for row in connection.execute(_counts(connection, user_ids))}
    noise = cohort.load(connection).noise
    moment = now()
    rows: list[tuple[Any, ...]] = []
    for some in _read_scores(connection, [person.id for person in people]):
        for place, figures in zip(some.places, _figures(some, noise), strict=True):
            person = people[place]
            name = (person.full_name or "").strip() or person.email
            counted = counts.get(person.id)
            rows.append(
                (
                    *(person.id, name, name.casefold()[:255], person.email, person.is_active),
                    *((counted.interviews, counted.completed, counted.last_interview_at) if counted else (0, 0, None)),
                    *figures,
                    moment,
                )
            )
    execute(
        connection,
        sa.delete(candidate_summaries).where(bulk.among(connection, candidate_summaries.c.user_id, user_ids)),
    )
    bulk.load(connection, candidate_summaries, _COLUMNS, rows)


def _counts(connection: Connection, user_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    done = interviews.c.status == "completed"
    date = sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at, type_=sa.DateTime(timezone=True))
    return (
        sa.select(
            interviews.c.user_id,
            sa.func.count().label("interviews"),
            sa.func.count(sa.case((done, 1))).label("completed"),
            sa.func.max(sa.case((done, date))).label("last_interview_at"),
        )
        .where(bulk.among(connection, interviews.c.user_id, user_ids))
        .group_by(interviews.c.user_id)
    )


_COLUMNS: Final = (
    *("user_id", "name", "sort_name", "email", "is_active", "interviews", "completed", "last_interview_at"),
    *("last_failed", "recent_overall", "overall", *SKILL_KEYS, "weakest", "lowest", "declining_p"),
    *(f"{key}_{figure}" for key in SKILL_KEYS for figure in ("label", "p", "current")),
    "refreshed_at",
)
# Of equally low averages the first by name is the weakest.
_BY_NAME: Final = sorted(SKILL_KEYS)
_BY_NAME_PLACES: Final = [SKILL_KEYS.index(key) for key in _BY_NAME]
_WEIGHTS: Final = np.array([skill.weight for skill in SKILLS])


def _figures(some: _Scores, noise: Mapping[str, trends.CohortNoise]) -> Iterator[tuple[Any, ...]]:
    """Give for each person the columns of a summary that come from scores, `last_failed` to the last trend's."""
    scored = np.isfinite(some.table)
    count = scored.sum(axis=2)
    with np.errstate(invalid="ignore"):
        averages = np.where(scored, some.table, 0.0).sum(axis=2) / count
    ranked = np.where(count > 0, averages, np.inf)[_BY_NAME_PLACES]
    place, lowest = ranked.argmin(axis=0), ranked.min(axis=0)
    weakest = [_BY_NAME[index] if np.isfinite(low) else None for index, low in zip(place, lowest, strict=True)]
    told = [trends.analyse(table, noise[key]) for key, table in zip(SKILL_KEYS, some.table, strict=True)]
    declining = [np.where(one.label == trends.DECLINING, one.p, np.inf) for one in told]
    return zip(
        some.last_failed.tolist(),
        _recent(_overall(some.table)),
        _known(_overall(averages)),
        *(_known(average) for average in averages),
        weakest,
        _known(lowest),
        _known(np.min(declining, axis=0)),
        *(column for one in told for column in (one.label.tolist(), _known(one.p), _known(one.current))),
        strict=True,
    )


def _overall(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh scores along the first axis, the skills, as `skills.overall` does; NaN where none is known."""
    weights = np.isfinite(table) * _WEIGHTS.reshape(-1, *[1] * (table.ndim - 1))
    with np.errstate(invalid="ignore"):
        return np.asarray((weights * np.nan_to_num(table)).sum(axis=0) / weights.sum(axis=0))


def _recent(overall: NDArray[np.float64]) -> list[str]:
    """Write the latest known scores of each person (people, interviews) as JSON."""
    rounded = overall.round(_DECIMALS)
    return [json.dumps(row[np.isfinite(row)][-RECENT:].tolist()) for row in rounded]


def _known(values: NDArray[np.float64]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]
