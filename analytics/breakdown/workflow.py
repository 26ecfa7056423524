"""The durable half of a job: every answer of the model is stored before the next step, and never paid for twice.

A process that ends, however it ends, leaves the workflow where it was; another one, or the same after its restart, goes
on behind the last step that was stored. Steps of one stage run side by side; their numbers are drawn in a fixed order
beforehand, so that a repetition finds what is stored.
"""

from __future__ import annotations

import base64
import contextvars
import logging
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from dbos import (
    DBOS,
    DBOSPortableJSONSerializer,
    Queue,
    SetEnqueueOptions,
    SetWorkflowID,
    StepOptions,
    StepReservation,
)
from dbos import error as dbos_error
from sqlalchemy.engine import Engine

from analytics.breakdown import appending, jobs, saving
from analytics.breakdown.batch import Collected, Submitted, collect, parts, submit
from analytics.breakdown.findings import Findings, SkillAnswer
from analytics.breakdown.generator import Event, FeedbackGenerator, Run
from analytics.breakdown.jobs import Job, JobState, Progress
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.plan import Prepared
from analytics.breakdown.prompt import Call, points_call, rating_call, repair_call
from analytics.breakdown.reading import read_interview
from analytics.breakdown.records import Record
from analytics.breakdown.result import InterviewFeedback
from analytics.breakdown.scoring import Level
from analytics.breakdown.versions import VersionError
from analytics.breakdown.wire import Reply
from analytics.database import DatabaseError, described, now
from analytics.observability import about
from analytics.skills import BY_KEY

log = logging.getLogger(__name__)
# With a handler of ours it adds none of its own: what it says goes where all the program's words go.
logging.getLogger("dbos").addHandler(logging.NullHandler())

QUEUE: Final = "breakdowns"
BATCHES: Final = "batches of breakdowns"
SCHEMA: Final = "skill_analytics_jobs"
# One process works on so many interviews at a time, and on so many that one person asked for.
AT_A_TIME: Final = 4
AT_A_TIME_EACH: Final = 3
# A looping crash must end: after so many restarts in the middle of it, a job has failed.
MOST_RESTARTS: Final = 20
_VERSION_IDS: Final = uuid.UUID("5f2c0f0e-6f0b-4a4e-9a53-2f1f2f1d7a10")
_POLL_SECONDS: Final = 0.5
_BATCH_LOOK_SECONDS: Final = 60.0
_SENDINGS: Final = 10
_LOOK_SECONDS: Final = 1.0
_LEAVE_SECONDS: Final = 3.0
_ENDED: Final = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
_STEP_FAILED: Final = "The breakdown could not be made. Nothing was changed; the log has the details."
_UPDATED: Final = "The program was updated meanwhile. Nothing was saved; press again."
_CHANGED: Final = "The connected language model was changed meanwhile. Nothing was saved; press again."
_GONE: Final = "The interview is gone or not completed any more, so there was nothing to save."

T = TypeVar("T")


class Stopping(BaseException):
    """The process ends: the workflow stays as it is, to be gone on with later."""


class Room:
    """What the workflows of this process work with, and which of them are at work."""

    def __init__(self, engine: Engine, generator: FeedbackGenerator, *, write_back: bool) -> None:
        self.engine = engine
        self.generator = generator
        self.write_back = write_back
        # Set first: no further step begins. Set after a while: what is under way is given up.
        self.ending = threading.Event()
        self.abandoned = threading.Event()
        self._at_work: list[str] = []
        self._changed = threading.Condition()

    @contextmanager
    def worker(self, job_id: str) -> Iterator[None]:
        """Count a workflow as being at work."""
        with self._changed:
            self._at_work.append(job_id)
        try:
            yield
        finally:
            with self._changed:
                self._at_work.remove(job_id)
                self._changed.notify_all()

    def empty(self, patience: float) -> None:
        """Let everybody come to the end of what they are doing, or leave it after `patience` seconds."""
        self.ending.set()
        with self._changed:
            if not self._changed.wait_for(lambda: not self._at_work, patience):
                self.abandoned.set()
                self._changed.wait_for(lambda: not self._at_work, _LEAVE_SECONDS)


_rooms: list[Room] = []


def launch(room: Room, system_url: str, name: str) -> None:
    """Begin to work off the queue, under the name of this copy of the program.

    All copies go on with each other's workflows, also across versions of the program, hence the fixed version.
    """
    _rooms[:] = [room]
    DBOS(
        config={
            "name": "skill-analytics",
            "application_version": "1",
            "executor_id": name,
            "system_database_url": system_url,
            "dbos_system_schema": SCHEMA,
            "sys_db_pool_size": 5,
            # What is stored can be read as it stands, and runs nothing when it is.
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
        }
    )
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=AT_A_TIME,
        partition_worker_concurrency=AT_A_TIME_EACH,
        polling_interval_sec=_POLL_SECONDS,
    )
    # A batch waits for hours and does little.
    DBOS.register_queue(BATCHES, worker_concurrency=AT_A_TIME, polling_interval_sec=_POLL_SECONDS)


def end() -> None:
    """End what `launch` began; what is not finished stays to be gone on with."""
    DBOS.destroy()


def enqueue(job: Job) -> None:
    """Hand a job over to be worked off; handing it over again changes nothing.

    Each person who presses has a queue of their own, so that nobody waits behind all that another one pressed.
    """
    with SetWorkflowID(job.id), SetEnqueueOptions(queue_partition_key=job.pressed_by):
        _queue(QUEUE).enqueue(regenerate, job.id)


def enqueue_batch(batch_id: str, job_ids: Sequence[str]) -> None:
    """Hand a batch of jobs over, in the order of their ids; handing it over again changes nothing."""
    with SetWorkflowID(batch_id):
        _queue(BATCHES).enqueue(regenerate_batch, batch_id, sorted(job_ids))


def _queue(name: str) -> Queue:
    queue = DBOS.retrieve_queue(name)
    if queue is None:
        raise LookupError(f"the queue {name} is not registered")
    return queue


def ended(job_ids: Sequence[str]) -> dict[str, bool]:
    """Tell of each job that was handed over whether its workflow has ended."""
    found = DBOS.list_workflows(workflow_ids=list(job_ids), load_input=False, load_output=False)
    return {status.workflow_id: status.status in _ENDED for status in found}


def names_at_work() -> set[str]:
    """Name the copies of the program that have begun with a workflow and not ended it."""
    running = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    return {status.executor_id for status in running if status.executor_id}


def go_on_with(name: str) -> None:
    """Put the workflows of a copy that is gone back into the queue."""
    # There is no other way to it: what is public asks for the provider's own service.
    DBOS._recover_pending_workflows([name])


def delete_ended(before: datetime) -> None:
    """Delete what the workflows stored that ended before a moment."""
    ended_ids = [
        status.workflow_id
        for status in DBOS.list_workflows(
            status=sorted(_ENDED), completed_before=before.isoformat(), limit=1000, load_input=False, load_output=False
        )
    ]
    if ended_ids:
        DBOS.delete_workflows(ended_ids)


class _Reading(Record):
    """The interview as it was read, once for all steps, and the model it is read with."""

    prepared: str
    model: str
    host: str
    samples: int


@DBOS.workflow(name="regenerate breakdown", max_recovery_attempts=MOST_RESTARTS)
def regenerate(job_id: str) -> str:
    """Make the breakdown a job asks for; gives the job's last state."""
    room = _rooms[0]
    with about(job_id=job_id), room.worker(job_id):
        try:
            began = _step("begin", partial(_begin, room, job_id))
            if began is None:
                return JobState.CANCELLED
            work = _Work(room, job_id, datetime.fromisoformat(began))
            return _step("end", partial(work.end, work.make()))
        except _NothingMadeError as error:
            sentence = str(error)
        except Exception as error:  # the page must say that it failed, whatever it was
            log.exception("the breakdown of job %s failed", job_id)
            sentence = _sentence(error)
        jobs.close(room.engine, job_id, JobState.FAILED, sentence)
        return JobState.FAILED


@DBOS.workflow(name="regenerate breakdowns in a batch", max_recovery_attempts=MOST_RESTARTS)
def regenerate_batch(batch_id: str, job_ids: list[str]) -> str:
    """Make the breakdowns of many jobs through the provider's batch endpoint, in at most three rounds of a day each."""
    room = _rooms[0]
    with about(batch_id=batch_id), room.worker(batch_id):
        batch = _Batch(room, batch_id, job_ids)
        try:
            batch.make()
        except Exception as error:
            log.exception("the batch %s failed", batch_id)
            batch.give_up(_sentence(error))
        return JobState.FINISHED


def _step(name: str, work: Callable[[], T]) -> T:
    """Take a step that costs nothing and may be tried again when the database fails for a moment."""
    options: StepOptions = {
        "name": name,
        "retries_allowed": True,
        "max_attempts": 6,
        "interval_seconds": 0.5,
        "should_retry": lambda error: isinstance(error, DatabaseError | sa.exc.SQLAlchemyError),
    }
    return DBOS.run_step(options, work)


def _begin(room: Room, job_id: str) -> str | None:
    """Begin a job and give the moment; None for one that was cancelled while it waited."""
    job = jobs.begin(room.engine, job_id)
    return None if job is None or job.started_at is None else job.started_at.isoformat()


def _sentence(error: Exception) -> str:
    if isinstance(error, dbos_error.DBOSMaxStepRetriesExceeded):
        error = error.errors[-1]
    if isinstance(error, sa.exc.SQLAlchemyError):
        error = described(error)
    if isinstance(error, dbos_error.DBOSUnexpectedStepError):
        return _UPDATED
    return str(error) if isinstance(error, DatabaseError | VersionError) else _STEP_FAILED


@dataclass(frozen=True)
class Question:
    """Something to ask the model: at once (`ask`), or as a call that another way brings a reply to (`read`)."""

    name: str
    kind: type[Record]
    ask: Callable[[], Record]
    call: Callable[[], Call]
    read: Callable[[Reply], Record]


class _NothingMadeError(Exception):
    """There is no breakdown to save; the message says why."""


class _Work:
    """One execution of a workflow."""

    def __init__(self, room: Room, job_id: str, began: datetime) -> None:
        self._room = room
        self._job_id = job_id
        self._began = began
        self._watch = _Watch(room, job_id)
        self._generator = room.generator
        self._run = Run(room.generator.settings)
        self._progress = Progress()
        self._asked: set[str] = set()
        self._lock = threading.Lock()

    def make(self) -> InterviewFeedback:
        """Take all steps up to the finished breakdown; raises `_NothingMadeError`."""
        prepared = self.prepare("read")
        if not self._generator.settings.is_configured:
            return self._generator.offline(prepared)
        plan = self.plan(prepared)
        questions = next(plan)
        while True:
            try:
                questions = plan.send(self._ask(questions))
            except StopIteration as done:
                made: InterviewFeedback = done.value
                return made

    def prepare(self, step: str) -> Prepared:
        """Read the interview, once for all steps; raises `_NothingMadeError`."""
        read = _step(step, self._read)
        if read is None:
            raise _NothingMadeError(_GONE)
        reading = _Reading.model_validate_json(read)
        settings = self._generator.settings
        if (reading.model, reading.host, reading.samples) != (settings.model_name, settings.host, settings.samples):
            raise _NothingMadeError(_CHANGED)
        prepared = Prepared.model_validate_json(zlib.decompress(base64.b64decode(reading.prepared)))
        expected = self._generator.estimate(prepared)
        if expected.tokens > settings.token_ceiling:
            raise _NothingMadeError(Outcome.OVER_BUDGET.sentence)
        self._run = Run(settings, on_event=self._hear, cancelled=self._watch, total=expected.calls)
        self._progress = Progress(total=expected.calls)
        return prepared

    def end(self, made: InterviewFeedback) -> str:
        """Save what was made, unless there is nothing to keep or somebody asked to stop."""
        if self._watch.cancelled():
            return self._close(JobState.CANCELLED, "Cancelled. Nothing was changed.")
        if (why := saving.nothing_new(made)) is not None:
            return self._close(JobState.FAILED, f"{why.sentence} Nothing was changed.")
        return JobState.FINISHED if self._save(made) else self._close(JobState.FAILED, _GONE)

    def _close(self, state: JobState, sentence: str) -> str:
        jobs.close(self._room.engine, self._job_id, state, sentence)
        return state

    def plan(self, prepared: Prepared) -> Generator[Sequence[Question], list[Any], InterviewFeedback]:
        """Go through the stages: each gives the questions it has for the model and is sent the answers to them."""
        answers: list[SkillAnswer] = yield [
            self._points(prepared, skill, part) for skill in prepared.skills for part in prepared.parts_for(skill)
        ]
        own = {skill: [answer for answer in answers if answer.skill == skill] for skill in prepared.skills}
        found = {skill: self._verified(prepared, skill, own[skill]) for skill in prepared.skills}
        weak = [skill for skill, findings in found.items() if findings.needs_repair]
        repairs: list[SkillAnswer] = yield [self._repair(prepared, skill, found[skill]) for skill in weak]
        for skill, repair in zip(weak, repairs, strict=True):
            found[skill] = self._verified(prepared, skill, own[skill], repair)
        rated: list[Level] = yield [
            self._rating(prepared, findings, sample)
            for findings in found.values()
            if findings.outcome is None
            for sample in range(self._generator.settings.samples)
        ]
        levels = {skill: [level for level in rated if level.skill == skill] for skill in found}
        # Another copy may have begun it, by a clock of its own.
        seconds = max((now() - self._began).total_seconds(), 0.0)
        return self._generator.assemble(prepared, found, levels, seconds=seconds)

    def _points(self, prepared: Prepared, skill: str, part: int) -> Question:
        generator = self._generator
        return Question(
            name=f"gather {skill} {part}",
            kind=SkillAnswer,
            ask=lambda: generator.gather(prepared, skill, part, run=self._run),
            call=lambda: points_call(prepared, skill, part, generator.settings),
            read=partial(generator.answered, skill, part),
        )

    def _repair(self, prepared: Prepared, skill: str, found: Findings) -> Question:
        generator = self._generator
        return Question(
            name=f"repair {skill}",
            kind=SkillAnswer,
            ask=lambda: generator.repair(prepared, skill, found, run=self._run),
            call=lambda: repair_call(prepared, skill, found.verified, generator.settings),
            read=partial(generator.answered, skill, 0),
        )

    def _rating(self, prepared: Prepared, found: Findings, sample: int) -> Question:
        generator, skill = self._generator, found.skill
        return Question(
            name=f"rate {skill} {sample}",
            kind=Level,
            ask=lambda: generator.judge(prepared, skill, found.union, sample, run=self._run),
            call=lambda: rating_call(prepared, skill, found.union, sample, generator.settings),
            read=partial(generator.rated, skill, sample),
        )

    def _verified(
        self, prepared: Prepared, skill: str, answers: Sequence[SkillAnswer], repair: SkillAnswer | None = None
    ) -> Findings:
        found = self._generator.verify(prepared, skill, answers, repair)
        self._say(skill, f"{BY_KEY[skill].label}: verified {len(found.union)} of {found.made} points")
        return found

    def _ask(self, questions: Sequence[Question]) -> list[Any]:
        """Take paid steps side by side, and give the answers in the order of the questions."""
        steps = [DBOS.reserve_step() for _ in questions]
        with ThreadPoolExecutor(self._generator.settings.concurrency, thread_name_prefix="breakdown-step") as pool:
            # Each in a context of its own, which tells the step what workflow it belongs to.
            given = [
                pool.submit(self._take, contextvars.copy_context(), step, question)
                for step, question in zip(steps, questions, strict=True)
            ]
            return [future.result() for future in given]

    def _take(self, context: contextvars.Context, step: StepReservation, question: Question) -> Any:
        stored = context.run(lambda: step.run({"name": question.name}, partial(self._paid, question)))
        answer = question.kind.model_validate_json(stored)
        self.count(question.name, answer)
        return answer

    def _paid(self, question: Question) -> str:
        if self._room.ending.is_set():
            raise Stopping
        answer = question.ask()
        if self._room.abandoned.is_set() and getattr(answer, "outcome", None) is Outcome.CANCELLED:
            raise Stopping
        with self._lock:
            self._asked.add(question.name)
        return answer.model_dump_json()

    def count(self, name: str, answer: Any) -> None:
        """Count an answer, and tell how far the job is."""
        tokens = answer.usage.tokens
        with self._lock:
            if name not in self._asked:
                # Stored by an execution before this one, and part of what this run may use.
                self._run.reserve(tokens)
            done = {"done": self._progress.done + 1, "tokens": self._progress.tokens + tokens}
            self._progress = self._progress.model_copy(update=done)
            self._tell()

    def _hear(self, event: Event) -> None:
        self._say(event.skill, event.sentence)

    def _say(self, skill: str, sentence: str) -> None:
        with self._lock:
            skills = self._progress.skills | {skill: sentence}
            self._progress = self._progress.model_copy(update={"skills": skills})
            self._tell()

    def _tell(self) -> None:
        try:
            jobs.tell(self._room.engine, self._job_id, self._progress)
        except sa.exc.SQLAlchemyError:
            log.warning("could not note how far job %s is", self._job_id, exc_info=True)

    def _read(self) -> str | None:
        settings = self._generator.settings
        with self._room.engine.connect() as connection:
            job = jobs.by_id(connection, [self._job_id])[0]
            prepared = read_interview(connection, job.interview_id, self._generator)
        if prepared is None:
            return None
        packed = base64.b64encode(zlib.compress(prepared.model_dump_json().encode())).decode()
        return _Reading(
            prepared=packed, model=settings.model_name, host=settings.host, samples=settings.samples
        ).model_dump_json()

    def _save(self, made: InterviewFeedback) -> appending.Saved | None:
        with self._room.engine.connect() as connection:
            job = jobs.by_id(connection, [self._job_id])[0]
        return saving.save(
            self._room.engine,
            job.interview_id,
            made,
            version_id=str(uuid.uuid5(_VERSION_IDS, self._job_id)),
            by=job.pressed_by,
            write_back=self._room.write_back,
            asked=self._generator.settings.model_name,
            also=lambda connection, saved: jobs.finish(connection, job.id, _summary(made, saved), saved.version_id),
        )


_NO_REPLY: Final = Reply(outcome=Outcome.SERVER_ERROR, detail="not in the batch's answers")


class _Batch:
    """One execution of a batch: the stages of many jobs in step, each stage's questions sent together."""

    def __init__(self, room: Room, batch_id: str, job_ids: Sequence[str]) -> None:
        self._room = room
        self._batch_id = batch_id
        self._job_ids = job_ids
        self._works: dict[str, _Work] = {}
        self._plans: dict[str, Generator[Sequence[Question], list[Any], InterviewFeedback]] = {}

    def make(self) -> None:
        """Go through all stages; jobs end as soon as they are finished."""
        waiting: dict[str, Sequence[Question]] = {}
        for job_id in self._job_ids:
            began = _step(f"begin {job_id}", partial(_begin, self._room, job_id))
            if began is None:
                continue
            work = self._works[job_id] = _Work(self._room, job_id, datetime.fromisoformat(began))
            try:
                prepared = work.prepare(f"read {job_id}")
            except _NothingMadeError as error:
                jobs.close(self._room.engine, job_id, JobState.FAILED, str(error))
                continue
            self._plans[job_id] = work.plan(prepared)
            waiting[job_id] = next(self._plans[job_id])
        number = 0
        while waiting:
            number += 1
            replies = self._asked(number, waiting)
            waiting = self._further(waiting, replies)

    def give_up(self, sentence: str) -> None:
        """Close the jobs that are still open."""
        for job_id in self._job_ids:
            jobs.close(self._room.engine, job_id, JobState.FAILED, sentence)

    def _asked(self, number: int, waiting: Mapping[str, Sequence[Question]]) -> Mapping[str, Reply]:
        """Send a stage's questions of all jobs together, and wait for the replies."""
        calls = {
            f"{job_id} {question.name}": question.call()
            for job_id, questions in waiting.items()
            for question in questions
        }
        analyst = self._room.generator.analyst()
        cut = parts(analyst, calls)
        sent = [
            Submitted.model_validate_json(
                DBOS.run_step({"name": f"send {number}.{place}"}, partial(self._sent, part, f"{number}.{place}"))
            )
            for place, part in enumerate(cut)
        ]
        replies: dict[str, Reply] = {}
        for place, (part, taken) in enumerate(zip(cut, sent, strict=True)):
            if taken.batch is None:
                replies |= dict.fromkeys(part, Reply(outcome=taken.outcome or Outcome.SERVER_ERROR))
                continue
            stored = DBOS.run_step({"name": f"collect {number}.{place}"}, partial(self._collected, taken.batch, part))
            replies |= Collected.model_validate_json(stored).replies
        return replies

    def _sent(self, part: Mapping[str, Call], place: str) -> str:
        """Send a part; a busy moment of the provider is waited for, since the stages before are paid."""
        analyst = self._room.generator.analyst()
        for _ in range(_SENDINGS):
            taken = submit(analyst, part, f"{self._batch_id} {place}")
            if taken.outcome is None or not taken.outcome.passes:
                break
            if self._room.ending.wait(_BATCH_LOOK_SECONDS):
                raise Stopping
        return taken.model_dump_json()

    def _collected(self, batch: str, calls: Mapping[str, Call]) -> str:
        """Look after a batch until it has ended; a failing look is no reason to give it up."""
        analyst = self._room.generator.analyst()
        while True:
            if self._room.ending.is_set():
                raise Stopping
            found = collect(analyst, batch, calls)
            if found.ended:
                return found.model_dump_json()
            if found.outcome is not None and not found.outcome.passes:
                return Collected(
                    ended=True, replies=dict.fromkeys(calls, Reply(outcome=found.outcome))
                ).model_dump_json()
            self._room.ending.wait(_BATCH_LOOK_SECONDS)

    def _further(
        self, waiting: Mapping[str, Sequence[Question]], replies: Mapping[str, Reply]
    ) -> dict[str, Sequence[Question]]:
        """Hand every job its answers; gives the questions of those that have more."""
        further = {}
        for job_id, questions in waiting.items():
            answers = [question.read(replies.get(f"{job_id} {question.name}", _NO_REPLY)) for question in questions]
            for question, answer in zip(questions, answers, strict=True):
                self._works[job_id].count(question.name, answer)
            try:
                further[job_id] = self._plans[job_id].send(answers)
            except StopIteration as done:
                self._end(job_id, done.value)
        return further

    def _end(self, job_id: str, made: InterviewFeedback) -> None:
        try:
            _step(f"end {job_id}", partial(self._works[job_id].end, made))
        except Exception as error:  # the others have nothing to do with it
            log.exception("the breakdown of job %s could not be saved", job_id)
            jobs.close(self._room.engine, job_id, JobState.FAILED, _sentence(error))


class _Watch:
    """Whether a job is to stop, asked many times a second and looked up once in a while."""

    def __init__(self, room: Room, job_id: str) -> None:
        self._room = room
        self._job_id = job_id
        self._asked = False
        self._looked = float("-inf")
        self._lock = threading.Lock()

    def __call__(self) -> bool:
        return self._room.abandoned.is_set() or self.cancelled()

    def cancelled(self) -> bool:
        with self._lock:
            if not self._asked and time.monotonic() - self._looked > _LOOK_SECONDS:
                self._looked = time.monotonic()
                try:
                    self._asked = jobs.is_cancelled(self._room.engine, self._job_id)
                except sa.exc.SQLAlchemyError:
                    log.warning("could not look whether job %s is cancelled", self._job_id, exc_info=True)
            return self._asked


def _summary(made: InterviewFeedback, saved: appending.Saved) -> str:
    where = "is shown" if saved.shown else "stands beside the approved one"
    failed = [
        f"{BY_KEY[key].label} keeps its former value: {skill.reason.sentence}"
        for key, skill in made.skill_breakdown.items()
        if skill.state == "failed" and skill.reason is not None
    ]
    return " ".join((f"Version {saved.number} {where}: {made.quoted} of {made.points} points quoted.", *failed))
