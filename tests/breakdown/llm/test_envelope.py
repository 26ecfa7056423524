"""What servers wrap an answer in, over sockets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from tests.support.doubles import RATING
from tests.support.model_server import ModelServer

A = json.dumps({"level": 4})


def level_three(prompt: str) -> dict[str, Any]:
    return {"level": 3}


def ask(server: ModelServer, **settings: Any) -> tuple[Any, Outcome | None]:
    client = ModelClient(ModelSettings(base_url=server.url, model="m", timeout=20, **settings), pause=lambda s: None)
    reply = client.ask(RATING)
    return reply.answer, reply.outcome


@pytest.mark.heavy
@pytest.mark.parametrize(
    "message",
    [
        {"content": "", "reasoning_content": A},
        {"content": None, "reasoning": A},
        {"content": None, "reasoning": f"```json\n{A}\n```"},
        {"content": None, "tool_calls": [{"type": "function", "function": {"name": "rating", "arguments": A}}]},
        {"content": None, "tool_calls": [{"function": {"arguments": {"level": 4}}}]},
        {"content": None, "function_call": {"name": "rating", "arguments": A}},
        {"content": [{"type": "text", "text": A}]},
        {"content": [{"type": "text", "text": A[:5]}, {"type": "text", "text": A[5:]}]},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": '{"level": 2}?'}]},
                {"type": "text", "text": A},
            ]
        },
        {"content": {"level": 4}},
        {"content": A, "reasoning_content": '{"level": 1}'},
        {"content": f"<think>perhaps {{2}}</think>\n```json\n{A}\n```"},
    ],
)
def test_an_answer_is_read_from_where_it_stands(message: dict[str, Any]) -> None:
    with ModelServer([{"message": message}]) as server:
        assert ask(server) == ({"level": 4}, None)
        assert len(server.requests) == 1


@pytest.mark.heavy
@pytest.mark.parametrize(
    "message",
    [
        {"content": "", "reasoning_content": f"It could be {A}, or lower."},
        {"content": "I would rather talk.", "reasoning_content": A},
        {"content": None, "tool_calls": [{"function": {"arguments": A}}, {"function": {"arguments": '{"level": 2}'}}]},
        {"content": [{"type": "thinking", "thinking": f"so {A}"}]},
        {"content": [None, 5, {"type": "image"}]},
    ],
)
def test_no_answer_is_made_of_thoughts_or_of_two(message: dict[str, Any]) -> None:
    with ModelServer([{"message": message}] * 3) as server:
        assert ask(server) == (None, Outcome.BAD_ANSWER)


@pytest.mark.heavy
def test_a_model_that_answered_wrongly_is_told_what_was_wrong() -> None:
    with ModelServer([{"text": '{"level": 9}'}, {"text": A}]) as server:
        assert ask(server) == ({"level": 4}, None)
        first, second = (request["messages"][1]["content"] for request in server.requests)
    assert second.startswith(first)
    assert '"level" must be one whole number from 1 to 5.' in second


def streams_only(body: dict[str, Any]) -> dict[str, Any] | None:
    if body.get("stream"):
        return None
    return {"status": 400, "message": "This model only support stream mode, please enable the stream parameter"}


def thinks_unless_told(body: dict[str, Any]) -> dict[str, Any] | None:
    if body.get("enable_thinking") is False:
        return None
    message = "parameter.enable_thinking must be set to false for non-streaming calls"
    return {"status": 400, "code": "invalid_parameter_error", "message": message}


@pytest.mark.heavy
@pytest.mark.parametrize(("rule", "option"), [(streams_only, "unstreamed"), (thinks_unless_told, "thinking")])
def test_a_server_that_wants_a_stream_or_no_thinking_gets_it(rule: Any, option: str) -> None:
    with ModelServer(rule=rule, answer=level_three) as server:
        client = ModelClient(ModelSettings(base_url=server.url, model="m", timeout=20))
        replies = [client.ask(RATING) for _ in range(2)]
        assert [reply.answer for reply in replies] == [{"level": 3}] * 2
        assert replies[0].usage.input_tokens > 0
        assert client.refused == {option}
        assert len(server.requests) == 3


@pytest.mark.heavy
@pytest.mark.parametrize("extra", [{"enable_thinking": False}, {"stream": True}])
def test_further_fields_are_sent_as_they_are_set(extra: dict[str, Any]) -> None:
    with ModelServer(answer=level_three) as server:
        assert ask(server, extra={**extra, "temperature": None, "max_tokens": 77}) == ({"level": 3}, None)
        (body,) = server.requests
    assert extra.items() <= body.items()
    assert body["max_tokens"] == 77
    assert "temperature" not in body


@pytest.mark.heavy
def test_a_stream_that_ends_early_is_no_answer() -> None:
    with ModelServer([{"cut": 150}] * 3) as server:
        assert ask(server, extra={"stream": True})[1] in (Outcome.UNREACHABLE, Outcome.BAD_ANSWER)


@pytest.mark.heavy
@pytest.mark.parametrize(("read", "outcome"), [(2_048, Outcome.TOO_LONG), (4_096, Outcome.TOO_LONG), (9_000, None)])
def test_a_prompt_that_the_server_cut_was_not_read(read: int, outcome: Outcome | None) -> None:
    call = RATING.model_copy(update={"prompt": "S1 | I measured the queue first, since it was late.\n" * 600})
    with ModelServer([{"usage": [read, 5], "text": A}]) as server:
        client = ModelClient(ModelSettings(base_url=server.url, model="m", timeout=20))
        reply = client.ask(call)
        assert reply.outcome is outcome
        assert len(server.requests) == 1
    assert reply.answer == (None if outcome else {"level": 4})
