"""Durable jobs in a test: started on a database and a model server, followed until they end."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown import FeedbackGenerator, ModelSettings
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.context import JobTimes
from analytics.breakdown.jobs.job import Job
from analytics.breakdown.jobs.preparation import Preparation
from analytics.breakdown.jobs.worker import JobWorker, Task
from analytics.breakdown.versions import shown
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from tests.support.databases import Database
from tests.support.doubles import conversation
from tests.support.secrets import API_KEY
from tests.support.waiting import wait_until


class KeptPreparation(Preparation):
    """Keeps its child processes when a worker stops, for the next one; they end with the process of the tests.

    A process that has just been started imports for longer than most jobs take, and none knows what it has prepared.
    """

    def close(self) -> None:
        """Keep what is idle."""


_PREPARATION = KeptPreparation()
atexit.register(Preparation.close, _PREPARATION)
# No test waits for the next look.
QUICK = JobTimes(poll=0.05, tick=0.3, cancellation=0.05, batch=0.05)
SAMPLES = 2
# Claims of four skills, their support, levels in two orders and by the claims alone.
CALLS = 4 + 1 + 2 + 1


def model(url: str) -> ModelSettings:
    return ModelSettings(api_key=API_KEY, base_url=url, model="double", samples=SAMPLES, timeout=60, retries=0)


def give_conversations(database: Database) -> None:
    """Let every interview be one that can be assessed."""
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(conversation_history=conversation()))


def version_numbers(database: Database, interview_id: int) -> list[int]:
    """List the numbers of an interview's versions, the newest first."""
    with reading(database.engine) as db:
        return [version.number for version in shown.history(TRUSTED, db, interview_id)]


@contextmanager
def working(
    database: Database,
    settings: ModelSettings | None = None,
    *,
    write_back: bool = True,
    times: JobTimes = QUICK,
    housekeeping: Sequence[Task] = (),
    hourly: Sequence[Task] = (),
    preparation: Preparation | None = None,
) -> Iterator[JobWorker]:
    """Run durable jobs, looking often, by simple rules where no model is given."""
    generator = FeedbackGenerator(settings or ModelSettings())
    running = JobWorker(
        lambda: database.engine,
        lambda: generator,
        write_back=write_back,
        times=times,
        housekeeping=housekeeping,
        hourly=hourly,
        preparation=preparation or _PREPARATION,
    )
    running.start()
    try:
        yield running
    finally:
        running.stop()


def job(database: Database, job_id: str) -> Job:
    with database.engine.connect() as connection:
        return store.by_id(connection, [job_id])[0]


def ended(database: Database, job_id: str) -> Job:
    """Wait for the end of a job."""
    wait_until(lambda: not job(database, job_id).is_open, "the end of a job")
    return job(database, job_id)
