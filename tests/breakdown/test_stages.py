"""How the questions of a stage are asked together: the others behind the one that leads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from analytics.breakdown import FeedbackGenerator, ModelSettings
from analytics.breakdown.assessment.findings import SkillAnswer
from analytics.breakdown.stages import Answer, Heard, Question, ask_together
from tests.support.doubles import conversation
from tests.support.model_server import ModelServer

LEADING = 'skill "Communication"'


def settings(server: ModelServer, **other: Any) -> ModelSettings:
    return ModelSettings(base_url=server.url, model="m", timeout=20, **other)


def openai(monkeypatch: pytest.MonkeyPatch, server: ModelServer) -> ModelSettings:
    """Speak the protocol of OpenAI itself with a server on loopback."""
    monkeypatch.setattr("analytics.breakdown.llm.connection.OPENAI_URL", server.url)
    return ModelSettings(api_key="k", timeout=20)


@pytest.mark.parametrize("protocol", ["chat", "responses"])
def test_the_others_are_asked_while_the_first_answer_is_still_written(
    protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second half of the first answer is sent when three more requests have come: else the run ends without it.
    with ModelServer([{"when": LEADING, "until": 4, "usage": [90, 7]}]) as server:
        model = settings(server) if protocol == "chat" else openai(monkeypatch, server)
        made = FeedbackGenerator(model).generate_feedback(conversation())
        streamed = [bool(body.get("stream")) for body in server.requests]
    assert streamed == [True] + [False] * 7
    assert made.skill_breakdown["communication"].strengths
    assert made.provenance.usage.calls == 8


def test_a_streamed_answer_counts_what_an_unstreamed_one_would() -> None:
    used = []
    for body in ({}, {"message": "streaming is not supported", "status": 400}):
        with ModelServer(rule=lambda asked, body=body: body if asked.get("stream") and body else None) as server:
            made = FeedbackGenerator(settings(server)).generate_feedback(conversation())
            used.append(made.provenance.usage.model_copy(update={"seconds": 0.0}))
    assert used[0] == used[1]
    assert used[0].input_tokens > 0


@pytest.mark.parametrize(
    "refusal",
    [
        {"status": 400, "message": "streaming is not supported by this deployment"},
        {"status": 400, "message": "Unrecognized request argument supplied: stream_options"},
        {"status": 400, "message": "bad request"},
        {"status": 200, "body": "data: nothing that can be read\n\n"},
    ],
)
def test_a_server_that_does_not_stream_is_asked_without_from_then_on(refusal: dict[str, Any]) -> None:
    with ModelServer(rule=lambda body: refusal if body.get("stream") else None) as server:
        generator = FeedbackGenerator(settings(server))
        made = [generator.generate_feedback(conversation()) for _ in range(2)]
        streamed = [bool(body.get("stream")) for body in server.requests]
    assert streamed == [True] + [False] * 16
    assert {skill.state for each in made for skill in each.skill_breakdown.values()} == {"scored"}
    assert generator.client().refused == {"streamed"}


def question(name: str, *, leads: bool = False) -> Question:
    return Question(name, SkillAnswer, lambda: None, lambda reply: None, leads=leads)  # type: ignore[arg-type, return-value]


def asked_behind(lead: Callable[[Heard | None], None]) -> list[str]:
    asked: list[str] = []

    def ask(each: Question, heard: Heard | None) -> Answer:
        asked.append(each.name)
        if each.leads:
            lead(heard)
        return SkillAnswer(skill=each.name, part=0, answer=None)

    with ThreadPoolExecutor(3) as pool:
        answers = ask_together(pool, ask, [question("a", leads=True), question("b"), question("c")])
    assert [answer.skill for answer in answers if isinstance(answer, SkillAnswer)] == ["a", "b", "c"]
    return asked


def test_an_answer_that_is_there_already_keeps_nobody_waiting() -> None:
    assert asked_behind(lambda heard: None)[0] == "a"


def test_what_the_leading_question_raises_ends_the_others_before_they_are_asked() -> None:
    asked: list[str] = []

    def ask(each: Question, heard: Heard | None) -> Answer:
        asked.append(each.name)
        raise LookupError

    with ThreadPoolExecutor(3) as pool, pytest.raises(LookupError):
        ask_together(pool, ask, [question("a", leads=True), question("b")])
    assert asked == ["a"]


def test_the_others_do_not_wait_for_the_end_of_an_answer_that_has_begun() -> None:
    others = threading.Event()

    def lead(heard: Heard | None) -> None:
        assert heard is not None
        assert not others.is_set()
        heard()
        assert others.wait(20)

    def ask(each: Question, heard: Heard | None) -> Answer:
        if each.leads:
            lead(heard)
        else:
            others.set()
        return SkillAnswer(skill=each.name, part=0, answer=None)

    with ThreadPoolExecutor(2) as pool:
        assert len(ask_together(pool, ask, [question("a", leads=True), question("b")])) == 2
