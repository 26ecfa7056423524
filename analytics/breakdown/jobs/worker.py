"""The durable jobs of this process: started beside the program, kept going, and ended with it."""

from __future__ import annotations

import logging
import sqlite3
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from analytics import privacy, runtime, summaries
from analytics.access import Viewer
from analytics.breakdown import jobs, saving
from analytics.breakdown.copies import Copy, claim, take_over
from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.jobs import Job, JobError, JobState
from analytics.breakdown.room import Room
from analytics.database import DatabaseError, described, now
from analytics.settings import SettingsError

log = logging.getLogger(__name__)

# What is under way when the program ends has so long to come to its end.
DRAIN_SECONDS: Final = 8.0
_TICK_SECONDS: Final = 5.0
_START_SECONDS: Final = 10.0
_CLEAN_EVERY: Final = timedelta(hours=1)
_KEPT: Final = timedelta(days=1)
_LOST: Final = (
    "This breakdown was interrupted too often, or by an update of the program. Nothing was changed; press again."
)


class _NameLostError(Exception):
    """The database connection that held this copy's name broke: another copy may have the name by now."""


class Jobs:
    """Starts jobs and sees to it that they are worked off, in threads beside the program.

    Until the database takes durable jobs (it may be down, read-only or not set up) `unavailable` says why not; it is
    tried again every few seconds.
    """

    def __init__(
        self, engine: Callable[[], Engine], *, write_back: bool, generator: Callable[[], FeedbackGenerator]
    ) -> None:
        self._engine = engine
        self._write_back = write_back
        self._generator = generator
        self._reason = "The jobs are just starting. Try again in a moment."
        self._ready = threading.Event()
        self._tried = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._copy: Copy | None = None
        self._room: Room | None = None
        self._workflow: Any = None
        self._cleaned = now() - _CLEAN_EVERY
        self._batches: dict[str, frozenset[str]] = {}

    def start(self) -> None:
        """Start in the background; the program need not wait for it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="breakdown-jobs", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End: let what is under way come to its end for a moment, and leave the rest to be gone on with later."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def unavailable(self) -> str | None:
        """Say why no job can be started now; None when one can."""
        return None if self._ready.is_set() else self._reason

    def press(self, viewer: Viewer, interview_id: int) -> Job:
        """Start a breakdown of an interview, or give the job that is at it already.

        Raises `JobError` where none can be started, `NotAllowedError` for an interviewee.
        """
        self._tried.wait(_START_SECONDS)
        if (why := self.unavailable()) is not None:
            raise JobError(why)
        job = jobs.enter(viewer, self._engine(), interview_id)
        self._hand_over(job.workflow_id, [job])
        return job

    def press_together(self, viewer: Viewer, interview_ids: Sequence[int]) -> dict[int, Job | str]:
        """Start the breakdowns of many interviews as one batch; gives for each its job, or why there is none.

        Raises as `press` does.
        """
        self._tried.wait(_START_SECONDS)
        if (why := self.unavailable()) is not None:
            raise JobError(why)
        batch = str(uuid.uuid4())
        pressed: dict[int, Job | str] = {}
        for interview_id in interview_ids:
            try:
                pressed[interview_id] = jobs.enter(viewer, self._engine(), interview_id, batch=batch)
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
                while not self._ending.wait(_TICK_SECONDS):
                    self._tick()
            except Exception as error:  # whatever it is, reading goes on and this is tried again
                self._reason = _sentence(error)
                log.warning("durable jobs are not running: %s", self._reason, exc_info=True)
            self._ready.clear()
            self._close_down()
            self._tried.set()
            self._ending.wait(_TICK_SECONDS)

    def _launch(self) -> None:
        engine = self._engine()
        # Says more plainly than what follows that the database is not set up.
        jobs.open_jobs(engine)
        # Half a second that nobody needs to wait for.
        from analytics.breakdown import workflow

        self._copy = claim(engine)
        try:
            generator = self._generator()
        except ValueError as error:
            raise SettingsError(str(error)) from None
        self._room = Room(engine, generator, write_back=self._write_back)
        self._workflow = workflow
        workflow.launch(self._room, _system_url(engine), self._copy.name)
        self._tick()

    def _tick(self) -> None:
        if self._copy is None or not self._copy.is_held():
            raise _NameLostError
        if waiting := jobs.open_jobs(self._engine()):
            self._look_after(waiting)
            self._take_over(self._copy.name)
        self._learn()
        if now() - self._cleaned > _CLEAN_EVERY:
            self._cleaned = now()
            self._workflow.delete_ended(now() - _KEPT)
            saving.forget_deleted(self._engine())
            if (days := runtime.settings().retention_days) is not None:
                privacy.expire(self._engine(), days)

    def _learn(self) -> None:
        try:
            summaries.learn_again(self._engine())
        except sa.exc.SQLAlchemyError:  # pages go on with what was learned before, and breakdowns as well
            log.warning("the cohort could not be learned again yet", exc_info=True)

    def _look_after(self, waiting: list[Job]) -> None:
        """Hand over what a process noted and could not hand over, and close what no workflow is behind any more."""
        together: dict[str, list[Job]] = {}
        for job in waiting:
            together.setdefault(job.workflow_id, []).append(job)
        ended = self._workflow.ended(list(together))
        before, self._batches = self._batches, {}
        for workflow_id, own in together.items():
            if workflow_id not in ended:
                # A batch is noted one press after the other: it is whole once nothing has come to it for a tick.
                ids = self._batches[workflow_id] = frozenset(job.id for job in own)
                if own[0].batch_id is None or before.get(workflow_id) == ids:
                    self._hand_over(workflow_id, own)
            elif ended[workflow_id]:
                for job in own:
                    jobs.close(self._engine(), job.id, JobState.FAILED, _LOST)

    def _take_over(self, own_name: str) -> None:
        """Go on with the workflows of copies that are gone."""
        for name in sorted(self._workflow.names_at_work() - {own_name}):
            gone = take_over(self._engine(), name)
            if gone is not None:
                # Under its lock, so that no new copy of that name begins with the same work at the same time.
                self._workflow.go_on_with(name)
                gone.release()

    def _close_down(self) -> None:
        if self._room is not None:
            self._room.empty(DRAIN_SECONDS)
            self._room = None
            self._workflow.end()
        if self._copy is not None:
            self._copy.release()
            self._copy = None


@cache
def the_jobs() -> Jobs:
    """Give the jobs of this process, made once and shared by everybody in it."""
    return Jobs(runtime.engine, write_back=runtime.settings().write_back, generator=FeedbackGenerator)


def _system_url(engine: Engine) -> str:
    if engine.dialect.name == "postgresql":
        return engine.url.render_as_string(hide_password=False)
    path = f"{engine.url.database}-jobs"
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
        return str(described(error))
    return "Breakdowns cannot be made right now. The log has the details."
