"""One prepared row per candidate for the roster, kept up to date from what the triggers report as changed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
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
    # Their scores lie scattered over a large table, so they are read once for both.
    held = list(_read_scores(connection, changed))
    scatter(connection, changed, held)
    summarise(connection, changed, held, _without_scores(connection, taken))
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


def scatter(connection: Connection, user_ids: Sequence[int], held: Iterable[_Scores] | None = None) -> None:
    """Write how much the scores of these candidates, whose ids ascend, scatter; `held` are the scores if read."""
    if not user_ids:
        return
    execute(
        connection, sa.delete(candidate_scatter).where(bulk.among(connection, candidate_scatter.c.user_id, user_ids))
    )
    rows = [
        row
        for some in held or _read_scores(connection, user_ids)
        for key, table in zip(SKILL_KEYS, some.table, strict=True)
        for row in cohort.scatter_rows([user_ids[place] for place in some.places], key, trends.noise_statistics(table))
    ]
    bulk.load(connection, candidate_scatter, cohort.SCATTER_COLUMNS, rows)


def _without_scores(connection: Connection, reports: Sequence[sa.Row[tuple[int, int | None]]]) -> set[int]:
    """Name the reported candidates who may have completed interviews without scores.

    In PostgreSQL these are those who had some when they were last summarised, and those of whom a trigger reported one
    since; a change whose report is not among these is looked at when that one is taken.
    """
    changed = {report.user_id for report in reports}
    if connection.dialect.name != "postgresql":
        return changed
    columns = candidate_summaries.c
    none = sa.select(columns.user_id).where(
        bulk.among(connection, columns.user_id, sorted(changed)), columns.without_scores == 0
    )
    named = {report.user_id for report in reports if report.interview_id is not None}
    return changed.difference(execute(connection, none).scalars()) | named


def summarise(
    connection: Connection,
    user_ids: Sequence[int],
    held: Iterable[_Scores] | None = None,
    without_scores: Collection[int] | None = None,
) -> None:
    """Write the summaries of these candidates; one who no longer exists loses theirs.

    `held` are their scores, in the order of their ids, if they have been read; `without_scores` are the candidates who
    may have completed interviews without scores, all of them if it is not known.
    """
    if not user_ids:
        return
    user_ids = sorted(user_ids)
    people = {
        person.id: person
        for person in connection.execute(
            sa.select(users.c.id, users.c.full_name, users.c.email, users.c.is_active).where(
                bulk.among(connection, users.c.id, user_ids)
            )
        )
    }
    counts = _count(connection, user_ids, user_ids if without_scores is None else without_scores)
    noise = cohort.load(connection).noise
    moment = now()
    rows: list[tuple[Any, ...]] = []
    for some in held or _read_scores(connection, user_ids):
        for place, figures in zip(some.places, _figures(some, noise), strict=True):
            person = people.get(user_ids[place])
            if person is None:
                continue
            name = (person.full_name or "").strip() or person.email
            count = counts.get(person.id, _NO_INTERVIEWS)
            rows.append(
                (
                    *(person.id, name, name.casefold()[:255], person.email, person.is_active),
                    *count[:3],
                    *figures,
                    *(moment, count.without_scores),
                )
            )
    execute(
        connection,
        sa.delete(candidate_summaries).where(bulk.among(connection, candidate_summaries.c.user_id, user_ids)),
    )
    bulk.load(connection, candidate_summaries, _COLUMNS, rows)


class _Count(NamedTuple):
    """How many interviews somebody has, how many of them completed, the latest of these, and how many lack scores."""

    interviews: int
    completed: int
    latest: datetime | None
    without_scores: int


_NO_INTERVIEWS: Final = _Count(0, 0, None, 0)


def _count(connection: Connection, user_ids: Sequence[int], without_scores: Collection[int]) -> dict[int, _Count]:
    """Count the interviews of candidates; `without_scores` may have completed ones that have no scores.

    Interviews are wide rows, scattered over a table of any size. How many somebody has, and how many with scores, two
    indexes tell; only interviews of those who may have others are looked at.
    """
    every = (
        sa.select(interviews.c.user_id, sa.func.count().label("number"))
        .where(bulk.among(connection, interviews.c.user_id, user_ids))
        .group_by(interviews.c.user_id)
        .cte()
    )
    scored = _with_scores(connection, user_ids)
    told = sa.select(every.c.user_id, every.c.number, sa.func.coalesce(scored.c.number, 0), scored.c.latest)
    told = told.outerjoin_from(every, scored, scored.c.user_id == every.c.user_id)
    counts = {
        user_id: _Count(number, completed, latest, 0)
        for user_id, number, completed, latest in execute(connection, told)
    }
    others = [
        user_id
        for user_id in without_scores
        if user_id in counts and counts[user_id].completed < counts[user_id].interviews
    ]
    if others:
        done = interviews.c.status == "completed"
        date = sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at, type_=sa.DateTime(timezone=True))
        every = (
            sa.select(
                interviews.c.user_id,
                sa.func.count().label("number"),
                sa.func.count(sa.case((done, 1))).label("completed"),
                sa.func.max(sa.case((done, date))).label("latest"),
            )
            .where(bulk.among(connection, interviews.c.user_id, others))
            .group_by(interviews.c.user_id)
            .cte()
        )
        scored = _with_scores(connection, others)
        # Of one moment, or somebody whose interviews change just now could seem to have none without scores.
        lacking = every.c.completed - sa.func.coalesce(scored.c.number, 0)
        looked_at = sa.select(every.c.user_id, every.c.number, every.c.completed, every.c.latest, lacking)
        looked_at = looked_at.outerjoin_from(every, scored, scored.c.user_id == every.c.user_id)
        counts |= {user_id: _Count(*count) for user_id, *count in execute(connection, looked_at)}
    return counts


def _with_scores(connection: Connection, user_ids: Sequence[int]) -> sa.CTE:
    """Count the interviews with scores of each of these candidates, and find the date of the latest."""
    return (
        sa.select(
            skill_scores.c.user_id,
            sa.func.count(skill_scores.c.interview_id.distinct()).label("number"),
            sa.func.max(skill_scores.c.completed_at).label("latest"),
        )
        .where(bulk.among(connection, skill_scores.c.user_id, user_ids))
        .group_by(skill_scores.c.user_id)
        .cte()
    )


_COLUMNS: Final = (
    *("user_id", "name", "sort_name", "email", "is_active", "interviews", "completed", "last_interview_at"),
    *("last_failed", "recent_overall", "overall", *SKILL_KEYS, "weakest", "lowest", "declining_p"),
    *(f"{key}_{figure}" for key in SKILL_KEYS for figure in ("label", "p", "current")),
    *("refreshed_at", "without_scores"),
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
