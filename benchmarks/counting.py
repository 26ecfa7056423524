"""A double of a model that counts what it is sent, and computes how long a server would take."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from typing import Final

from analytics.breakdown import FeedbackGenerator, ModelSettings
from analytics.breakdown.llm.answer import read_answer
from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.llm.protocol import Reply, request_body
from analytics.breakdown.reading.token_count import count_tokens
from analytics.breakdown.records import Usage
from analytics.breakdown.run_limits import RunLimits
from analytics.breakdown.stages import Answer, Heard, Question, drive
from tests.support.model_server import sensible_answer

# Providers keep what they have read in pieces of so many tokens.
_PIECE: Final = 128
# What a hosted model reads anew and writes in a second.
_READ: Final = 20_000
_WRITTEN: Final = 100
# Tokens written: what the demo's recorded answers have on average, for a skill, each question, all claims, all levels.
_LENGTHS: Final = {"points": 320, "questions": 50, "support": 550, "rating": 150}
_ASKED: Final = re.compile(r"^Q\d+ \| ", re.MULTILINE)


class Counting(ModelClient):
    """A double that answers sensibly and counts what it is sent, and what a server would have had in its cache.

    A server has in its cache what it was sent by a call whose answer has begun.
    """

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        self.sent: list[tuple[int, int]] = []
        self.seconds: list[tuple[float, float]] = []
        self._known: list[str] = []
        self._lock = threading.Lock()

    def ask(
        self,
        call: Call,
        *,
        until: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        heard: Heard | None = None,
    ) -> Reply:
        """Answer a call."""
        body = request_body(call, self.protocol, self.settings)
        schema = json.dumps(body.get("response_format", body.get("text")))
        whole = "\n".join((schema, call.instructions, call.prompt))
        with self._lock:
            shared = max((_common(whole, other) for other in self._known), default=0)
        said = count_tokens(call.instructions) + count_tokens(call.prompt)
        cached = max(count_tokens(whole[:shared]) - count_tokens(schema), 0) // _PIECE * _PIECE
        answer = read_answer(call.answer, json.dumps(sensible_answer(call.prompt)))
        written = _LENGTHS[call.answer]
        if '"questions": [' in call.prompt:
            written += _LENGTHS["questions"] * len(set(_ASKED.findall(call.prompt)))
        with self._lock:
            self.sent.append((said, cached))
            self.seconds.append(((said - cached) / _READ, written / _WRITTEN))
            self._known.append(whole)
        if heard is not None:
            heard()
        return Reply(answer=answer, usage=Usage(calls=1, input_tokens=said, cached_tokens=cached, output_tokens=300))


def _common(one: str, other: str) -> int:
    # By halves: one comparison letter by letter takes seconds.
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def waiting(settings: ModelSettings, interview: object) -> float:
    """Compute how long all calls take, as a multiple of the slowest.

    Those of a round run side by side, behind one that leads as soon as it is read.
    """
    client, run = Counting(settings), RunLimits(settings)
    generator = FeedbackGenerator(settings, client=client)
    whole = 0.0

    def answer(questions: Sequence[Question]) -> list[Answer]:
        nonlocal whole
        before = len(client.seconds)
        answers = [generator.ask(question, run=run) for question in questions]
        begun = 0.0
        ends = []
        for question, (read, written) in zip(questions, client.seconds[before:], strict=True):
            ends.append(begun + read + written)
            begun += read if question.leads else 0.0
        whole += max(ends, default=0.0)
        return answers

    drive(generator.stages(generator.prepare(interview), run), answer)
    return whole / max(map(sum, client.seconds))
