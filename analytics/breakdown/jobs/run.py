"""One execution of a job: its steps, each stored before the next, from reading the interview to saving what was made.

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
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from dbos import DBOS, StepOptions, StepReservation
from dbos import error as dbos_error

from analytics.breakdown import appending, jobs, saving
from analytics.breakdown.findings import Findings, SkillAnswer
from analytics.breakdown.generator import Event, Run
from analytics.breakdown.jobs import JobState, Progress
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.plan import Prepared
from analytics.breakdown.prompt import Call, points_call, rating_call, repair_call
from analytics.breakdown.reading import read_interview
from analytics.breakdown.records import Record
from analytics.breakdown.result import InterviewFeedback
from analytics.breakdown.room import Room, Stopping
from analytics.breakdown.scoring import Level
from analytics.breakdown.versions import VersionError
from analytics.breakdown.wire import Reply
from analytics.database import DatabaseError, described, now
from analytics.skills import BY_KEY

log = logging.getLogger(__name__)

_VERSION_IDS: Final = uuid.UUID("5f2c0f0e-6f0b-4a4e-9a53-2f1f2f1d7a10")
_LOOK_SECONDS: Final = 1.0
_STEP_FAILED: Final = "The breakdown could not be made. Nothing was changed; the log has the details."
_UPDATED: Final = "The program was updated meanwhile. Nothing was saved; press again."
_CHANGED: Final = "The connected language model was changed meanwhile. Nothing was saved; press again."
_GONE: Final = "The interview is gone or not completed any more, so there was nothing to save."

T = TypeVar("T")


def step(name: str, work: Callable[[], T]) -> T:
    """Take a step that costs nothing and may be tried again when the database fails for a moment."""
    options: StepOptions = {
        "name": name,
        "retries_allowed": True,
        "max_attempts": 6,
        "interval_seconds": 0.5,
        "should_retry": lambda error: isinstance(error, DatabaseError | sa.exc.SQLAlchemyError),
    }
    return DBOS.run_step(options, work)


def begin(room: Room, job_id: str) -> str | None:
    """Begin a job and give the moment; None for one that was cancelled while it waited."""
    job = jobs.begin(room.engine, job_id)
    return None if job is None or job.started_at is None else job.started_at.isoformat()


def sentence_of(error: Exception) -> str:
    """Say what went wrong in one sentence fit to show."""
    if isinstance(error, dbos_error.DBOSMaxStepRetriesExceeded):
        error = error.errors[-1]
    if isinstance(error, sa.exc.SQLAlchemyError):
        error = described(error)
    if isinstance(error, dbos_error.DBOSUnexpectedStepError):
        return _UPDATED
    return str(error) if isinstance(error, DatabaseError | VersionError) else _STEP_FAILED


class _Reading(Record):
    """The interview as it was read, once for all steps, and the model it is read with."""

    prepared: str
    model: str
    host: str
    samples: int


@dataclass(frozen=True)
class Question:
    """Something to ask the model: at once (`ask`), or as a call that another way brings a reply to (`read`)."""

    name: str
    kind: type[Record]
    ask: Callable[[], Record]
    call: Callable[[], Call]
    read: Callable[[Reply], Record]


class NothingMadeError(Exception):
    """There is no breakdown to save; the message says why."""


class Work:
    """One execution of a job's workflow."""

    def __init__(self, room: Room, job_id: str, began: datetime) -> None:
        """Work on a job that began at this moment."""
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
        """Take all steps up to the finished breakdown; raises `NothingMadeError`."""
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

    def prepare(self, name: str) -> Prepared:
        """Read the interview in a step of this name, once for all others; raises `NothingMadeError`."""
        read = step(name, self._read)
        if read is None:
            raise NothingMadeError(_GONE)
        reading = _Reading.model_validate_json(read)
        settings = self._generator.settings
        if (reading.model, reading.host, reading.samples) != (settings.model_name, settings.host, settings.samples):
            raise NothingMadeError(_CHANGED)
        prepared = Prepared.model_validate_json(zlib.decompress(base64.b64decode(reading.prepared)))
        expected = self._generator.estimate(prepared)
        if expected.tokens > settings.token_ceiling:
            raise NothingMadeError(Outcome.OVER_BUDGET.sentence)
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
        places = [DBOS.reserve_step() for _ in questions]
        with ThreadPoolExecutor(self._generator.settings.concurrency, thread_name_prefix="breakdown-step") as pool:
            # Each in a context of its own, which tells the step what workflow it belongs to.
            given = [
                pool.submit(self._take, contextvars.copy_context(), place, question)
                for place, question in zip(places, questions, strict=True)
            ]
            return [future.result() for future in given]

    def _take(self, context: contextvars.Context, place: StepReservation, question: Question) -> Any:
        stored = context.run(lambda: place.run({"name": question.name}, partial(self._paid, question)))
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
