"""One prepared row per candidate for the roster, kept up to date from what the triggers report as changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from analytics import cohort, scores, tasks, trends
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
from analytics.skills import SKILL_KEYS, overall

BATCH: Final = 2_000
SCATTER_TASK: Final = "candidate_scatter"
TASK: Final = "candidate_summaries"
RECENT: Final = 12
_LONG_SECONDS: Final = 600
_DECIMALS: Final = 4


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


def _take_turn(connection: Connection) -> None:
    """Let one process summarise at a time, so that an older reading never overwrites a newer one."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))


def _gets_turn(connection: Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_TURN))).scalar())


def refresh(connection: Connection, limit: int = BATCH) -> int:
    """Bring the candidates up to date that the triggers named, in the caller's transaction.

    Scores that a trigger could not write are read again first. Once enough candidates changed, the cohort is learned
    again. Returns how many reports were worked off; fewer than `limit` means that none is left, that the back-fill has
    not come to its end, or that another process is at it.
    """
    if execute(connection, sa.select(stale_candidates.c.id).limit(1)).first() is None:
        return 0
    if not tasks.finished(connection, TASK) or not _gets_turn(connection):
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
    if cohort.count_changes(connection, len(changed)):
        cohort.learn(connection, cohort.learn_noise(connection))
    return len(taken)


class _Scores:
    """The scores of some candidates, as arrays of (people, interviews) per skill; NaN where there is none."""

    def __init__(self, connection: Connection, user_ids: Sequence[int]) -> None:
        statement = (
            sa.select(
                skill_scores.c.user_id,
                skill_scores.c.interview_id,
                skill_scores.c.skill,
                skill_scores.c.score,
                skill_scores.c.state,
            )
            .where(skill_scores.c.user_id.in_(user_ids))
            .order_by(skill_scores.c.user_id, skill_scores.c.completed_at, skill_scores.c.interview_id)
        )
        self.place = {user_id: row for row, user_id in enumerate(user_ids)}
        skill_place = {key: index for index, key in enumerate(SKILL_KEYS)}
        entries: list[tuple[int, int, int, float]] = []
        self.last_failed: dict[int, bool] = {}
        before, column, person = None, -1, None
        for user_id, interview_id, skill, score, state in execute(connection, statement):
            if user_id != person:
                person, column, before = user_id, -1, None
            if interview_id != before:
                before = interview_id
                column += 1
                self.last_failed[user_id] = False
            if score is not None:
                entries.append((skill_place[skill], self.place[user_id], column, score))
            elif state == State.FAILED:
                self.last_failed[user_id] = True
        width = max((entry[2] for entry in entries), default=-1) + 1
        self.table: NDArray[np.float64] = np.full((len(SKILL_KEYS), len(user_ids), width), np.nan)
        if entries:
            held = np.array(entries)
            skills, people, columns = held[:, :3].astype(np.int64).T
            self.table[skills, people, columns] = held[:, 3]

    def of(self, key: str) -> NDArray[np.float64]:
        """Give the scores of a skill."""
        return np.asarray(self.table[SKILL_KEYS.index(key)])


def scatter(connection: Connection, user_ids: Sequence[int]) -> None:
    """Write how much these candidates' scores scatter."""
    if not user_ids:
        return
    scores = _Scores(connection, user_ids)
    execute(connection, sa.delete(candidate_scatter).where(candidate_scatter.c.user_id.in_(user_ids)))
    rows = [
        row for key in SKILL_KEYS for row in cohort.scatter_rows(user_ids, key, trends.noise_statistics(scores.of(key)))
    ]
    if rows:
        execute(connection, sa.insert(candidate_scatter), rows)


def summarise(connection: Connection, user_ids: Sequence[int]) -> None:
    """Write the summaries of these candidates; one who no longer exists loses theirs."""
    if not user_ids:
        return
    people = connection.execute(
        sa.select(users.c.id, users.c.full_name, users.c.email, users.c.is_active)
        .where(users.c.id.in_(user_ids))
        .order_by(users.c.id)
    ).all()
    gone = set(user_ids) - {person.id for person in people}
    if gone:
        execute(connection, sa.delete(candidate_summaries).where(candidate_summaries.c.user_id.in_(sorted(gone))))
    if not people:
        return
    counts = {row.user_id: row for row in connection.execute(_counts(user_ids))}
    scores = _Scores(connection, [person.id for person in people])
    noise = cohort.load(connection).noise
    told = {key: trends.analyse(scores.of(key), noise[key]) for key in SKILL_KEYS}
    rows = [_summary(person, counts.get(person.id), scores, place, told) for place, person in enumerate(people)]
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(candidate_summaries)
    replaced = {column.name: column for column in statement.excluded if column.name != "user_id"}
    execute(connection, statement.on_conflict_do_update(index_elements=["user_id"], set_=replaced), rows)


def _counts(user_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    done = interviews.c.status == "completed"
    date = sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at, type_=sa.DateTime(timezone=True))
    return (
        sa.select(
            interviews.c.user_id,
            sa.func.count().label("interviews"),
            sa.func.count(sa.case((done, 1))).label("completed"),
            sa.func.max(sa.case((done, date))).label("last_interview_at"),
        )
        .where(interviews.c.user_id.in_(user_ids))
        .group_by(interviews.c.user_id)
    )


def _summary(
    person: Any, counts: Any, scores: _Scores, place: int, told: Mapping[str, trends.Trends]
) -> dict[str, Any]:
    name = (person.full_name or "").strip() or person.email
    averages = {key: _mean(scores.of(key)[place]) for key in SKILL_KEYS}
    ranked = sorted((average, key) for key, average in averages.items() if average is not None)
    p = {key: _figure(told[key].p[place]) for key in SKILL_KEYS}
    declining = [p[key] for key in SKILL_KEYS if told[key].label[place] == trends.DECLINING]
    return {
        "user_id": person.id,
        "name": name,
        "sort_name": name.casefold()[:255],
        "email": person.email,
        "is_active": person.is_active,
        "interviews": counts.interviews if counts else 0,
        "completed": counts.completed if counts else 0,
        "last_interview_at": counts.last_interview_at if counts else None,
        "overall": overall(averages),
        **averages,
        "weakest": ranked[0][1] if ranked else None,
        "lowest": ranked[0][0] if ranked else None,
        "recent_overall": json.dumps(_recent(scores.table[:, place])),
        "last_failed": scores.last_failed.get(person.id, False),
        "declining_p": min((value for value in declining if value is not None), default=None),
        **{f"{key}_label": int(told[key].label[place]) for key in SKILL_KEYS},
        **{f"{key}_p": value for key, value in p.items()},
        **{f"{key}_current": _figure(told[key].current[place]) for key in SKILL_KEYS},
        "refreshed_at": now(),
    }


def _recent(table: NDArray[np.float64]) -> list[float]:
    """Give the overall score of the latest interviews that have one, from (skills, interviews)."""
    recent: list[float] = []
    for column in range(table.shape[1] - 1, -1, -1):
        scores = {
            key: float(value) if np.isfinite(value) else None
            for key, value in zip(SKILL_KEYS, table[:, column], strict=True)
        }
        score = overall(scores)
        if score is not None:
            recent.append(round(score, _DECIMALS))
        if len(recent) == RECENT:
            break
    return recent[::-1]


def _mean(scores: NDArray[np.float64]) -> float | None:
    known = scores[np.isfinite(scores)]
    return float(known.mean()) if len(known) else None


def _figure(value: np.floating[Any]) -> float | None:
    return float(value) if np.isfinite(value) else None
