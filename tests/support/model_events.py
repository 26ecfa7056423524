"""The answers of a model server as streams of events."""

from __future__ import annotations

import json
from typing import Any


def events(body: dict[str, Any]) -> bytes:
    """Put an answer as a stream of events, its text in pieces of seven letters."""
    if "output" in body:
        text = body["output"][0]["content"][0].get("text", "")
        told = [{"type": "response.created", "response": body | {"status": "in_progress", "output": []}}]
        told += [
            {"type": "response.output_text.delta", "delta": text[start : start + 7]} for start in range(0, len(text), 7)
        ]
        told.append({"type": "response.completed", "response": body})
        return b"".join(
            b"event: %s\ndata: %s\n\n" % (each["type"].encode(), json.dumps(each).encode()) for each in told
        )
    (choice,) = body["choices"]
    text = choice["message"]["content"] or ""
    deltas = [{"content": text[start : start + 7]} for start in range(0, len(text), 7)]
    head = {name: body[name] for name in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    chunks = [head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    chunks.append(head | {"choices": [], "usage": body["usage"]})
    return b"".join(b"data: %s\n\n" % json.dumps(chunk).encode() for chunk in chunks) + b"data: [DONE]\n\n"
