"""The same over real sockets, and the double itself from another process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from analytics.interviewlab.feedback import State
from tests.support.doubles import CALL, conversation
from tests.support.jobs import CALLS
from tests.support.model_server import ModelServer


def settings(server: ModelServer, **others: Any) -> ModelSettings:
    return ModelSettings(base_url=server.url, model="m", **others)


def test_a_whole_interview_over_a_real_server(server: ModelServer) -> None:
    made = FeedbackGenerator(settings(server)).generate_feedback(conversation())
    assert {skill.state for skill in made.skill_breakdown.values()} == {State.SCORED}
    assert made.quoted == made.points == 16
    assert len(server.requests) == CALLS
    assert made.provenance.usage.calls == CALLS
    assert made.provenance.host == server.url.split("/")[2]


@pytest.mark.parametrize(
    ("behaviours", "outcome", "requests"),
    [
        ([{"status": 429, "headers": {"Retry-After": "0"}}], None, 2),
        ([{"status": 500, "headers": {"Retry-After": "0"}}] * 2, None, 3),
        ([{"status": 503, "headers": {"Retry-After": "0"}}] * 3, Outcome.SERVER_ERROR, 3),
        ([{"cut": 0}] * 3, Outcome.UNREACHABLE, 3),
        ([{"cut": 60}], None, 2),
        ([{"cut": 60}] * 3, Outcome.UNREACHABLE, 3),
        ([{"body": "<html></html>"}], Outcome.WRONG_ADDRESS, 1),
        ([{"refusal": "I would rather not."}], Outcome.REFUSED, 1),
        ([{"size": 5_000_000}], Outcome.BAD_ANSWER, 1),
        ([{"text": "{"}] * 3, Outcome.BAD_ANSWER, 3),
        ([{"hang": 30}], Outcome.TIMED_OUT, 1),
        ([{"drip": 0.05}], Outcome.TIMED_OUT, 1),
        ([{"drip": 0.05, "status": 500}], Outcome.TIMED_OUT, 1),
    ],
)
def test_failures_over_real_sockets(
    server: ModelServer, behaviours: list[dict[str, Any]], outcome: Outcome | None, requests: int
) -> None:
    server.tell(behaviours)
    start = time.monotonic()
    waiting = {"hang", "drip"} & set(behaviours[0])
    reply = ModelClient(settings(server, timeout=1.0 if waiting else 20.0), pause=lambda seconds: None).ask(CALL)
    assert reply.outcome is outcome
    assert len(server.requests) == requests
    assert time.monotonic() - start < (3 if waiting else 15)


def test_nobody_listening_is_unreachable(server: ModelServer) -> None:
    gone = settings(server)
    server.stop()
    assert ModelClient(gone, pause=lambda seconds: None).ask(CALL).outcome is Outcome.UNREACHABLE


@pytest.mark.heavy
def test_the_double_can_be_driven_from_another_process() -> None:
    command = [sys.executable, "-m", "tests.support.model_server", "--port", "0"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            control = url.removesuffix("/v1") + "/control"
            behaviours = json.dumps([{"refusal": "no", "when": "S1 | I did."}]).encode()
            urllib.request.urlopen(urllib.request.Request(control, data=behaviours), timeout=10).close()
            asked = ModelClient(ModelSettings(base_url=url, model="m"))
            assert asked.ask(CALL.model_copy(update={"prompt": "something else"})).outcome is None
            assert asked.ask(CALL).outcome is Outcome.REFUSED
            with urllib.request.urlopen(control, timeout=10) as answer:
                assert [body["model"] for body in json.load(answer)] == ["m", "m"]
        finally:
            process.terminate()
