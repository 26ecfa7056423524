"""One execution of a job: its steps, from reading the interview to saving the result, each stored before the next.

Steps of one stage run side by side; their numbers are drawn in a fixed order beforehand, so that a repetition finds
what is stored.
"""

from __future__ import annotations

import base64
import contextvars
import logging
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

import sqlalchemy as sa
from dbos import DBOS, StepOptions, StepReservation
from dbos import error as dbos_error
from sqlalchemy.engine import Connection, Engine

from analytics.breakdown.assessment.result import InterviewFeedback
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.context import JobContext, ShutdownError
from analytics.breakdown.jobs.job import Job, JobProgress, JobState
from analytics.breakdown.jobs.preparation import PreparationError, StoppedError
from analytics.breakdown.jobs.source import stored_interview
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.prepare import PreparedInterview
from analytics.breakdown.records import Record
from analytics.breakdown.run_limits import Event, RunLimits
from analytics.breakdown.stages import Answer, Heard, Question, Stages, ask_together, drive
from analytics.breakdown.versions import append, save
from analytics.breakdown.versions.version import VersionError
from analytics.columns import now
from analytics.database.errors import DatabaseError, describe
from analytics.database.sessions import reading
from analytics.skills import BY_KEY

log = logging.getLogger(__name__)

_VERSION_IDS: Final = uuid.UUID("5f2c0f0e-6f0b-4a4e-9a53-2f1f2f1d7a10")
_STEP_FAILED: Final = "The breakdown could not be made. Nothing was changed; the log has the details."
_UPDATED: Final = "The program was updated meanwhile. Nothing was saved; press again."
_CHANGED: Final = "The language model or its rubric was changed meanwhile. Nothing was saved; press again."
CANCELLED: Final = "Cancelled. Nothing was changed."
_GONE: Final = "The interview is gone or not completed any more, so there was nothing to save."

T = TypeVar("T")


def step(name: str, work: Callable[[], T]) -> T:
    """Run a free step, which may be retried when the database fails briefly."""
    options: StepOptions = {
        "name": name,
        "retries_allowed": True,
        "max_attempts": 6,
        "interval_seconds": 0.5,
        "should_retry": lambda error: isinstance(error, DatabaseError),
    }
    return DBOS.run_step(options, work)


def begin(context: JobContext, job_id: str) -> str | None:
    """Start a job and return the time; None if it was cancelled while it waited."""
    job = store.begin(context.engine, job_id)
    return None if job is None or job.started_at is None else job.started_at.isoformat()


def sentence_of(error: Exception) -> str:
    """Describe an error in one sentence that may be shown to the user."""
    if isinstance(error, dbos_error.DBOSMaxStepRetriesExceeded):
        error = error.errors[-1]
    if isinstance(error, sa.exc.SQLAlchemyError):
        error = describe(error)
    if isinstance(error, dbos_error.DBOSUnexpectedStepError):
        return _UPDATED
    return str(error) if isinstance(error, DatabaseError | VersionError) else _STEP_FAILED


class _Reading(Record):
    """The interview as it was read, once for all steps, and the model it is read with; or why it was not."""

    prepared: str
    model: str
    host: str
    samples: int
    failure: str = ""


class NothingMadeError(Exception):
    """There is no breakdown to save; the message says why, `state` is the job's final state."""

    def __init__(self, sentence: str, state: JobState = JobState.FAILED) -> None:
        super().__init__(sentence)
        self.state = state


class JobRun:
    """One execution of a job's workflow."""

    def __init__(self, context: JobContext, job_id: str, began: datetime) -> None:
        """Work on a job that began at this moment."""
        self._context = context
        self._job_id = job_id
        self._began = began
        self._watch = _Watch(context, job_id)
        self._generator = context.generator
        self._run = RunLimits(context.generator.settings)
        self._progress = JobProgress()
        self._asked: set[str] = set()
        self._lock = threading.Lock()

    def make(self) -> InterviewFeedback:
        """Run all steps up to the finished breakdown; raises `NothingMadeError`."""
        return drive(self.stages(self.prepare("read")), self._ask)

    def stages(self, prepared: PreparedInterview) -> Stages:
        """Run the stages within the limits of this job."""
        return self._generator.stages(prepared, self._run)

    def prepare(self, name: str) -> PreparedInterview:
        """Prepare the interview in a step of this name, once for all other steps; raises `NothingMadeError`."""
        # Also where another instance has begun it: what was cancelled meanwhile is not gone on with.
        self._stop_if_cancelled()
        read = step(name, self._read)
        if read is None:
            self._stop_if_cancelled()
            raise NothingMadeError(_GONE)
        reading = _Reading.model_validate_json(read)
        settings = self._generator.settings
        if (reading.model, reading.host, reading.samples) != (settings.model_name, settings.host, settings.samples):
            raise NothingMadeError(_CHANGED)
        if reading.failure:
            raise NothingMadeError(reading.failure)
        prepared = PreparedInterview.model_validate_json(zlib.decompress(base64.b64decode(reading.prepared)))
        if not settings.rubric.continues(prepared.rubric_hash):
            raise NothingMadeError(_CHANGED)
        expected = self._generator.estimate(prepared)
        # Another instance may have begun it, by a clock of its own.
        ago = max((now() - self._began).total_seconds(), 0.0)
        self._run = RunLimits(settings, on_event=self._hear, cancelled=self._watch, ago=ago, total=expected.calls)
        self._progress = JobProgress(total=expected.calls)
        return prepared

    def end(self, made: InterviewFeedback) -> str:
        """Save the result, unless there is nothing to save or the job was cancelled."""
        try:
            self._stop_if_cancelled()
            if (why := save.nothing_new(made)) is not None:
                return self._close(JobState.FAILED, f"{why.sentence} Nothing was changed.")
            return JobState.FINISHED if self._save(made) else self._close(JobState.FAILED, _GONE)
        except NothingMadeError as error:
            return self._close(error.state, str(error))

    def _close(self, state: JobState, sentence: str) -> str:
        store.close(self._context.engine, self._job_id, state, sentence)
        return state

    def _ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Run paid steps side by side, and return the answers in the order of the questions."""
        # Each in a context of its own, which tells the step what workflow it belongs to.
        places = {question.name: (contextvars.copy_context(), DBOS.reserve_step()) for question in questions}
        with ThreadPoolExecutor(self._generator.settings.concurrency, thread_name_prefix="breakdown-step") as pool:
            return ask_together(
                pool, lambda question, heard: self._take(*places[question.name], question, heard), questions
            )

    def _take(
        self, context: contextvars.Context, place: StepReservation, question: Question, heard: Heard | None
    ) -> Answer:
        stored = context.run(lambda: place.run({"name": question.name}, partial(self._paid, question, heard)))
        answer = question.kind.model_validate_json(stored)
        self.count(question.name, answer)
        return answer

    def _paid(self, question: Question, heard: Heard | None) -> str:
        if self._context.ending.is_set():
            raise ShutdownError
        answer = self._generator.ask(question, heard, run=self._run)
        if self._context.given_up.is_set() and answer.outcome is Outcome.CANCELLED:
            raise ShutdownError
        with self._lock:
            self._asked.add(question.name)
        return answer.model_dump_json()

    def count(self, name: str, answer: Answer) -> None:
        """Count an answer and report progress."""
        tokens = answer.usage.tokens
        with self._lock:
            if name not in self._asked:
                # Stored by an execution before this one, and part of what this run may use.
                self._run.reserve(tokens)
            done = {"done": self._progress.done + 1, "tokens": self._progress.tokens + tokens}
            self._progress = self._progress.model_copy(update=done)
            self._report()

    def _hear(self, event: Event) -> None:
        with self._lock:
            skills = self._progress.skills | {event.skill: event.sentence}
            self._progress = self._progress.model_copy(update={"skills": skills})
            self._report()

    def _report(self) -> None:
        try:
            store.report(self._context.engine, self._job_id, self._progress)
        except DatabaseError:
            log.warning("could not note how far job %s is", self._job_id, exc_info=True)

    def _read(self) -> str | None:
        settings = self._generator.settings
        with reading(self._context.engine) as db:
            jobs = store.by_id(db, [self._job_id])
            stored = stored_interview(db, jobs[0].interview_id, jobs[0].pressed_at) if jobs else None
        if stored is None:
            return None
        outcome = _Reading(prepared="", model=settings.model_name, host=settings.host, samples=settings.samples)
        try:
            prepared = self._context.preparation.prepare(stored, settings, stopped=self._watch)
        except StoppedError:
            if self._context.given_up.is_set():
                raise ShutdownError from None
            return None
        except PreparationError as error:
            return outcome.model_copy(update={"failure": str(error)}).model_dump_json()
        packed = base64.b64encode(zlib.compress(prepared.model_dump_json().encode())).decode()
        # Without the failure, which an older version of the program would not know.
        return outcome.model_copy(update={"prepared": packed}).model_dump_json(exclude={"failure"})

    def _stop_if_cancelled(self) -> None:
        if self._watch.cancelled():
            raise NothingMadeError(CANCELLED, JobState.CANCELLED)

    def _save(self, made: InterviewFeedback) -> append.SavedVersion | None:
        job = _find_job(self._context.engine, self._job_id)
        if job is None:
            return None
        return save.save(
            self._context.engine,
            job.interview_id,
            made,
            version_id=str(uuid.uuid5(_VERSION_IDS, self._job_id)),
            by=job.pressed_by,
            write_back=self._context.write_back,
            asked=self._generator.settings.model_name,
            pressed_at=job.pressed_at,
            also=partial(_finish, job.id, made),
        )


class _Watch:
    """Whether a job is to stop, asked many times a second and looked up once in a while."""

    def __init__(self, context: JobContext, job_id: str) -> None:
        self._context = context
        self._job_id = job_id
        self._asked = False
        self._looked = float("-inf")
        self._lock = threading.Lock()

    def __call__(self) -> bool:
        return self._context.given_up.is_set() or self.cancelled()

    def cancelled(self) -> bool:
        with self._lock:
            if not self._asked and time.monotonic() - self._looked > self._context.times.cancellation:
                self._looked = time.monotonic()
                try:
                    self._asked = store.is_cancelled(self._context.engine, self._job_id)
                except DatabaseError:
                    log.warning("could not look whether job %s is cancelled", self._job_id, exc_info=True)
            return self._asked


def _find_job(engine: Engine, job_id: str) -> Job | None:
    with reading(engine) as db:
        return next(iter(store.by_id(db, [job_id])), None)


def _finish(job_id: str, made: InterviewFeedback, connection: Connection, saved: append.SavedVersion) -> None:
    if not store.finish(connection, job_id, _summary(made, saved), saved.version_id):
        # Nothing of the transaction stays.
        raise NothingMadeError(CANCELLED, JobState.CANCELLED)


def _summary(made: InterviewFeedback, saved: append.SavedVersion) -> str:
    beside = f"is a draft, since {saved.poorer}" if saved.poorer else "stands beside the approved one"
    where = "is shown" if saved.shown else beside
    failed = [
        f"{BY_KEY[key].label} keeps its former value: {skill.reason.sentence}"
        for key, skill in made.skill_breakdown.items()
        if skill.state == "failed" and skill.reason is not None
    ]
    claims = f"{made.quoted} of {made.points} claims quoted" if made.points else "it makes no claim"
    return " ".join((f"Version {saved.number} {where}: {claims}.", *failed))
