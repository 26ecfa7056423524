"""A process of its own that works off jobs and ends at a chosen boundary between two steps, as if it were struck."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from dbos import DBOS
from dbos._sys_db import SystemDatabase

# The model's SDK takes a second and a half to import: once for all processes, which are copies of one that has it.
from analytics.breakdown import FeedbackGenerator, ModelSettings
from analytics.breakdown.jobs import store, workflow  # noqa: F401 - imported before the fork, not after each
from analytics.breakdown.jobs.preparation import Preparation
from analytics.breakdown.jobs.source import StoredInterview, prepare_stored
from analytics.breakdown.jobs.worker import JobWorker
from analytics.breakdown.reading.prepare import PreparedInterview
from analytics.breakdown.versions import save
from analytics.database.engine import create_engine_for
from tests.support.jobs import QUICK

# What ends the process: itself, or a signal nobody can catch.
Way = Literal["exit", "kill"]
# After so many steps were stored by this process; or after the version was saved, before that is stored.
Boundary = int | Literal["saved"]
STRUCK = {"exit": 9, "kill": -signal.SIGKILL}


class PreparedHere(Preparation):
    """Prepares in this process: another one would import for longer than all steps take, and be struck meanwhile."""

    def prepare(
        self, stored: StoredInterview, settings: ModelSettings, *, stopped: Callable[[], bool] = lambda: False
    ) -> PreparedInterview:
        """Prepare an interview."""
        return prepare_stored(stored, settings)


def strike(way: Way) -> None:
    if way == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(9)


def work(url: str, settings: ModelSettings, boundary: Boundary | None, way: Way) -> None:
    """Work until nothing is left to be done, or until the boundary."""
    if boundary == "saved":
        _after(save, "save", lambda: strike(way))
    elif boundary is not None:
        stored = threading.Semaphore(boundary)
        stored.acquire()
        _after(SystemDatabase, "record_operation_result", lambda: stored.acquire(blocking=False) or strike(way))
    engine = create_engine_for(url)
    at_work = JobWorker(
        lambda: engine,
        lambda: FeedbackGenerator(settings),
        write_back=True,
        times=QUICK,
        preparation=PreparedHere(),
    )
    at_work.start()
    pause = threading.Event()
    while at_work.unavailable() or store.open_jobs(engine) or DBOS.list_workflows(status=["PENDING", "ENQUEUED"]):
        pause.wait(QUICK.poll)
    at_work.stop()
    os._exit(0)


def start(url: str, settings: ModelSettings, boundary: Boundary | None = None, way: Way = "exit") -> BaseProcess:
    """Start such a process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=work, args=(url, settings, boundary, way), daemon=True)
    process.start()
    return process


def ended(process: BaseProcess, seconds: float = 60) -> int | None:
    """Wait for its end and give its exit code."""
    process.join(seconds)
    code = process.exitcode
    with contextlib.suppress(ValueError):
        process.kill()
        process.join()
        process.close()
    return code


def _after(owner: Any, name: str, strike: Callable[[], object]) -> None:
    done = getattr(owner, name)

    def doing(*arguments: Any, **options: Any) -> Any:
        result = done(*arguments, **options)
        strike()
        return result

    setattr(owner, name, doing)
