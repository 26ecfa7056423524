"""One execution of a batch: many jobs in step, each stage's questions sent together."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain, count
from typing import Final

from dbos import DBOS

from analytics.breakdown.assessment.result import InterviewFeedback
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.context import JobContext, ShutdownError
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.jobs.run import CANCELLED, JobRun, NothingMadeError, begin, sentence_of, step
from analytics.breakdown.llm.batch import BatchReceipt, BatchResult, collect, parts, submit
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.stages import Question, Stages
from analytics.database.errors import DatabaseError

log = logging.getLogger(__name__)

_SENDINGS: Final = 10


class BatchRun:
    """One execution of a batch's workflow."""

    def __init__(self, context: JobContext, batch_id: str, job_ids: Sequence[str]) -> None:
        """Work on these jobs together."""
        self._context = context
        self._batch_id = batch_id
        self._job_ids = job_ids
        self._runs: dict[str, JobRun] = {}
        self._stages: dict[str, Stages] = {}

    def make(self) -> None:
        """Run all stages; each job closes as soon as it is finished."""
        waiting: dict[str, Sequence[Question]] = {}
        for job_id in self._job_ids:
            began = step(f"begin {job_id}", partial(begin, self._context, job_id))
            if began is None:
                continue
            run = self._runs[job_id] = JobRun(self._context, job_id, datetime.fromisoformat(began))
            try:
                self._stages[job_id] = run.stages(run.prepare(f"read {job_id}"))
                waiting[job_id] = next(self._stages[job_id])
            except NothingMadeError as error:
                store.close(self._context.engine, job_id, error.state, str(error))
            except StopIteration as done:  # nothing may be asked, so nothing is saved and no step needed
                run.end(done.value)
        # Without a second: that is how steps of batches were named when their second stage was empty.
        numbers = chain([1], count(3))
        while waiting:
            replies = self._ask(next(numbers), waiting)
            waiting = self._further(waiting, replies)

    def give_up(self, sentence: str) -> None:
        """Close the jobs that are still open."""
        for job_id in self._job_ids:
            store.close(self._context.engine, job_id, JobState.FAILED, sentence)

    def _ask(self, number: int, waiting: Mapping[str, Sequence[Question]]) -> Mapping[str, Reply]:
        """Send a stage's questions of all jobs together, and wait for the replies."""
        calls = {
            f"{job_id} {question.name}": question.call()
            for job_id, questions in waiting.items()
            for question in questions
        }
        client = self._context.generator.client()
        cut = parts(client, calls)
        sent = [
            BatchReceipt.model_validate_json(
                DBOS.run_step({"name": f"send {number}.{place}"}, partial(self._send, part, f"{number}.{place}"))
            )
            for place, part in enumerate(cut)
        ]
        replies: dict[str, Reply] = {}
        for place, (part, taken) in enumerate(zip(cut, sent, strict=True)):
            if taken.batch is None:
                replies |= dict.fromkeys(part, Reply(outcome=taken.outcome or Outcome.SERVER_ERROR))
                continue
            stored = DBOS.run_step({"name": f"collect {number}.{place}"}, partial(self._collect, taken.batch, part))
            replies |= BatchResult.model_validate_json(stored).replies
        return replies

    def _send(self, part: Mapping[str, Call], place: str) -> str:
        """Send a part; a busy moment of the provider is waited for, since the stages before are paid."""
        client = self._context.generator.client()
        for _ in range(_SENDINGS):
            taken = submit(client, part, f"{self._batch_id} {place}")
            if taken.outcome is None or not taken.outcome.passes:
                break
            if self._context.ending.wait(self._context.times.batch):
                raise ShutdownError
        return taken.model_dump_json()

    def _collect(self, batch: str, calls: Mapping[str, Call]) -> str:
        """Look after a batch until it has ended; a failing look is no reason to give it up.

        Jobs that are cancelled meanwhile are closed, and get no replies.
        """
        client = self._context.generator.client()
        while True:
            if self._context.ending.is_set():
                raise ShutdownError
            cancelled = self._close_cancelled()
            calls = {name: call for name, call in calls.items() if name.partition(" ")[0] not in cancelled}
            result = collect(client, batch, calls) if calls else BatchResult(ended=True)
            if result.ended:
                return result.model_dump_json()
            if result.outcome is not None and not result.outcome.passes:
                return BatchResult(
                    ended=True, replies=dict.fromkeys(calls, Reply(outcome=result.outcome))
                ).model_dump_json()
            self._context.ending.wait(self._context.times.batch)

    def _close_cancelled(self) -> set[str]:
        try:
            return store.close_cancelled(self._context.engine, self._batch_id, CANCELLED)
        except DatabaseError:
            log.warning("could not look which jobs of batch %s are cancelled", self._batch_id, exc_info=True)
            return set()

    def _further(
        self, waiting: Mapping[str, Sequence[Question]], replies: Mapping[str, Reply]
    ) -> dict[str, Sequence[Question]]:
        """Pass every job its answers; returns the questions of those that have more.

        A job without a reply was cancelled. The replies are stored, so that a repetition leaves out the same jobs.
        """
        further = {}
        for job_id, questions in waiting.items():
            names = [f"{job_id} {question.name}" for question in questions]
            if not replies.keys() >= set(names):
                store.close(self._context.engine, job_id, JobState.CANCELLED, CANCELLED)
                continue
            answers = [question.read(replies[name]) for name, question in zip(names, questions, strict=True)]
            for question, answer in zip(questions, answers, strict=True):
                self._runs[job_id].count(question.name, answer)
            try:
                further[job_id] = self._stages[job_id].send(answers)
            except StopIteration as done:
                self._end(job_id, done.value)
        return further

    def _end(self, job_id: str, made: InterviewFeedback) -> None:
        try:
            step(f"end {job_id}", partial(self._runs[job_id].end, made))
        except Exception as error:  # the others have nothing to do with it
            log.exception("the breakdown of job %s could not be saved", job_id)
            store.close(self._context.engine, job_id, JobState.FAILED, sentence_of(error))
