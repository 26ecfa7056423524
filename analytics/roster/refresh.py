"""Keeps the summaries up to date: who takes the lock, and what is learned again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics import bridges, cohort
from analytics.database import progress
from analytics.database.errors import describe
from analytics.database.schema import candidate_summaries, stale_candidates
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import users
from analytics.roster import ranking
from analytics.roster.summaries import (
    _LONG_SECONDS,
    BATCH,
    SCATTER_TASK,
    TASK,
    _read_scores,
    _without_scores,
    scatter,
    summarise,
)
from analytics.scores import skill_scores as score_copies

_log = logging.getLogger(__name__)


def prepare(engine: Engine, report: Callable[[str], Callable[[int, int], None]]) -> None:
    """Summarise every candidate, batch by batch, resuming an interrupted run.

    Trends need the cohort's noise first, so there are two passes: everybody's scatter, then everybody's summary. What
    the triggers reported meanwhile comes last.
    """
    _each_batch(engine, SCATTER_TASK, report(SCATTER_TASK), scatter, _save_noise)
    summarised = _each_batch(engine, TASK, report(TASK), summarise, _learn)
    if summarised:
        # What is usual, and which declines stand in a list, is known only now.
        ranking.assess_everybody(engine)
    refreshed = BATCH
    while refreshed == BATCH:
        with writing(engine) as connection:
            refreshed = refresh(connection)


def _save_noise(connection: Connection) -> None:
    bridges.learn(connection)
    noise = cohort.learn_noise(connection)
    cohort.save(connection, cohort.Cohort(noise=noise.pooled, by_judge=noise.by_judge))


def _learn(connection: Connection) -> None:
    known = cohort.load(connection)
    cohort.learn(connection, cohort.Noise(dict(known.noise), {key: dict(of) for key, of in known.by_judge.items()}))


def _each_batch(
    engine: Engine,
    task: str,
    report: Callable[[int, int], None],
    work: Callable[[Connection, Sequence[int]], None],
    conclude: Callable[[Connection], None],
) -> bool:
    """Work through everybody, unless that is done; tells whether there was anything to do."""
    with writing(engine) as connection:
        if progress.is_finished(connection, task):
            return False
        last = progress.begin(connection, task)
        count = sa.select(sa.func.count()).select_from(users)
        total = connection.execute(count).scalar_one()
        done = connection.execute(count.where(users.c.id <= last)).scalar_one()
    while True:
        with writing(engine, seconds=_LONG_SECONDS) as connection:
            ranking.lock_summaries(connection)
            last = progress.begin(connection, task)
            batch = sa.select(users.c.id).where(users.c.id > last).order_by(users.c.id).limit(BATCH)
            ids = connection.execute(batch).scalars().all()
            if not ids:
                conclude(connection)
                progress.finish(connection, task)
                report(total, total)
                return True
            work(connection, ids)
            progress.advance(connection, task, ids[-1])
        done += len(ids)
        report(min(done, total), total)


_LEARNING: Final = sa.func.hashtext("skill_analytics.cohort")


def refresh(connection: Connection, limit: int = BATCH) -> int:
    """Summarise the candidates that the triggers marked as stale, in the caller's transaction.

    Scores that a trigger could not write are read again first. Once enough candidates changed, a small cohort is
    learned again, and its bridges once an interview of two judges changed; a large one is left to `learn_again`.
    Returns how many reports were worked off; fewer than `limit` means that none is left, that the back-fill has not
    come to its end, or that another process is at it.
    """
    if connection.execute(sa.select(stale_candidates.c.id).limit(1)).first() is None:
        return 0
    if not progress.is_finished(connection, TASK) or not ranking.try_lock_summaries(connection):
        return 0
    oldest = sa.select(stale_candidates.c.id).order_by(stale_candidates.c.id).limit(limit)
    taken = connection.execute(
        sa.delete(stale_candidates)
        .where(stale_candidates.c.id.in_(oldest))
        .returning(stale_candidates.c.user_id, stale_candidates.c.interview_id),
    ).all()
    unread = sorted({report.interview_id for report in taken if report.interview_id is not None})
    if unread:
        score_copies.correct(connection, unread)
    changed = sorted({report.user_id for report in taken})
    if bridges.note_changes(connection, changed) and cohort.load(connection).people <= BATCH:
        bridges.learn(connection)
    # Their scores lie scattered over a large table, so they are read once for both.
    scores = list(_read_scores(connection, changed))
    scatter(connection, changed, scores)
    summarise(connection, changed, scores, _without_scores(connection, taken))
    cohort.count_changes(connection, len(changed))
    if cohort.is_due(connection, within=BATCH):
        _learn_small(connection)
    return len(taken)


def _learn_small(connection: Connection) -> None:
    """Estimate a small cohort again; where its scores bounce otherwise now, everybody's summary is told by that.

    So the roster says of somebody what their page says, which is told by what was learned last.
    """
    noise, known = cohort.learn_noise(connection), cohort.load(connection)
    if not known.has_similar_noise(noise):
        cohort.save(connection, replace(known, noise=noise.pooled, by_judge=noise.by_judge))
        columns = candidate_summaries.c
        lacking = dict(connection.execute(sa.select(columns.user_id, columns.without_scores)).all())
        summarise(connection, list(lacking), without_scores=[user_id for user_id, count in lacking.items() if count])
    _learn(connection)
    ranking.assess_some(connection, sa.true(), candidate_summaries.c.user_id)


def refresh_stale(engine: Engine) -> None:
    """Summarise stale candidates if there are any; raises `DatabaseError`."""
    with reading(engine) as db:
        stale = db.execute(sa.select(stale_candidates.c.id).limit(1)).first()
    if stale is not None:
        with writing(engine) as connection:
            refresh(connection)


def try_refresh_stale(engine: Callable[[], Engine]) -> None:
    """Summarise stale candidates before the roster is read; a database that takes no changes is read as it stands."""
    try:
        refresh_stale(engine())
    except Exception as error:  # reading is what matters, and it reports by itself what it cannot do
        _log.warning("The roster was not brought up to date: %s", describe(error))


def learn_again(engine: Engine) -> bool:
    """Estimate a large cohort, or the bridges, again once enough has changed; returns whether it did.

    Takes seconds for a hundred thousand candidates, so it belongs on nobody's way; refreshing goes on meanwhile.
    """
    with reading(engine) as db:
        if not progress.is_finished(db, TASK) or not (cohort.is_due(db) or bridges.is_due(db)):
            return False
    with writing(engine, seconds=_LONG_SECONDS) as connection:
        if not ranking.try_lock(connection, _LEARNING):
            return False
        if bridges.is_due(connection):
            bridges.learn(connection)
        if not cohort.is_due(connection):
            return False
        cohort.learn(connection, cohort.learn_noise(connection))
    ranking.assess_everybody(engine)
    return True
