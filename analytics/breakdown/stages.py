"""The questions of a run, stage by stage, and how those of a stage are asked together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, TypeAlias

from analytics.breakdown.assessment.findings import SkillAnswer
from analytics.breakdown.assessment.result import InterviewFeedback
from analytics.breakdown.assessment.scoring import RatingAnswer
from analytics.breakdown.assessment.support import SupportAnswer
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.run_limits import Step

# What the model's reply to a question is read as; survives JSON.
Answer = SkillAnswer | SupportAnswer | RatingAnswer
Stages = Generator[Sequence["Question"], Sequence[Any], InterviewFeedback]
# Called when the answer to a question begins.
Heard: TypeAlias = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Question:
    """One call to the model: `call` is what is sent, `read` turns the reply into an answer.

    Jobs store answers under `name`, so names never change. Where it `leads`, the others of its stage are worth asking
    once the server has read it.
    """

    name: str
    kind: type[Answer]
    call: Callable[[], Call]
    read: Callable[[Reply], Answer]
    event: tuple[Step, str, str] | None = None
    leads: bool = False


def drive(stages: Stages, answer: Callable[[Sequence[Question]], Sequence[Answer]]) -> InterviewFeedback:
    """Run the stages to the end, answering the questions of each with `answer`."""
    try:
        questions = next(stages)
        while True:
            questions = stages.send(answer(questions))
    except StopIteration as done:
        feedback: InterviewFeedback = done.value
        return feedback


def ask_together(
    pool: Executor, ask: Callable[[Question, Heard | None], Answer], questions: Sequence[Question]
) -> list[Answer]:
    """Ask side by side, and give the answers in the order of the questions.

    Behind a question that leads, the others wait until its answer begins, or is there.
    """
    given: list[Future[Answer]] = []
    for question in questions:
        given.append(_lead(pool, ask, question) if question.leads else pool.submit(ask, question, None))
        if question.leads and given[-1].done():
            # What it raises ends the others before they are asked.
            given[-1].result()
    return [future.result() for future in given]


def _lead(pool: Executor, ask: Callable[[Question, Heard | None], Answer], question: Question) -> Future[Answer]:
    begun = threading.Event()
    leader = pool.submit(ask, question, begun.set)
    leader.add_done_callback(lambda _: begun.set())
    begun.wait()
    return leader
