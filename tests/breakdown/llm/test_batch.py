from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from analytics.breakdown.llm import batch
from analytics.breakdown.llm.batch import collect, parts, submit
from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from tests.support.doubles import CALL, POINTS, RATING
from tests.support.model_server import envelope

CALLS = {"a": CALL, "b": RATING, "c": CALL}
OPENAI = ModelSettings(api_key="k", model="m", timeout=5)


class Provider:
    """A batch endpoint that has got as far as it is told."""

    def __init__(
        self,
        batch: dict[str, Any],
        lines: list[str] | None = None,
        *,
        broken: str = "",
        begun: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.batch = {"id": "batch_1", **batch}
        self.lines = lines or []
        self.broken = broken
        self.file = ""
        self.begun = begun
        self.asked: dict[str, Any] = {}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if self.broken and path.endswith(self.broken):
            return httpx2.Response(503, text="busy")
        if path.endswith("/content"):
            return httpx2.Response(200, text="\n".join(self.lines))
        if path.endswith("/files"):
            self.file = request.read().decode()
            return httpx2.Response(200, json={"id": "file_1"})
        if request.method == "GET" and path.endswith("/batches"):
            return httpx2.Response(200, json={"object": "list", "data": list(self.begun)})
        if request.method == "POST":
            self.asked = json.loads(request.read())
        return httpx2.Response(200, json=self.batch)

    def client(self) -> ModelClient:
        return ModelClient(OPENAI, transport=httpx2.MockTransport(self))


def line(key: str, answer: object, status: int = 200) -> str:
    body = envelope("/responses", {}, json.dumps(answer), (10, 2))
    return json.dumps({"custom_id": key, "response": {"status_code": status, "body": body}})


def test_calls_are_sent_together() -> None:
    provider = Provider({})
    assert submit(provider.client(), CALLS, "k 1.0").batch == "batch_1"
    assert provider.asked == {
        "completion_window": "24h",
        "endpoint": "/v1/responses",
        "input_file_id": "file_1",
        "metadata": {"key": "k 1.0"},
    }
    sent = [json.loads(row) for row in provider.file.splitlines() if row.startswith("{")]
    assert [entry["custom_id"] for entry in sent] == ["a", "b", "c"]
    assert all(entry["body"]["text"]["format"]["strict"] for entry in sent)
    assert {entry["url"] for entry in sent} == {"/v1/responses"}


@pytest.mark.parametrize("broken", ["/files", "/batches"])
def test_a_batch_that_is_not_taken_says_why(broken: str) -> None:
    taken = submit(Provider({}, broken=broken).client(), CALLS, "k")
    assert (taken.batch, taken.outcome) == (None, Outcome.SERVER_ERROR)


def test_a_batch_whose_answer_was_lost_is_not_sent_again() -> None:
    others = [{"id": "batch_8", "metadata": None}, {"id": "batch_9", "metadata": {"key": "k 1.0"}}]
    provider = Provider({}, begun=others)
    assert submit(provider.client(), CALLS, "k 1.0").batch == "batch_9"
    assert (provider.file, provider.asked) == ("", {})
    assert submit(provider.client(), CALLS, "k 1.1").batch == "batch_1"


def test_more_than_a_batch_holds_goes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Provider({}).client()
    assert [list(part) for part in parts(client, CALLS)] == [["a", "b", "c"]]
    assert parts(client, {}) == []
    monkeypatch.setattr(batch, "_MOST_CALLS", 2)
    assert [list(part) for part in parts(client, CALLS)] == [["a", "b"], ["c"]]
    monkeypatch.setattr(batch, "_MOST_BYTES", 1)
    assert [list(part) for part in parts(client, CALLS)] == [["a"], ["b"], ["c"]]


def test_a_batch_under_way_has_no_replies() -> None:
    found = collect(Provider({"status": "in_progress", "request_counts": {"completed": 2}}).client(), "batch_1", CALLS)
    assert (found.ended, found.done, found.total, found.replies) == (False, 2, 3, {})


def test_an_ended_batch_has_a_reply_for_every_call() -> None:
    lines = [line("b", {"level": 4}), "not json", "[]", line("a", POINTS), line("c", POINTS, 500), line("x", POINTS)]
    provider = Provider({"status": "completed", "output_file_id": "file_2"}, lines)
    found = collect(provider.client(), "batch_1", CALLS)
    assert (found.ended, found.done) == (True, 2)
    assert set(found.replies) == set(CALLS)
    assert found.replies["a"].answer == POINTS
    assert found.replies["b"].answer == {"level": 4}
    assert found.replies["a"].usage.tokens == 12
    assert found.replies["c"].outcome is Outcome.SERVER_ERROR


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("failed", Outcome.SERVER_ERROR), ("expired", Outcome.SERVER_ERROR), ("cancelled", Outcome.CANCELLED)],
)
def test_a_batch_that_came_to_nothing_says_so_for_every_call(status: str, outcome: Outcome) -> None:
    found = collect(Provider({"status": status}).client(), "batch_1", CALLS)
    assert found.ended
    assert {reply.outcome for reply in found.replies.values()} == {outcome}


def test_a_server_that_fails_meanwhile_loses_nothing() -> None:
    provider = Provider({"status": "completed", "output_file_id": "file_2"}, broken="/content")
    found = collect(provider.client(), "batch_1", CALLS)
    assert (found.ended, found.outcome) == (False, Outcome.SERVER_ERROR)
