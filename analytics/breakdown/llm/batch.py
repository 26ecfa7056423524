"""Calls that can wait a day, sent together through the provider's batch endpoint at half the price."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.prompt import Call
from analytics.breakdown.records import Record
from analytics.breakdown.wire import Reply, request_body

if TYPE_CHECKING:
    from analytics.breakdown.analyst import Analyst

# What a provider takes in one file, with room to spare; answers are shorter than what was asked.
_MOST_CALLS: Final = 50_000
_MOST_BYTES: Final = 150_000_000
# So many of the latest batches are looked through for one that was begun before an interruption.
_LOOKED_THROUGH: Final = 100
_ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled"})


class Submitted(Record):
    """A batch that was taken, by its id; or the outcome instead of it."""

    batch: str | None = None
    outcome: Outcome | None = None


class Collected(Record):
    """How far a batch is; once it has ended, a reply for every call, the outcome for those that have none."""

    ended: bool
    done: int = 0
    total: int = 0
    replies: dict[str, Reply] = Field(default_factory=dict)
    outcome: Outcome | None = None


def parts(analyst: Analyst, calls: Mapping[str, Call]) -> list[dict[str, Call]]:
    """Cut calls, each under a key of the caller's, into parts that a batch can hold; none for no calls."""
    cut: list[dict[str, Call]] = []
    size = 0
    for key, call in calls.items():
        length = len(_line(analyst, key, call)) + 1
        if not cut or len(cut[-1]) == _MOST_CALLS or size + length > _MOST_BYTES:
            cut.append({})
            size = 0
        cut[-1][key] = call
        size += length
    return cut


def submit(analyst: Analyst, calls: Mapping[str, Call], key: str) -> Submitted:
    """Send a part; its calls are answered within a day.

    `key` names it: one that was begun under the same key, and whose answer was lost, is found again and not sent twice.
    """
    listed = _json(analyst.perform(lambda client: client.batches.with_raw_response.list(limit=_LOOKED_THROUGH).content))
    if isinstance(listed, Outcome):
        return Submitted(outcome=listed)
    for begun in listed.get("data") or ():
        match begun:
            case {"id": str(batch), "metadata": {"key": str(own)}} if own == key:
                return Submitted(batch=batch)
    lines = [_line(analyst, name, call) for name, call in calls.items()]
    file = ("calls.jsonl", b"\n".join(lines), "application/jsonl")
    taken = _object(
        analyst.perform(lambda client: client.files.with_raw_response.create(file=file, purpose="batch").content)
    )
    if isinstance(taken, Outcome):
        return Submitted(outcome=taken)
    started = _object(
        analyst.perform(
            lambda client: (
                client.batches.with_raw_response.create(
                    completion_window="24h",
                    endpoint=_endpoint(analyst),  # type: ignore[arg-type] # one of the paths of `Protocol`
                    input_file_id=str(taken.get("id")),
                    metadata={"key": key},
                ).content
            )
        )
    )
    if isinstance(started, Outcome):
        return Submitted(outcome=started)
    return Submitted(batch=str(started.get("id")))


def _endpoint(analyst: Analyst) -> str:
    return f"/v1{analyst.protocol.value}"


def _line(analyst: Analyst, key: str, call: Call) -> bytes:
    body = request_body(call, analyst.protocol, analyst.settings.model_name, analyst.refused)
    return json.dumps({"custom_id": key, "method": "POST", "url": _endpoint(analyst), "body": body}).encode()


def collect(analyst: Analyst, batch: str, calls: Mapping[str, Call]) -> Collected:
    """Look after a batch; `calls` are those that were submitted."""
    found = _object(analyst.perform(lambda client: client.batches.with_raw_response.retrieve(batch).content))
    if isinstance(found, Outcome):
        return Collected(ended=False, outcome=found)
    counts = found.get("request_counts")
    done = counts.get("completed") if isinstance(counts, dict) else 0
    total = len(calls)
    if found.get("status") not in _ENDED:
        return Collected(ended=False, done=done if isinstance(done, int) else 0, total=total)
    output = found.get("output_file_id")
    replies: dict[str, Reply] = {}
    if isinstance(output, str):
        written = analyst.perform(lambda client: client.files.content(output).content, most_bytes=_MOST_BYTES)
        if isinstance(written, Reply):
            return Collected(ended=False, total=total, outcome=written.outcome)
        replies = _replies(analyst, written, calls)
    missing = Outcome.CANCELLED if found.get("status") == "cancelled" else Outcome.SERVER_ERROR
    complete = {key: replies.get(key, Reply(outcome=missing, detail="not in the batch's answers")) for key in calls}
    return Collected(ended=True, done=len(replies), total=total, replies=complete)


def _replies(analyst: Analyst, written: bytes, calls: Mapping[str, Call]) -> dict[str, Reply]:
    replies: dict[str, Reply] = {}
    for line in written.splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        key = entry.get("custom_id") if isinstance(entry, dict) else None
        response = entry.get("response") if isinstance(entry, dict) else None
        if isinstance(key, str) and key in calls and isinstance(response, dict) and response.get("status_code") == 200:
            replies[key] = analyst.read(calls[key], response.get("body"))
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
