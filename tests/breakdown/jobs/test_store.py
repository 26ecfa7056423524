"""Presses are bounded for one person within a day, and for all together."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import BudgetError, JobState
from analytics.columns import now
from analytics.database.schema import breakdown_jobs
from analytics.database.sessions import reading, writing
from tests.support import world
from tests.support.databases import Database

OWN = (101, 102, 103)


@pytest.fixture
def people(world: world.World) -> world.World:
    return world


def test_beyond_the_day_nobody_presses_and_a_day_later_they_do(database: Database, people: world.World) -> None:
    coach, engine = people.viewer("coach"), database.engine
    for left, interview_id in ((2, OWN[0]), (1, OWN[1])):
        with reading(engine) as db:
            assert store.budget(coach, db, 2).left == left
        store.request(coach, engine, interview_id, per_day=2)
    with pytest.raises(BudgetError, match="today's limit of 2 breakdowns"):
        store.request(coach, engine, OWN[2], per_day=2)
    assert len(store.open_jobs(engine)) == 2
    # What is under way already may be followed by anybody, and others have budgets of their own.
    assert store.request(coach, engine, OWN[0], per_day=2).pressed_by == "coach@example.org"
    assert store.request(people.viewer("admin"), engine, OWN[2], per_day=2).is_open
    with writing(engine) as connection:
        connection.execute(sa.update(breakdown_jobs).values(pressed_at=now() - timedelta(hours=25), finished_at=now()))
    assert store.request(coach, engine, OWN[2], per_day=2).state is JobState.WAITING


def test_a_full_queue_takes_nobody_but_who_runs_the_program(
    database: Database, people: world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_OPEN", 1)
    store.request(people.viewer("coach"), database.engine, OWN[0], per_day=50)
    with pytest.raises(BudgetError, match="waiting already"):
        store.request(people.viewer("admin"), database.engine, OWN[1], per_day=50)
    assert store.request(TRUSTED, database.engine, OWN[1]).is_open


def test_presses_at_the_same_moment_do_not_pass_the_bound(database: Database, people: world.World) -> None:
    coach, refused = people.viewer("coach"), []

    def press(interview_id: int) -> None:
        try:
            store.request(coach, database.engine, interview_id, per_day=1)
        except BudgetError as error:
            refused.append(error)

    pressing = [threading.Thread(target=press, args=(interview_id,)) for interview_id in OWN]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join()
    assert (len(store.open_jobs(database.engine)), len(refused)) == (1, 2)
