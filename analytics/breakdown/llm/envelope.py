"""Unwraps what a model server sent: content parts, reasoning, tool calls, streams."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from analytics.breakdown.llm.answer import read_answer, read_thought
from analytics.breakdown.records import Usage

_STREAM: Final = re.compile(r"\s*(?:data|event|id|retry)?:")
# As many as a call may want.
_MOST_CHOICES: Final = 20
_RESPONSE_EVENTS: Final = "response."
_TEXT_PARTS: Final = frozenset({"text", "output_text"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """The content of a response body; `cut` if the token limit ended the answer.

    `arguments` are those of tool calls, `thoughts` what the model reasoned: where else an answer may stand.
    `others` are further choices of the same call.
    """

    text: str
    arguments: tuple[str, ...]
    thoughts: str
    refused: bool
    cut: bool
    model: str
    usage: Usage
    failed: str = ""
    others: tuple[Envelope, ...] = ()

    def answer(self, kind: str) -> dict[str, Any] | None:
        """Read the answer of this kind; None without a certain one."""
        if self.text.strip():
            return read_answer(kind, self.text)
        answers = [answer for text in self.arguments if (answer := read_answer(kind, text)) is not None]
        if answers:
            return answers[0] if len(answers) == 1 else None
        return read_thought(kind, self.thoughts)

    def further(self, kind: str) -> tuple[dict[str, Any], ...]:
        """Read the usable answers of the other choices."""
        answers = (other.answer(kind) for other in self.others if not (other.cut or other.refused))
        return tuple(answer for answer in answers if answer is not None)

    @property
    def whole(self) -> str:
        """Return the model's entire output."""
        return "\n".join(filter(None, (self.text, *self.arguments, self.thoughts)))


def is_stream(text: str) -> bool:
    """Return whether a body is a stream of events rather than JSON."""
    return _STREAM.match(text) is not None


def read_stream(text: str) -> dict[str, Any]:
    """Assemble the events of a stream of either protocol into the body of an unstreamed answer."""
    body: dict[str, Any] = {}
    words: dict[str, list[str]] = {"content": [], "reasoning_content": [], "arguments": [], "refusal": []}
    finish = None
    for event in _events(text):
        if str(event.get("type")).startswith(_RESPONSE_EVENTS):
            # The Responses API repeats the whole body as it stands; the last one is complete.
            responses = event.get("response")
            body = responses if isinstance(responses, dict) else body
            continue
        if event.get("type") == "error":
            return {"error": event}
        body |= {name: event[name] for name in ("model", "usage", "error") if event.get(name)}
        choice = _first(event.get("choices"))
        delta = choice.get("delta") or choice.get("message")
        if not isinstance(delta, dict):
            continue
        finish = choice.get("finish_reason") or finish
        words["content"].append(_content(delta.get("content"))[0])
        words["reasoning_content"].append(_text(delta.get("reasoning_content") or delta.get("reasoning")))
        words["refusal"].append(_text(delta.get("refusal")))
        words["arguments"] += _arguments(delta)
    if "output" in body:
        return body
    message: dict[str, Any] = {name: "".join(parts) for name, parts in words.items()}
    if arguments := message.pop("arguments"):
        message["tool_calls"] = [{"function": {"arguments": arguments}}]
    return body | {"choices": [{"message": message, "finish_reason": finish}]}


def _events(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else None
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            yield event


def read_responses(body: Mapping[str, Any]) -> Envelope | None:
    """Read a body of the Responses API, however odd; None if it is not one."""
    output = body.get("output")
    if not isinstance(output, list):
        return None
    texts: list[str] = []
    thoughts: list[str] = []
    arguments: list[str] = []
    refused = False
    for item in (each for each in output if isinstance(each, dict)):
        if item.get("type") == "function_call":
            arguments += _arguments({"function_call": item})
        elif item.get("type") == "reasoning":
            thoughts += [_text(part.get("text")) for part in _list(item.get("content")) if isinstance(part, dict)]
        elif item.get("type") == "message" and item.get("phase") in (None, "final_answer"):
            content = item.get("content")
            texts.append(_content(content)[0])
            refused = refused or any(
                isinstance(part, dict) and part.get("type") == "refusal" for part in _list(content)
            )
    details = body.get("incomplete_details")
    why = details.get("reason") if isinstance(details, dict) else None
    return Envelope(
        text="".join(texts),
        arguments=tuple(arguments),
        thoughts="".join(thoughts),
        refused=refused or why == "content_filter",
        cut=why == "max_output_tokens" or (body.get("status") == "incomplete" and why != "content_filter"),
        failed=_code(body.get("error")) if body.get("status") == "failed" else "",
        model=_model(body.get("model")),
        usage=_usage(body.get("usage"), "input_tokens", "output_tokens"),
    )


def read_chat(body: Mapping[str, Any]) -> Envelope | None:
    """Read a body of Chat Completions, however odd; None if it is not one."""
    first = _first(body.get("choices"))
    message = first.get("message")
    if not isinstance(message, dict):
        return None
    others = [read_chat({"choices": [choice]}) for choice in _list(body.get("choices"))[1:_MOST_CHOICES]]
    text, thoughts = _content(message.get("content"))
    finish = first.get("finish_reason")
    return Envelope(
        text=text,
        arguments=tuple(_arguments(message)),
        thoughts=_text(message.get("reasoning_content")) or _text(message.get("reasoning")) or thoughts,
        refused=bool(_text(message.get("refusal"))) or finish == "content_filter",
        cut=finish == "length",
        model=_model(body.get("model")),
        usage=_usage(body.get("usage"), "prompt_tokens", "completion_tokens"),
        others=tuple(other for other in others if other is not None),
    )


def _content(content: object) -> tuple[str, str]:
    # What is said and what is thought: a text, an object, or a list of parts.
    if isinstance(content, dict) and "type" not in content:
        return json.dumps(content), ""
    texts: list[str] = []
    thought: list[str] = []
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and part.get("type", "text") in _TEXT_PARTS:
            texts.append(_text(part.get("text")))
        elif isinstance(part, dict) and part.get("type") in ("thinking", "reasoning"):
            inner = part.get("thinking", part.get("text"))
            thought.append(inner if isinstance(inner, str) else _content(inner)[0])
    return "".join(texts), "".join(thought)


def _arguments(message: Mapping[str, Any]) -> list[str]:
    calls = [call.get("function") for call in _list(message.get("tool_calls")) if isinstance(call, dict)]
    texts: list[str] = []
    for call in (*calls, message.get("function_call")):
        arguments = call.get("arguments") if isinstance(call, dict) else None
        if isinstance(arguments, str):
            texts.append(arguments)
        elif isinstance(arguments, dict):
            texts.append(json.dumps(arguments))
    return texts


def _usage(usage: object, read: str, written: str) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get(f"{read}_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    # DeepSeek and Moonshot say it elsewhere.
    cached = cached or usage.get("prompt_cache_hit_tokens") or usage.get("cached_tokens")
    return Usage(
        input_tokens=_count(usage.get(read)), output_tokens=_count(usage.get(written)), cached_tokens=_count(cached)
    )


def _code(error: object) -> str:
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code else "failed"


def _first(value: object) -> dict[str, Any]:
    first = value[0] if isinstance(value, list) and value else None
    return first if isinstance(first, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _model(value: object) -> str:
    # Some servers name the file they loaded; where it lies is nobody's business.
    name = _text(value)[:200]
    return re.split(r"[/\\]", name)[-1] if re.match(r"[/\\.~]|[A-Za-z]:\\", name) else name


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000_000 else 0
