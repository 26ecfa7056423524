"""One execution of a batch: the stages of many jobs in step, each stage's questions sent together."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from dbos import DBOS

from analytics.breakdown import jobs
from analytics.breakdown.batch import Collected, Submitted, collect, parts, submit
from analytics.breakdown.jobs import JobState
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.prompt import Call
from analytics.breakdown.result import InterviewFeedback
from analytics.breakdown.room import Room, Stopping
from analytics.breakdown.wire import Reply
from analytics.breakdown.work import NothingMadeError, Question, Work, begin, sentence_of, step

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 60.0
_SENDINGS: Final = 10
_NO_REPLY: Final = Reply(outcome=Outcome.SERVER_ERROR, detail="not in the batch's answers")


class BatchWork:
    """One execution of a batch's workflow."""

    def __init__(self, room: Room, batch_id: str, job_ids: Sequence[str]) -> None:
        """Work on these jobs together."""
        self._room = room
        self._batch_id = batch_id
        self._job_ids = job_ids
        self._works: dict[str, Work] = {}
        self._plans: dict[str, Generator[Sequence[Question], list[Any], InterviewFeedback]] = {}

    def make(self) -> None:
        """Go through all stages; jobs end as soon as they are finished."""
        waiting: dict[str, Sequence[Question]] = {}
        for job_id in self._job_ids:
            began = step(f"begin {job_id}", partial(begin, self._room, job_id))
            if began is None:
                continue
            work = self._works[job_id] = Work(self._room, job_id, datetime.fromisoformat(began))
            try:
                prepared = work.prepare(f"read {job_id}")
            except NothingMadeError as error:
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
            if self._room.ending.wait(_LOOK_SECONDS):
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
            self._room.ending.wait(_LOOK_SECONDS)

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
            step(f"end {job_id}", partial(self._works[job_id].end, made))
        except Exception as error:  # the others have nothing to do with it
            log.exception("the breakdown of job %s could not be saved", job_id)
            jobs.close(self._room.engine, job_id, JobState.FAILED, sentence_of(error))
