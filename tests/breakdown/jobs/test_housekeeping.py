"""What is done beside the pages: lines of the log that name the job they belong to, and retention once an hour."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from analytics import observability, privacy, runtime
from analytics.breakdown import running, workflow
from analytics.breakdown.jobs import JobState
from analytics.database import execute, session
from analytics.schema import audit, breakdown_versions
from analytics.settings import Settings
from tests.breakdown.durable import ended, give_conversations, model, wait, working
from tests.parts.databases import Database
from tests.parts.model_server import ModelServer
from tests.parts.world import World, populate
from tests.security.test_privacy import version

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(running, "_TICK_SECONDS", 0.05)


@pytest.fixture
def people(database: Database) -> World:
    made = populate(database)
    give_conversations(database)
    return made


class Lines(logging.Handler):
    """Keeps the lines as the program would write them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(observability.formatter("json"))
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
    told = [line for line in lines.written if line["logger"] == "analytics.breakdown.analyst"]
    # The calls of one job are made side by side, in threads that other jobs use too.
    for job in pressed:
        assert len([line for line in told if line.get("job_id") == job.id]) >= 4
    assert {line.get("job_id") for line in told} == {job.id for job in pressed}


def old_versions(database: Database) -> None:
    with database.engine.begin() as connection:
        rows = [version(101, number, age) for number, age in ((1, 400), (2, 300), (3, 5), (4, 1))]
        execute(connection, sa.insert(breakdown_versions), rows)


def numbers(database: Database) -> list[int]:
    with session(database.engine) as db:
        return list(execute(db, sa.select(breakdown_versions.c.number).order_by(breakdown_versions.c.number)).scalars())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often old breakdowns were looked for, and with how many days."""
    calls: list[int] = []
    expire = privacy.expire

    def count(engine: sa.Engine, days: int) -> int:
        calls.append(days)
        return expire(engine, days)

    monkeypatch.setattr(privacy, "expire", count)
    return calls


class Ticks:
    """Counts how often the jobs' own thread has looked around."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        tick = running.Jobs._tick

        def counted(jobs: running.Jobs) -> None:
            tick(jobs)
            self.count += 1

        monkeypatch.setattr(running.Jobs, "_tick", counted)

    def some_more(self, many: int = 5) -> None:
        until = self.count + many
        wait(lambda: self.count >= until, "the jobs' own thread")


def test_old_breakdowns_are_deleted_at_the_start_and_then_once_an_hour(
    database: Database, people: World, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    old_versions(database)
    monkeypatch.setattr(runtime, "settings", lambda: Settings(retention_days=100))
    ticks = Ticks(monkeypatch)
    with working(database) as at_work:
        wait(lambda: numbers(database) == [3, 4], "the old breakdowns to go")
        ticks.some_more()
        assert asked == [100]
        # An hour goes by.
        at_work._cleaned -= timedelta(minutes=59)
        ticks.some_more()
        assert asked == [100]
        at_work._cleaned -= timedelta(minutes=2)
        wait(lambda: asked == [100, 100], "the next time")
        ticks.some_more()
        assert asked == [100, 100]
    with session(database.engine) as db:
        assert execute(db, sa.select(sa.func.count()).where(audit.c.action == "retention")).scalar() == 1


def test_without_the_setting_everything_is_kept(
    database: Database, people: World, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    old_versions(database)
    monkeypatch.setattr(runtime, "settings", lambda: Settings())
    ticks = Ticks(monkeypatch)
    with working(database):
        ticks.some_more(3)
    assert (asked, numbers(database)) == ([], [1, 2, 3, 4])
