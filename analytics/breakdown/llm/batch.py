"""Calls sent together through the provider's batch endpoint, at half the price and within a day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.llm.protocol import Reply, request_body
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record

if TYPE_CHECKING:
    from analytics.breakdown.llm.client import ModelClient

# What a provider takes in one file, with room to spare; answers are shorter than what was asked.
_MOST_CALLS: Final = 50_000
_MOST_BYTES: Final = 150_000_000
# So many of the latest batches are looked through for one that was begun before an interruption.
_LOOKED_THROUGH: Final = 100
_ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled"})


class BatchReceipt(Record):
    """The id of an accepted batch; or the outcome instead of it."""

    batch: str | None = None
    outcome: Outcome | None = None


class BatchResult(Record):
    """The state of a batch; once ended, a reply for every call, with an outcome where there is none."""

    ended: bool
    done: int = 0
    total: int = 0
    replies: dict[str, Reply] = Field(default_factory=dict)
    outcome: Outcome | None = None


def parts(client: ModelClient, calls: Mapping[str, Call]) -> list[dict[str, Call]]:
    """Split keyed calls into parts that fit a batch; none for no calls."""
    cut: list[dict[str, Call]] = []
    size = 0
    for key, call in calls.items():
        length = len(_line(client, key, call)) + 1
        if not cut or len(cut[-1]) == _MOST_CALLS or size + length > _MOST_BYTES:
            cut.append({})
            size = 0
        cut[-1][key] = call
        size += length
    return cut


def submit(client: ModelClient, calls: Mapping[str, Call], key: str) -> BatchReceipt:
    """Submit a part; its calls are answered within a day.

    `key` names it: one that was begun under the same key, and whose answer was lost, is found again and not sent twice.
    """
    listed = _json(client.perform(lambda sdk: sdk.batches.with_raw_response.list(limit=_LOOKED_THROUGH).content))
    if isinstance(listed, Outcome):
        return BatchReceipt(outcome=listed)
    for begun in listed.get("data") or ():
        match begun:
            case {"id": str(batch), "metadata": {"key": str(own)}} if own == key:
                return BatchReceipt(batch=batch)
    lines = [_line(client, name, call) for name, call in calls.items()]
    file = ("calls.jsonl", b"\n".join(lines), "application/jsonl")
    taken = _object(client.perform(lambda sdk: sdk.files.with_raw_response.create(file=file, purpose="batch").content))
    if isinstance(taken, Outcome):
        return BatchReceipt(outcome=taken)
    started = _object(
        client.perform(
            lambda sdk: (
                sdk.batches.with_raw_response.create(
                    completion_window="24h",
                    endpoint=_endpoint(client),  # type: ignore[arg-type] # one of the paths of `Protocol`
                    input_file_id=str(taken.get("id")),
                    metadata={"key": key},
                ).content
            )
        )
    )
    if isinstance(started, Outcome):
        return BatchReceipt(outcome=started)
    return BatchReceipt(batch=str(started.get("id")))


def _endpoint(client: ModelClient) -> str:
    return f"/v1{client.protocol.value}"


def _line(client: ModelClient, key: str, call: Call) -> bytes:
    body = request_body(call, client.protocol, client.settings, client.refused)
    return json.dumps({"custom_id": key, "method": "POST", "url": _endpoint(client), "body": body}).encode()


def collect(client: ModelClient, batch: str, calls: Mapping[str, Call]) -> BatchResult:
    """Poll a batch; `calls` are those that were submitted."""
    state = _object(client.perform(lambda sdk: sdk.batches.with_raw_response.retrieve(batch).content))
    if isinstance(state, Outcome):
        return BatchResult(ended=False, outcome=state)
    counts = state.get("request_counts")
    done = counts.get("completed") if isinstance(counts, dict) else 0
    total = len(calls)
    if state.get("status") not in _ENDED:
        return BatchResult(ended=False, done=done if isinstance(done, int) else 0, total=total)
    output = state.get("output_file_id")
    replies: dict[str, Reply] = {}
    if isinstance(output, str):
        written = client.perform(lambda sdk: sdk.files.content(output).content, most_bytes=_MOST_BYTES)
        if isinstance(written, Reply):
            return BatchResult(ended=False, total=total, outcome=written.outcome)
        replies = _replies(client, written, calls)
    missing = Outcome.CANCELLED if state.get("status") == "cancelled" else Outcome.SERVER_ERROR
    complete = {key: replies.get(key, Reply(outcome=missing, detail="not in the batch's answers")) for key in calls}
    return BatchResult(ended=True, done=len(replies), total=total, replies=complete)


def _replies(client: ModelClient, written: bytes, calls: Mapping[str, Call]) -> dict[str, Reply]:
    replies: dict[str, Reply] = {}
    for line in written.splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        key = entry.get("custom_id") if isinstance(entry, dict) else None
        response = entry.get("response") if isinstance(entry, dict) else None
        if isinstance(key, str) and key in calls and isinstance(response, dict) and response.get("status_code") == 200:
            replies[key] = client.read(calls[key], response.get("body"))
    return replies


def _object(answer: bytes | Reply) -> dict[str, Any] | Outcome:
    read = _json(answer)
    return read if isinstance(read, Outcome) or isinstance(read.get("id"), str) else Outcome.BAD_ANSWER


def _json(answer: bytes | Reply) -> dict[str, Any] | Outcome:
    if isinstance(answer, Reply):
        return answer.outcome or Outcome.BAD_ANSWER
    try:
        read = json.loads(answer)
    except (ValueError, RecursionError):
        return Outcome.BAD_ANSWER
    return read if isinstance(read, dict) else Outcome.BAD_ANSWER
