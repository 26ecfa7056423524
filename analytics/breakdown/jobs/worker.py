"""The job worker of this process: started beside the program and stopped with it."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer
from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.context import JobContext, JobTimes
from analytics.breakdown.jobs.instances import Instance, adopt, register
from analytics.breakdown.jobs.job import Budget, Job, JobError, JobState
from analytics.breakdown.jobs.preparation import Preparation
from analytics.breakdown.versions import save
from analytics.columns import now
from analytics.database import job_store
from analytics.database.errors import DatabaseError, describe
from analytics.settings import SettingsError

log = logging.getLogger(__name__)

_START_SECONDS: Final = 10.0
_KEPT: Final = timedelta(days=1)
_LOST: Final = (
    "This breakdown was interrupted too often, or by an update of the program. Nothing was changed; press again."
)


Task = Callable[[Engine], object]


class _NameLostError(Exception):
    """The database connection that held this instance's name broke: another one may have the name by now."""


class JobWorker:
    """Starts jobs and runs them in background threads.

    Until the database takes durable jobs (it may be down, read-only or not set up) `unavailable` says why not; it is
    tried again every few seconds. `housekeeping` is done in every round of the worker's own thread, `hourly` at its
    start and once an hour; a database error of one is logged, and the jobs go on. `per_day` is how many breakdowns one
    person may have made within a day.
    """

    def __init__(
        self,
        engine: Callable[[], Engine],
        generator: Callable[[], FeedbackGenerator],
        *,
        write_back: bool,
        per_day: int | None = None,
        housekeeping: Sequence[Task] = (),
        hourly: Sequence[Task] = (),
        times: JobTimes | None = None,
        preparation: Preparation | None = None,
    ) -> None:
        self._engine = engine
        self._write_back = write_back
        self._per_day = per_day
        self._generator = generator
        self._housekeeping = housekeeping
        self._hourly = hourly
        self._times = times or JobTimes()
        self._preparation = preparation or Preparation()
        self._reason = "The jobs are just starting. Try again in a moment."
        self._ready = threading.Event()
        self._tried = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._instance: Instance | None = None
        self._context: JobContext | None = None
        self._workflow: Any = None
        self._cleaned = float("-inf")
        self._batches: dict[str, frozenset[str]] = {}

    def start(self) -> None:
        """Start in the background, without blocking the program."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="breakdown-jobs", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop: give running jobs a moment to finish and leave the rest to be resumed later."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def unavailable(self) -> str | None:
        """Return why no job can be started now; None if one can."""
        return None if self._ready.is_set() else self._reason

    def budget(self, viewer: Viewer, db: Session) -> Budget | None:
        """Return how many breakdowns a person may still request today; None without a limit."""
        return None if self._per_day is None else store.budget(viewer, db, self._per_day)

    def press(self, viewer: Viewer, interview_id: int) -> Job:
        """Start a breakdown of an interview, or return the job already working on it.

        Raises `JobError` where none can be started, `BudgetError` where somebody has had too many made,
        `NotAllowedError` for an interviewee.
        """
        self._tried.wait(_START_SECONDS)
        if (why := self.unavailable()) is not None:
            raise JobError(why)
        job = store.request(viewer, self._engine(), interview_id, per_day=self._per_day)
        self._hand_over(job.workflow_id, [job])
        return job

    def press_together(self, viewer: Viewer, interview_ids: Sequence[int]) -> dict[int, Job | str]:
        """Start the breakdowns of many interviews as one batch; returns the job of each, or why there is none.

        Raises as `press` does.
        """
        self._tried.wait(_START_SECONDS)
        if (why := self.unavailable()) is not None:
            raise JobError(why)
        batch = str(uuid.uuid4())
        pressed: dict[int, Job | str] = {}
        for interview_id in interview_ids:
            try:
                pressed[interview_id] = store.request(viewer, self._engine(), interview_id, batch=batch)
            except JobError as error:
                pressed[interview_id] = str(error)
        # Others are at work already.
        own = [job for job in pressed.values() if isinstance(job, Job) and job.batch_id == batch]
        if own:
            self._hand_over(batch, own)
        return pressed

    def _hand_over(self, workflow_id: str, own: Sequence[Job]) -> None:
        try:
            if own[0].batch_id is None:
                self._workflow.enqueue(own[0])
            else:
                self._workflow.enqueue_batch(workflow_id, [job.id for job in own])
        except Exception:
            # The press is noted: it is handed over again within seconds.
            log.warning("could not hand over %s yet", workflow_id, exc_info=True)

    def _keep(self) -> None:
        while not self._ending.is_set():
            try:
                self._launch()
                self._ready.set()
                self._tried.set()
                while not self._ending.wait(self._times.tick):
                    self._tick()
            except Exception as error:  # whatever it is, reading goes on and this is tried again
                self._reason = _sentence(error)
                log.warning("durable jobs are not running: %s", self._reason, exc_info=True)
            self._ready.clear()
            self._close_down()
            self._tried.set()
            self._ending.wait(self._times.tick)

    def _launch(self) -> None:
        engine = self._engine()
        # Says more plainly than what follows that the database is not set up.
        store.open_jobs(engine)
        job_store.require_support(engine)
        # Half a second that nobody needs to wait for.
        from analytics.breakdown.jobs import workflow

        self._instance = register(engine)
        try:
            generator = self._generator()
        except ValueError as error:
            raise SettingsError(str(error)) from None
        self._context = JobContext(
            engine, generator, write_back=self._write_back, times=self._times, preparation=self._preparation
        )
        self._workflow = workflow
        workflow.launch(self._context, _system_url(engine), self._instance.name)
        self._tick()

    def _tick(self) -> None:
        if self._instance is None or not self._instance.is_held():
            raise _NameLostError
        waiting = store.open_jobs(self._engine())
        if waiting:
            self._look_after(waiting)
        # Recordings have no rows of ours that would tell of them.
        if waiting or (self._context is not None and self._context.generator.settings.can_transcribe):
            self._adopt(self._instance.name)
        self._do(self._housekeeping)
        if time.monotonic() - self._cleaned > self._times.cleaning:
            self._cleaned = time.monotonic()
            self._workflow.delete_ended(now() - _KEPT)
            self._do([save.forget_deleted, *self._hourly])

    def _do(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            try:
                task(self._engine())
            except Exception:  # whatever it is, the breakdowns have nothing to do with it
                log.warning("a task beside the jobs could not be done yet", exc_info=True)

    def _look_after(self, waiting: list[Job]) -> None:
        """Save what a process noted and could not hand over, and close what no workflow is behind any more."""
        together: dict[str, list[Job]] = {}
        for job in waiting:
            together.setdefault(job.workflow_id, []).append(job)
        ended = self._workflow.find_ended(list(together))
        before, self._batches = self._batches, {}
        for workflow_id, own in together.items():
            if workflow_id not in ended:
                # A batch is noted one press after the other: it is whole once nothing has come to it for a tick.
                ids = self._batches[workflow_id] = frozenset(job.id for job in own)
                if own[0].batch_id is None or before.get(workflow_id) == ids:
                    self._hand_over(workflow_id, own)
            elif ended[workflow_id]:
                for job in own:
                    store.close(self._engine(), job.id, JobState.FAILED, _LOST)

    def _adopt(self, own_name: str) -> None:
        """Resume the workflows of instances that are gone."""
        for name in sorted(self._workflow.active_instances() - {own_name}):
            gone = adopt(self._engine(), name)
            if gone is not None:
                # Under its lock, so that no new instance of that name begins with the same work at the same time.
                self._workflow.resume(name)
                gone.release()

    def _close_down(self) -> None:
        if self._context is not None:
            self._context.drain()
            self._context = None
            self._workflow.end()
        if self._instance is not None:
            self._instance.release()
            self._instance = None


def _system_url(engine: Engine) -> str:
    if engine.dialect.name == "postgresql":
        return engine.url.render_as_string(hide_password=False)
    path = job_store.file_of(engine.url.database)
    connection = sqlite3.connect(path)
    try:
        # Readers and the writer need not wait for each other; the mode stays with the file.
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
    return sa.URL.create("sqlite", database=path).render_as_string()


def _sentence(error: Exception) -> str:
    if isinstance(error, DatabaseError | SettingsError):
        return str(error)
    if isinstance(error, sa.exc.SQLAlchemyError | sqlite3.Error | OSError):
        return str(describe(error))
    return "Breakdowns cannot be made right now. The log has the details."
