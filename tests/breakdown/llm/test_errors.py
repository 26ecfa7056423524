"""Every way in which a server can fail, through the SDK's own transport and over sockets, in the words of each."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.llm.connection import MOST_BYTES
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from tests.support.doubles import CALL, POINTS
from tests.support.model_server import ModelServer
from tests.support.scripted_server import KEY, OPENAI, Handler, asked, error, spoken


class Endless(httpx2.SyncByteStream):
    """Never stops sending; five times what an answer may have must not be read."""

    def __iter__(self) -> Iterator[bytes]:
        for sent in range(0, 5 * MOST_BYTES, 100_000):
            assert sent <= MOST_BYTES + 100_000
            yield b" " * 100_000


FAILURES: list[tuple[httpx2.Response | Exception | Handler, Outcome, int]] = [
    (error(400, "odd"), Outcome.UNSUPPORTED, 2),
    (error(400, "context_length_exceeded"), Outcome.TOO_LONG, 1),
    (error(400, None, "This model's maximum context length is 4096 tokens"), Outcome.TOO_LONG, 1),
    (error(400, "content_filter"), Outcome.REFUSED, 1),
    (error(401, "invalid_api_key"), Outcome.UNAUTHORISED, 1),
    (error(402), Outcome.OUT_OF_CREDIT, 1),
    (error(403), Outcome.UNAUTHORISED, 1),
    (error(404, "model_not_found"), Outcome.UNKNOWN_MODEL, 1),
    (error(408), Outcome.TIMED_OUT, 3),
    (error(409), Outcome.SERVER_ERROR, 3),
    (error(413), Outcome.TOO_LONG, 1),
    (error(422, "odd"), Outcome.UNSUPPORTED, 2),
    (error(429), Outcome.RATE_LIMITED, 3),
    (error(429, "insufficient_quota"), Outcome.OUT_OF_CREDIT, 1),
    (error(500), Outcome.SERVER_ERROR, 3),
    (error(503), Outcome.SERVER_ERROR, 3),
    (httpx2.Response(503, text="<html>busy</html>"), Outcome.SERVER_ERROR, 3),
    (httpx2.Response(301, headers={"Location": "http://else.test/"}), Outcome.WRONG_ADDRESS, 1),
    (httpx2.ConnectError("refused"), Outcome.UNREACHABLE, 3),
    (httpx2.ConnectTimeout("slow"), Outcome.TIMED_OUT, 3),
    (httpx2.ReadTimeout("slow"), Outcome.TIMED_OUT, 3),
    (httpx2.RemoteProtocolError("peer closed connection"), Outcome.UNREACHABLE, 3),
    (httpx2.Response(200, text="<html>hello</html>"), Outcome.WRONG_ADDRESS, 1),
    (httpx2.Response(200, text="Ollama is running"), Outcome.WRONG_ADDRESS, 1),
    (httpx2.Response(200, json={"message": "Welcome"}), Outcome.WRONG_ADDRESS, 1),
    (httpx2.Response(200, text=""), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, text='{"choices": [{"mess'), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, content=b"\xff\xfe\x00"), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, text="[" * 100_000), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, json=None), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, json=[1]), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, json={}), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, json={"choices": []}), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, json={"choices": [None]}), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, json={"choices": [{"message": None}]}), Outcome.BAD_ANSWER, 3),
    (httpx2.Response(200, json={"choices": [{"message": {"content": 5}}]}), Outcome.BAD_ANSWER, 3),
    (spoken(""), Outcome.BAD_ANSWER, 3),
    (spoken(None), Outcome.BAD_ANSWER, 3),
    (spoken("I think it went well."), Outcome.BAD_ANSWER, 3),
    (spoken('{"strengths": []}'), Outcome.BAD_ANSWER, 3),
    (spoken(json.dumps(POINTS)[:-9]), Outcome.BAD_ANSWER, 3),
    (spoken(None, refusal="I cannot judge people."), Outcome.REFUSED, 1),
    (spoken("{", finish="content_filter"), Outcome.REFUSED, 1),
    (spoken(json.dumps(POINTS), finish="length"), Outcome.BAD_ANSWER, 3),
    (lambda request: httpx2.Response(200, stream=Endless()), Outcome.BAD_ANSWER, 1),
    (lambda request: httpx2.Response(500, stream=Endless()), Outcome.BAD_ANSWER, 1),
    (AttributeError("from inside the SDK"), Outcome.SERVER_ERROR, 1),
    (TypeError("from inside the SDK"), Outcome.SERVER_ERROR, 1),
]


@pytest.mark.parametrize(("answer", "outcome", "tries"), FAILURES)
def test_every_failure_is_named_and_tried_again_where_that_may_help(
    answer: httpx2.Response | Exception | Handler, outcome: Outcome, tries: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if isinstance(answer, httpx2.Response):
        content, status, headers = answer.content, answer.status_code, answer.headers
        reply, server = asked(lambda request: httpx2.Response(status, content=content, headers=headers))
    else:
        reply, server = asked(answer)
    assert (reply.outcome, reply.answer) == (outcome, None)
    assert len(server.asked) == tries
    assert outcome.sentence[-1] == "."
    assert KEY not in repr(reply)
    assert KEY not in caplog.text
    assert len(reply.detail) < 100


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"output": None}, Outcome.BAD_ANSWER),
        ({"output": []}, Outcome.BAD_ANSWER),
        (
            {"output": [None, {"type": "reasoning"}, {"type": "message", "content": [None, {"type": "output_text"}]}]},
            Outcome.BAD_ANSWER,
        ),
        ({"status": "failed", "error": {"code": "server_error"}, "output": []}, Outcome.SERVER_ERROR),
        ({"status": "failed", "error": {"code": "rate_limit_exceeded"}, "output": []}, Outcome.RATE_LIMITED),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": []}, Outcome.REFUSED),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []},
            Outcome.BAD_ANSWER,
        ),
        ({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}]}, Outcome.REFUSED),
    ],
)
def test_every_failure_of_the_responses_api_is_named(body: dict[str, Any], outcome: Outcome) -> None:
    reply, _ = asked(lambda request: httpx2.Response(200, json=body), settings=OPENAI)
    assert reply.outcome is outcome


class Words:
    """What servers say, by what it means; each was seen in a public report."""

    TOO_LONG: tuple[tuple[int, object], ...] = (
        (400, {"error": {"message": "Your request exceeded model token limit: 8192 (requested: 9000)"}}),
        (400, {"error": {"message": "Range of input length should be [1, 30720]", "code": "invalid_parameter_error"}}),
        (400, {"error": {"code": "1261", "message": "Prompt 超长"}}),
        (400, {"error": {"message": "prompt is too long: 210000 tokens > 200000 maximum"}}),
        (400, {"error": {"message": "The input token count (1200000) exceeds the maximum number of tokens allowed"}}),
        (
            400,
            {
                "error": {
                    "message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context length"
                }
            },
        ),
        (400, {"error": "Trying to keep the first 4096 tokens when context the overflows."}),
        (400, {"error": {"message": "Please reduce the length of the messages or completion."}}),
        (422, {"error": "Input validation error: `inputs` must have less than 3071 tokens. Given: 9000"}),
        (500, {"error": {"message": "The request exceeds the available context size, try increasing it"}}),
        (429, {"error": {"message": "Request too large for m on tokens per min (TPM): Limit 30000, Requested 34000."}}),
        (413, "<html>Request Entity Too Large</html>"),
    )
    OUT_OF_CREDIT: tuple[tuple[int, object], ...] = (
        (400, {"error": {"message": "Your credit balance is too low to access the API."}}),
        (
            400,
            {"error": {"message": "Access denied, make sure your account is in good standing.", "code": "Arrearage"}},
        ),
        (429, {"error": {"message": "Your account is suspended, recharge", "type": "exceeded_current_quota_error"}}),
        (429, {"error": {"message": "Please check your billing details.", "code": "billing_not_active"}}),
        (403, {"error": {"message": "Insufficient balance"}}),
        (402, {"error": {"message": "This request requires more credits, or fewer max_tokens."}}),
    )
    UNAUTHORISED: tuple[tuple[int, object], ...] = (
        (400, [{"error": {"message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}}]),
        (401, {"message": "Unauthorized"}),
        (403, {"error": {"message": "Forbidden"}}),
        (400, {"error": {"message": "Incorrect API key provided."}}),
    )
    REFUSED: tuple[tuple[int, object], ...] = (
        (
            400,
            {"error": {"message": "Input data may contain inappropriate content.", "code": "data_inspection_failed"}},
        ),
        (
            400,
            {
                "error": {
                    "message": "The response was filtered by the content management policy.",
                    "code": "content_filter",
                }
            },
        ),
    )
    RATE_LIMITED: tuple[tuple[int, object], ...] = (
        (
            429,
            {
                "error": {
                    "message": "Rate limit reached on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000."
                }
            },
        ),
        (429, [{"error": {"message": "You exceeded your current quota (requests per minute). Please retry in 40s."}}]),
    )
    UNKNOWN_MODEL: tuple[tuple[int, object], ...] = (
        (404, {"error": "model 'm' not found, try pulling it first"}),
        (400, {"error": {"message": "Model Not Exist"}}),
        (400, {"error": {"message": "m is not a valid model ID"}}),
        (
            404,
            {
                "error": {
                    "code": "DeploymentNotFound",
                    "message": "The API deployment for this resource does not exist.",
                }
            },
        ),
    )
    WRONG_ADDRESS: tuple[tuple[int, object], ...] = (
        (404, "404 page not found"),
        (404, {"detail": "Not Found"}),
        (404, {"error": {"message": "Invalid URL (POST /chat/completions)"}}),
        (200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
        (405, {"detail": "Method Not Allowed"}),
        (400, "<html><center>The plain HTTP request was sent to HTTPS port</center></html>"),
        (302, ""),
    )
    PROXY: tuple[tuple[int, object], ...] = ((407, "<html>Proxy Authentication Required</html>"),)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("outcome", "status", "body"),
    [(outcome, status, body) for outcome in Outcome for status, body in getattr(Words, outcome.name, ())],
)
def test_a_failure_is_named_in_whatever_words(outcome: Outcome, status: int, body: object) -> None:
    with ModelServer([{"status": status, "body": body}]) as server:
        client = ModelClient(ModelSettings(base_url=server.url, model="m", timeout=20, retries=0))
        reply = client.ask(CALL)
        assert reply.outcome is outcome
        assert len(server.requests) == 1
        assert client.refused == frozenset()


@pytest.mark.heavy
def test_a_path_without_the_version_is_a_wrong_address() -> None:
    with ModelServer() as server:
        settings = ModelSettings(base_url=server.url.removesuffix("/v1"), model="m", timeout=20)
        reply = ModelClient(settings).ask(CALL)
    assert reply.outcome is Outcome.WRONG_ADDRESS
    assert "OPENAI_BASE_URL" in reply.outcome.sentence


@pytest.mark.heavy
def test_an_error_that_came_with_status_200_is_an_error() -> None:
    limited = {"body": {"error": {"code": 429, "message": "Provider returned error"}}}
    with ModelServer([limited]) as server:
        reply = ModelClient(ModelSettings(base_url=server.url, model="m", timeout=20), pause=lambda s: None).ask(CALL)
        assert reply.answer is not None
        assert len(server.requests) == 2


@pytest.mark.heavy
@pytest.mark.parametrize(
    "body",
    [
        {
            "error": {
                "message": "Failed to validate JSON.",
                "code": "json_validate_failed",
                "failed_generation": "{ECHO",
            }
        },
        {"error": {"message": "Failed to generate JSON: {ECHO", "type": "invalid_request_error"}},
        {"error": {"message": "no", "failed_generation": "ECHO"}},
        {
            "error": {
                "message": "Provider returned error",
                "metadata": {"raw": '{"message": "Failed to parse output ECHO"}'},
            }
        },
    ],
)
@pytest.mark.parametrize("status", [400, 500])
def test_an_answer_that_failed_to_be_generated_is_asked_for_again_whole(body: dict[str, Any], status: int) -> None:
    echo = '{"strengths": [{"text": "Draws the database schema, then the temperature and the system role'
    said = json.loads(json.dumps(body).replace("ECHO", json.dumps(echo)[1:-1]))
    with ModelServer([{"status": status, "body": said}]) as server:
        client = ModelClient(ModelSettings(base_url=server.url, model="m", timeout=20), pause=lambda s: None)
        assert client.ask(CALL).answer is not None
        assert client.refused == frozenset()
        assert [request["response_format"]["type"] for request in server.requests] == ["json_schema"] * 2


@pytest.mark.heavy
def test_words_that_repeat_the_prompt_name_no_option() -> None:
    echo = "Could not process ===== a1 ===== S1 | I store the temperature in max_tokens. ====="
    with ModelServer([{"status": 400, "message": echo}]) as server:
        client = ModelClient(ModelSettings(base_url=server.url, model="m", timeout=20, retries=0))
        assert client.ask(CALL).answer is not None
        assert client.refused == frozenset()
        assert "temperature" in server.requests[1]
