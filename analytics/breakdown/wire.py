"""The two protocols of model servers: a call as a request body, a response body as what the model answered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pydantic import ValidationError

from analytics.breakdown.answers import ANSWERS
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.prompt import Call
from analytics.breakdown.records import Record, Usage


class Protocol(StrEnum):
    """How a server is spoken to; the value is the path under its address."""

    RESPONSES = "/responses"
    CHAT = "/chat/completions"


class Reply(Record):
    """A model's answer to a call, validated, or the outcome instead of it.

    `detail` is for whoever runs the program: status and codes only, never what was sent or a key.
    """

    answer: dict[str, Any] | None = None
    outcome: Outcome | None = None
    detail: str = ""
    model: str = ""
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Said:
    """What a response body holds; `cut` when the answer ended for want of tokens."""

    text: str
    refused: bool
    cut: bool
    failed: str
    model: str
    usage: Usage


# What a server may refuse, by the name it would complain about, and what is left out or sent instead.
OPTIONAL: Final[Mapping[Protocol, tuple[str, ...]]] = {
    Protocol.RESPONSES: ("temperature", "prompt_cache_key", "store", "max_output_tokens", "json_schema"),
    Protocol.CHAT: ("temperature", "max_tokens", "max_completion_tokens", "json_schema", "response_format", "system"),
}


def request_body(call: Call, protocol: Protocol, model: str, refused: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Write a call as a request body, without what the server is known to refuse."""
    schema = {"name": call.answer, "strict": True, "schema": ANSWERS[call.answer].model_json_schema()}
    body: dict[str, Any] = {"model": model}
    if protocol is Protocol.RESPONSES:
        body |= {"instructions": call.instructions, "input": call.prompt}
        options: dict[str, Any] = {
            "temperature": call.temperature,
            "prompt_cache_key": call.cache_key,
            "store": False,
            "max_output_tokens": call.most_tokens,
        }
        if "json_schema" not in refused:
            body["text"] = {"format": {"type": "json_schema", **schema}}
    else:
        system = {"role": "system", "content": call.instructions}
        body["messages"] = [system, {"role": "user", "content": call.prompt}]
        if "system" in refused:
            body["messages"] = [{"role": "user", "content": f"{call.instructions}\n\n{call.prompt}"}]
        options = {"temperature": call.temperature}
        options["max_completion_tokens" if "max_tokens" in refused else "max_tokens"] = call.most_tokens
        if "response_format" not in refused:
            plain = "json_schema" in refused
            body["response_format"] = (
                {"type": "json_object"} if plain else {"type": "json_schema", "json_schema": schema}
            )
    return body | {name: value for name, value in options.items() if name not in refused}


def refused_option(protocol: Protocol, error: object, refused: frozenset[str]) -> str | None:
    """Tell which of the options we may leave out an error complains about; None when it names none.

    `error` is the body of a 400 or 422, whatever shape a server gives it.
    """
    try:
        text = json.dumps(error, ensure_ascii=False) if not isinstance(error, str) else error
    except (TypeError, ValueError, RecursionError):
        return None
    text = text[:5000].lower()
    for name in OPTIONAL[protocol]:
        if name not in refused and any(
            re.search(rf"(?<![\w]){word}(?!\w)", text) for word in _CALLED.get(name, (name,))
        ):
            return name
    return None


_CALLED: Final[Mapping[str, tuple[str, ...]]] = {
    "json_schema": (
        "json_schema",
        "json schema",
        r"text\.format",
        "response_format",
        "grammar",
        "structured outputs?",
        "schema",
    ),
    "system": (
        "system role",
        "role system",
        "system messages?",
        "roles must alternate",
        "'system'",
        '\\\\"system\\\\"',
    ),
}


def read_body(protocol: Protocol, body: object) -> Said | None:
    """Read a response body, however odd; None when it is none of this protocol."""
    if not isinstance(body, dict):
        return None
    return _read_responses(body) if protocol is Protocol.RESPONSES else _read_chat(body)


def read_answer(kind: str, text: str) -> dict[str, Any] | None:
    """Read the JSON object in a text and hold it against its schema; None when it does not fit.

    Servers that enforce no schema get answers with thoughts, fences or a sentence around the object.
    """
    start, end = text.rfind("</think>"), text.rfind("}")
    start = text.find("{", max(start, 0))
    if start == -1 or end < start:
        return None
    try:
        return ANSWERS[kind].model_validate_json(text[start : end + 1]).model_dump()
    except (ValidationError, RecursionError):
        return None


def _read_responses(body: Mapping[str, Any]) -> Said | None:
    output = body.get("output")
    if not isinstance(output, list):
        return None
    texts: list[str] = []
    refused = False
    for item in output:
        if (
            not isinstance(item, dict)
            or item.get("type") != "message"
            or item.get("phase") not in (None, "final_answer")
        ):
            continue
        for part in _list(item.get("content")):
            if isinstance(part, dict):
                refused = refused or part.get("type") == "refusal"
                if part.get("type") == "output_text" and isinstance(part.get("text"), str):
                    texts.append(part["text"])
    details = body.get("incomplete_details")
    why = details.get("reason") if isinstance(details, dict) else None
    return Said(
        text="".join(texts),
        refused=refused or why == "content_filter",
        cut=why == "max_output_tokens" or (body.get("status") == "incomplete" and why != "content_filter"),
        failed=_code(body.get("error")) if body.get("status") == "failed" else "",
        model=_model(body.get("model")),
        usage=_usage(body.get("usage"), "input_tokens", "output_tokens"),
    )


def _read_chat(body: Mapping[str, Any]) -> Said | None:
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(message, dict):
        return None
    content = message.get("content")
    finish = first.get("finish_reason")
    return Said(
        text=content if isinstance(content, str) else "",
        refused=bool(_text(message.get("refusal"))) or finish == "content_filter",
        cut=finish == "length",
        failed="",
        model=_model(body.get("model")),
        usage=_usage(body.get("usage"), "prompt_tokens", "completion_tokens"),
    )


def _usage(usage: object, read: str, written: str) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get(f"{read}_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(
        input_tokens=_count(usage.get(read)), output_tokens=_count(usage.get(written)), cached_tokens=_count(cached)
    )


def _code(error: object) -> str:
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code else "failed"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _model(value: object) -> str:
    # Some servers name the file they loaded; where it lies is nobody's business.
    name = _text(value)
    return re.split(r"[/\\]", name)[-1] if re.match(r"[/\\.~]|[A-Za-z]:\\", name) else name


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000_000 else 0
