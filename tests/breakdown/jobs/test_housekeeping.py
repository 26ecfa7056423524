"""What is done beside the pages: lines of the log that name the job they belong to, and retention once an hour."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from analytics import runtime
from analytics.access import personal_data
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.jobs.worker import Task
from analytics.breakdown.versions import save
from analytics.database.schema import audit, breakdown_versions
from analytics.database.sessions import reading
from analytics.observability import logs
from analytics.settings import Settings
from tests.support.databases import Database
from tests.support.jobs import QUICK, ended, model, working
from tests.support.model_server import ModelServer
from tests.support.waiting import wait_until
from tests.support.world import World, version

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


class Lines(logging.Handler):
    """Keeps the lines as the program would write them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.formatter("json"))
        self.written: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(json.loads(self.format(record)))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_every_line_of_a_real_job_names_it(database: Database, people: World, lines: Lines) -> None:
    refusing = ModelServer([{"status": 401, "code": "invalid_api_key"}] * 40)
    with refusing as server, working(database, model(server.url)) as at_work:
        pressed = [at_work.press(people.viewer("admin"), interview) for interview in (101, 102)]
        done = [ended(database, job.id) for job in pressed]
    assert {job.state for job in done} == {JobState.FAILED}
    told = [line for line in lines.written if line["logger"] == "analytics.breakdown.llm.client"]
    # The calls of one job are made side by side, in threads that other jobs use too.
    for job in pressed:
        assert len([line for line in told if line.get("job_id") == job.id]) >= 4
    assert {line.get("job_id") for line in told} == {job.id for job in pressed}


def old_versions(database: Database) -> None:
    with database.engine.begin() as connection:
        rows = [version(101, number, age) for number, age in ((1, 400), (2, 300), (3, 5), (4, 1))]
        connection.execute(sa.insert(breakdown_versions), rows)


def numbers(database: Database) -> list[int]:
    with reading(database.engine) as db:
        return list(db.execute(sa.select(breakdown_versions.c.number).order_by(breakdown_versions.c.number)).scalars())


class Rounds:
    """Counts how often a task beside the jobs is done."""

    def __init__(self, task: Task = lambda engine: None) -> None:
        self.count = 0
        self._task = task

    def __call__(self, engine: sa.Engine) -> None:
        self._task(engine)
        self.count += 1

    def some_more(self, many: int = 5) -> None:
        until = self.count + many
        wait_until(lambda: self.count >= until, "the jobs' own thread")


OFTEN = replace(QUICK, tick=0.05)


def test_hourly_tasks_are_done_at_the_start_and_not_in_every_round(database: Database, people: World) -> None:
    old_versions(database)
    rounds, expiry = Rounds(), Rounds(partial(personal_data.expire, days=100))
    with working(database, times=OFTEN, housekeeping=[rounds], hourly=[expiry]):
        wait_until(lambda: numbers(database) == [3, 4], "the old breakdowns to go")
        rounds.some_more()
        assert expiry.count == 1
    with reading(database.engine) as db:
        assert db.execute(sa.select(sa.func.count()).where(audit.c.action == "retention")).scalar() == 1


def test_hourly_tasks_are_done_though_what_is_gone_cannot_be_removed(
    database: Database, people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(engine: sa.Engine) -> int:
        raise sa.exc.IntegrityError("DELETE", {}, Exception("a row refers to it"))

    monkeypatch.setattr(save, "forget_deleted", fail)
    old_versions(database)
    with working(database, times=OFTEN, hourly=[partial(personal_data.expire, days=100)]) as at_work:
        wait_until(lambda: numbers(database) == [3, 4], "the old breakdowns to go")
        wait_until(lambda: at_work.unavailable() is None, "the jobs to run")


def test_hourly_tasks_are_done_again_when_their_time_has_come(database: Database, people: World) -> None:
    rounds, expiry = Rounds(), Rounds(partial(personal_data.expire, days=100))
    with working(database, times=replace(OFTEN, cleaning=0.0), housekeeping=[rounds], hourly=[expiry]):
        rounds.some_more(2)
        old_versions(database)
        wait_until(lambda: numbers(database) == [3, 4], "the old breakdowns to go")
        assert expiry.count > 1


def test_a_task_that_fails_stops_neither_the_others_nor_the_jobs(
    database: Database, people: World, lines: Lines
) -> None:
    def fail(engine: sa.Engine) -> None:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("gone away"))

    rounds = Rounds()
    with working(database, times=OFTEN, housekeeping=[fail, rounds]) as at_work:
        rounds.some_more(2)
        pressed = at_work.press(people.viewer("admin"), 101)
        assert ended(database, pressed.id).state is JobState.FINISHED
        assert at_work.unavailable() is None
    assert any("could not be done yet" in json.dumps(line) for line in lines.written)


@pytest.mark.parametrize(("days", "kept"), [(None, [1, 2, 3, 4]), (100, [3, 4])])
def test_the_program_expires_only_where_days_are_set(
    database: Database, people: World, monkeypatch: pytest.MonkeyPatch, days: int | None, kept: list[int]
) -> None:
    old_versions(database)
    monkeypatch.setattr(runtime, "settings", lambda: Settings(database_url=database.url, retention_days=days))
    monkeypatch.setattr(runtime, "direct_engine", lambda: database.engine)
    runtime.jobs.cache_clear()
    at_work = runtime.jobs()
    runtime.jobs.cache_clear()
    at_work.start()
    try:
        wait_until(lambda: at_work.unavailable() is None, "the jobs to run")
    finally:
        at_work.stop()
    assert numbers(database) == kept
