"""Asking a model: protocols, retries, options, limits, and the key that must not leak."""

from __future__ import annotations

import email.utils
import json
import logging
import time
from collections.abc import Iterator

import httpx2
import pytest

from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.llm.protocol import Protocol, read_body
from analytics.breakdown.llm.texts import RULES
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from tests.support.doubles import CALL, POINTS, RATING
from tests.support.model_server import envelope
from tests.support.scripted_server import GOOD, KEY, OPENAI, OTHER, ScriptedServer, asked, error, spoken


def test_openai_is_asked_through_the_responses_api() -> None:
    reply, server = asked(spoken(json.dumps(POINTS), "/responses"), settings=OPENAI)
    assert reply.answer == POINTS
    assert (reply.model, reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.cached_tokens) == (
        "double-1",
        40,
        8,
        20,
    )
    assert server.paths == ["https://api.openai.com/v1/responses"]
    (body,) = server.asked
    assert body["instructions"] == RULES
    assert body["input"] == CALL.prompt
    assert body["store"] is False
    assert body["text"]["format"]["strict"] is True
    schema = body["text"]["format"]["schema"]
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"strengths", "weaknesses", "recommendations"}
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_another_server_is_asked_through_chat_completions() -> None:
    reply, server = asked(GOOD)
    assert reply.answer == POINTS
    assert server.paths == ["http://model.test/v1/chat/completions"]
    (body,) = server.asked
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["response_format"]["json_schema"]["strict"] is True
    assert not {"store", "prompt_cache_key"} & set(body)


def test_the_environment_of_the_sdk_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.test/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    _, server = asked(spoken("{}", "/responses"), settings=OPENAI)
    assert server.paths[0] == "https://api.openai.com/v1/responses"
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_without_a_key_a_local_server_is_asked_all_the_same() -> None:
    reply, _ = asked(GOOD, settings=ModelSettings(base_url="http://model.test/v1", model="m"))
    assert reply.answer == POINTS


def test_nothing_is_asked_without_a_model() -> None:
    reply, server = asked(GOOD, settings=ModelSettings())
    assert reply.outcome is Outcome.NOT_CONFIGURED
    assert not server.asked


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("m-1", "m-1"),
        ("org/m-1", "org/m-1"),
        ("/srv/models/m.gguf", "m.gguf"),
        ("C:\\models\\m.gguf", "m.gguf"),
        (5, ""),
    ],
)
def test_where_a_server_keeps_its_model_is_not_kept(named: object, kept: str) -> None:
    body = envelope("/chat/completions", {}, json.dumps(POINTS), (1, 1)) | {"model": named}
    reply, _ = asked(lambda request: httpx2.Response(200, json=body))
    assert reply.model == kept


def test_commentary_is_not_the_answer() -> None:
    output = [
        {"type": "message", "phase": "commentary", "content": [{"type": "output_text", "text": "Let me see {"}]},
        {"type": "message", "phase": "final_answer", "content": [{"type": "output_text", "text": json.dumps(POINTS)}]},
    ]
    reply, _ = asked(
        lambda request: httpx2.Response(200, json={"status": "completed", "output": output}), settings=OPENAI
    )
    assert reply.answer == POINTS


@pytest.mark.parametrize("level", ["7", "0", "NaN", "Infinity", "3.5", '"3.5"', '"3 or 4"', "true", "null", "[3]"])
def test_no_odd_level_is_taken(level: str) -> None:
    reply, _ = asked(spoken(f'{{"level": {level}}}'), call=RATING)
    assert reply.outcome is Outcome.BAD_ANSWER


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"level": 4}\n```',
        'Sure! {"level": 4} I hope this helps.',
        '<think>{"level": 1} or so?</think>{"level": 4}',
        '\ufeff {"level":4}',
    ],
)
def test_an_answer_is_found_among_words(text: str) -> None:
    reply, _ = asked(spoken(text), call=RATING)
    assert reply.answer == {"level": 4}


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry_after": "3"}, 3.0),
        ({"retry_after_ms": "250"}, 0.25),
        ({"retry_after": "0"}, 0.0),
    ],
)
def test_the_servers_wish_to_wait_is_followed(headers: dict[str, str], pause: float) -> None:
    reply, server = asked(error(429, **headers), GOOD)
    assert reply.answer == POINTS
    assert server.pauses == [pause]


def test_a_date_to_wait_for_is_followed() -> None:
    _, server = asked(error(503, retry_after=email.utils.formatdate(time.time() + 3, usegmt=True)), GOOD)
    assert 1 < server.pauses[0] <= 3


@pytest.mark.parametrize("wish", ["", "soon", "nan", "-5"])
def test_without_a_wish_the_pause_is_short(wish: str) -> None:
    reply, server = asked(error(429, retry_after=wish), GOOD)
    assert reply.answer == POINTS
    assert 0.5 <= server.pauses[0] <= 1


@pytest.mark.parametrize("wish", ["31", "86400", "inf", "1e400"])
def test_a_wish_beyond_patience_ends_the_call(wish: str) -> None:
    reply, server = asked(error(429, retry_after=wish), GOOD)
    assert reply.outcome is Outcome.RATE_LIMITED
    assert len(server.asked) == 1


def test_a_wait_beyond_the_calls_time_is_not_begun() -> None:
    reply, server = asked(error(429, retry_after="8"), GOOD)
    assert reply.outcome is Outcome.RATE_LIMITED
    assert server.pauses == []


def test_a_cut_answer_is_asked_for_again_with_more_room_and_paid_for() -> None:
    reply, server = asked(spoken("{", finish="length"), GOOD)
    assert reply.answer == POINTS
    assert [body["max_tokens"] for body in server.asked] == [500, 1000]
    assert (reply.usage.calls, reply.usage.tokens) == (2, 96)


def test_usage_is_estimated_when_the_server_gives_none() -> None:
    body = envelope("/chat/completions", {}, json.dumps(POINTS), (0, 0))
    reply, _ = asked(lambda request: httpx2.Response(200, json={**body, "usage": None}))
    assert reply.usage.input_tokens > 300
    assert reply.usage.output_tokens > 10


@pytest.mark.parametrize(
    ("settings", "message", "option", "missing"),
    [
        (
            OPENAI,
            "Unsupported parameter: 'temperature' is not supported with this model.",
            "temperature",
            "temperature",
        ),
        (OPENAI, "Unknown parameter: 'prompt_cache_key'.", "prompt_cache_key", "prompt_cache_key"),
        (OPENAI, "Invalid parameter: 'text.format' of type 'json_schema' is not supported.", "json_schema", "text"),
        (OTHER, "Unsupported value: 'temperature' does not support 0.2 with this model.", "temperature", "temperature"),
        (OTHER, "Use 'max_completion_tokens' instead of 'max_tokens'.", "max_tokens", "max_tokens"),
        (OTHER, "System role not supported", "system", ""),
    ],
)
def test_an_option_that_is_refused_is_left_out_once_and_remembered(
    settings: ModelSettings, message: str, option: str, missing: str
) -> None:
    good = spoken(json.dumps(POINTS), "/responses" if settings is OPENAI else "/chat/completions")
    server = ScriptedServer(error(400, "unsupported_parameter", message), good)
    client = server.client(settings)
    assert client.ask(CALL).answer == POINTS
    assert client.ask(CALL).answer == POINTS
    assert len(server.asked) == 3
    assert client.refused == {option}
    assert all(missing not in body for body in server.asked[1:]) or not missing
    assert server.pauses == []
    if option == "max_tokens":
        assert server.asked[2]["max_completion_tokens"] == 500
    if option == "system":
        assert [entry["role"] for entry in server.asked[2]["messages"]] == ["user"]
        assert RULES in server.asked[2]["messages"][0]["content"]


def test_a_server_without_schemas_is_asked_for_json_and_then_for_text() -> None:
    refuse = error(400, None, "response_format json_schema is not supported")
    server = ScriptedServer(refuse, error(422, None, "response_format: extra fields not permitted"), GOOD)
    assert server.client().ask(CALL).answer == POINTS
    assert [body.get("response_format", {}).get("type") for body in server.asked] == [
        "json_schema",
        "json_object",
        None,
    ]


def test_a_server_that_refuses_everything_is_given_up() -> None:
    reply, server = asked(
        error(400, None, "temperature max_tokens max_completion_tokens response_format system role schema")
    )
    assert reply.outcome is Outcome.UNSUPPORTED
    assert len(server.asked) <= 7


def test_a_pydantic_styled_refusal_is_understood() -> None:
    refuse = httpx2.Response(
        422, json={"detail": [{"type": "extra_forbidden", "loc": ["body", "temperature"], "msg": "no"}]}
    )
    reply, server = asked(refuse, GOOD)
    assert reply.answer == POINTS
    assert "temperature" not in server.asked[1]


class Dripping(httpx2.SyncByteStream):
    """Sends a byte whenever it is asked, for ever."""

    def __init__(self) -> None:
        self.sent = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        while not self.closed:
            self.sent += 1
            yield b" "
            time.sleep(0.01)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("status", [200, 500])
def test_a_dripping_answer_ends_with_the_calls_time(status: int) -> None:
    stream = Dripping()
    start = time.monotonic()
    reply, server = asked(
        lambda request: httpx2.Response(status, stream=stream),
        settings=ModelSettings(base_url="http://model.test/v1", model="m", timeout=0.4),
    )
    assert reply.outcome is Outcome.TIMED_OUT
    assert 0.35 < time.monotonic() - start < 2
    assert len(server.asked) == 1


def test_a_run_that_is_over_cuts_the_call() -> None:
    stream = Dripping()
    server = ScriptedServer(lambda request: httpx2.Response(200, stream=stream))
    start = time.monotonic()
    assert server.client().ask(CALL, until=start + 0.3).outcome is Outcome.TIMED_OUT
    assert time.monotonic() - start < 2


def test_a_call_can_be_cancelled_while_it_waits() -> None:
    stream = Dripping()
    server = ScriptedServer(lambda request: httpx2.Response(200, stream=stream))
    start = time.monotonic()
    reply = server.client().ask(CALL, cancelled=lambda: stream.sent > 3)
    assert reply.outcome is Outcome.CANCELLED
    assert time.monotonic() - start < 2


def test_a_pause_can_be_cancelled() -> None:
    server = ScriptedServer(error(429, retry_after="4"))
    client = ModelClient(OTHER, transport=httpx2.MockTransport(server))
    start = time.monotonic()
    assert client.ask(CALL, cancelled=lambda: time.monotonic() - start > 0.3).outcome is Outcome.CANCELLED
    assert time.monotonic() - start < 2
    assert len(server.asked) == 1


def test_the_key_is_nowhere_to_be_seen(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = ScriptedServer(error(401, "invalid_api_key", f"Incorrect API key provided: {KEY}"), GOOD)
    client = server.client()
    reply = client.ask(CALL)
    assert reply.detail == "HTTP 401 invalid_api_key"
    for shown in (repr(client), repr(client.settings), repr(reply), reply.model_dump_json(), caplog.text):
        assert KEY not in shown
    assert RULES not in caplog.text


@pytest.mark.parametrize("code", [KEY, "sk-x", "a b", "x" * 99, 5, None, ["a"]])
def test_no_code_of_a_server_is_repeated_unseen(code: object) -> None:
    reply, _ = asked(lambda request: httpx2.Response(401, json={"error": {"message": "m", "code": code}}))
    assert reply.detail in ("HTTP 401", "HTTP 401 5")


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize(
    "usage", [None, [], {"input_tokens": -1, "prompt_tokens": "5"}, {"input_tokens": True}, {"input_tokens_details": 5}]
)
def test_odd_usage_counts_as_none(protocol: Protocol, usage: object) -> None:
    body = envelope(protocol.value, {}, "x", (1, 1)) | {"usage": usage}
    read = read_body(protocol, body)
    assert read is not None
    assert read.usage.tokens == 0
