"""Durable jobs in a test: started on a database and a model server, followed until they end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from analytics.breakdown import FeedbackGenerator, ModelSettings, jobs
from analytics.breakdown.jobs import Job
from analytics.breakdown.running import Jobs
from analytics.schema import interviews
from tests.breakdown.doubles import conversation
from tests.parts.databases import Database
from tests.parts.secrets import API_KEY

SAMPLES = 2
# Four skills, each asked for points once and rated.
CALLS = 4 + 4 * SAMPLES


def model(url: str) -> ModelSettings:
    return ModelSettings(api_key=API_KEY, base_url=url, model="double", samples=SAMPLES, timeout=60, retries=0)


def give_conversations(database: Database) -> None:
    """Let every interview be one that can be assessed."""
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(conversation_history=conversation()))


@contextmanager
def working(database: Database, settings: ModelSettings | None = None, *, write_back: bool = True) -> Iterator[Jobs]:
    """Run durable jobs, by the offline analyst where no model is given."""
    generator = FeedbackGenerator(settings or ModelSettings())
    running = Jobs(lambda: database.engine, write_back=write_back, generator=lambda: generator)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def wait(found: Callable[[], bool], what: str, seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < give_up, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.02)


def job(database: Database, job_id: str) -> Job:
    with database.engine.connect() as connection:
        return jobs.by_id(connection, [job_id])[0]


def ended(database: Database, job_id: str) -> Job:
    """Wait for the end of a job."""
    wait(lambda: not job(database, job_id).is_open, "the end of a job")
    return job(database, job_id)
