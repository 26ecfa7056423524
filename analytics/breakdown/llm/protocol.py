"""The two protocols of model servers: from a call to a request body, from a response body to a reply."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from analytics.breakdown.assessment.answers import Rating, schema_of
from analytics.breakdown.assessment.scoring import RatingAnswer
from analytics.breakdown.llm.envelope import Envelope, is_stream, read_chat, read_responses, read_stream
from analytics.breakdown.llm.errors import NoAnswerError, ServerError, backoff
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record, Usage


class Protocol(StrEnum):
    """A server's protocol; the value is the path below its address."""

    RESPONSES = "/responses"
    CHAT = "/chat/completions"


class Reply(Record):
    """A model's answer to a call, validated, or the outcome instead of it.

    `further` are more answers to the same call, where it wanted several. `detail` is for whoever runs the program:
    status and codes only, never what was sent or a key.
    """

    answer: dict[str, Any] | None = None
    outcome: Outcome | None = None
    detail: str = ""
    model: str = ""
    usage: Usage = Usage()
    further: tuple[dict[str, Any], ...] = ()


def read_rating(reply: Reply, *, by_claims: bool = False) -> RatingAnswer:
    """Read the levels from a reply and its further choices."""
    read = [Rating.model_validate(answer) for answer in ((reply.answer, *reply.further) if reply.answer else ())]
    return RatingAnswer(
        choices=tuple(_levels(rating) for rating in read),
        priorities=tuple(read[0].priorities) if read else (),
        by_claims=by_claims,
        outcome=reply.outcome,
        usage=reply.usage,
    )


def _levels(rating: Rating) -> dict[str, int]:
    # 0 is no level: nothing was rated.
    everywhere = {"": rating.level} if rating.level else {}
    return {each.skill: each.level for each in rating.levels} or everywhere


# What a server may refuse, by the words it complains in; each is then left out, or another thing is sent instead.
# In this order: a message about thinking without streaming names both.
_REFUSALS: Final[Mapping[str, str]] = {
    "temperature": r"(?<!\w)temperature(?!\w)",
    "prompt_cache_key": r"(?<!\w)prompt_cache_key(?!\w)",
    "store": r"(?<!\w)store(?!\w)",
    "max_output_tokens": r"(?<!\w)max_output_tokens(?!\w)",
    "max_tokens": r"(?<!\w)max_tokens(?!\w)",
    "max_completion_tokens": r"(?<!\w)max_completion_tokens(?!\w)",
    "json_schema": r"json_?\s?schema|response_?(?:format|schema)|text\.format|grammar|structured.?outputs?|guided"
    r"|(?<!\w)schema(?!\w)|json_object|response_mime_type",
    "response_format": r"response_?(?:format|schema)|grammar|json_object|json_?\s?(?:schema|mode)|guided|schema",
    "system": r"system role|role system|system messages?|system prompt|developer instruction|roles must alternate"
    r"|['\"]system['\"]",
    "thinking": r"enable_thinking",
    "unstreamed": r"(?:only|must|requires?d?|needs?).{0,40}stream|stream.{0,40}(?:only|must|required|needed|mode)"
    r"|non-streaming",
    "n": r"['\"`]n['\"`]|(?<![\w'])n(?: ?=|:| (?:must|should|is|>|parameter))|parameter:? n\b"
    r"|(?:multiple|number of) (?:choices|completions|generations)",
    "streamed": r"(?<!\w)stream(?:ing|ed|_options)?(?!\w)",
}
_OPTIONS: Final[Mapping[Protocol, tuple[str, ...]]] = {
    Protocol.RESPONSES: ("temperature", "prompt_cache_key", "store", "max_output_tokens", "json_schema", "streamed"),
    Protocol.CHAT: (
        "temperature",
        "max_tokens",
        "max_completion_tokens",
        "json_schema",
        "response_format",
        "system",
        "thinking",
        "unstreamed",
        "n",
        "streamed",
    ),
}
# What makes a server hold the answer to a schema, and what it stumbles over without saying so.
SHAPE: Final[Mapping[Protocol, str]] = {Protocol.RESPONSES: "json_schema", Protocol.CHAT: "response_format"}


def request_body(
    call: Call,
    protocol: Protocol,
    settings: ModelSettings,
    refused: frozenset[str] = frozenset(),
    *,
    streamed: bool = False,
) -> dict[str, Any]:
    """Build the request body, without options the server refused and with those the settings add."""
    name, shape = schema_of(call.answer)
    schema = {"name": name, "strict": True, "schema": shape}
    body: dict[str, Any] = {"model": settings.model_name}
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
        body |= {"stream": True} if streamed else {}
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
        if "thinking" in refused:
            body["enable_thinking"] = False
        if streamed or "unstreamed" in refused:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        elif call.choices > 1:
            options["n"] = call.choices
    body |= {name: value for name, value in options.items() if name not in refused}
    return {name: value for name, value in (body | dict(settings.extra)).items() if value is not None}


def refused_option(protocol: Protocol, words: str, refused: frozenset[str]) -> str | None:
    """Return which optional field an error complains about; None without one."""
    for name in _OPTIONS[protocol]:
        if name not in refused and re.search(_REFUSALS[name], words):
            return name
    return None


def names_shape(words: str) -> bool:
    """Return whether an error is about the response schema."""
    return re.search(_REFUSALS["json_schema"], words) is not None


def read_content(protocol: Protocol, content: bytes) -> Envelope:
    """Read a response with status 200; raises ServerError for an error in it, NoAnswerError for anything else."""
    try:
        text = content.decode()
        is_page = text.strip()[:1] not in ("", "{", "[")
        body = read_stream(text) if is_stream(text) else json.loads(text)
    except UnicodeDecodeError:
        raise NoAnswerError(Outcome.BAD_ANSWER, "no text", backoff()) from None
    except (ValueError, RecursionError) as broken:
        if is_page:
            raise NoAnswerError(Outcome.WRONG_ADDRESS, "no JSON") from broken
        raise NoAnswerError(Outcome.BAD_ANSWER, type(broken).__name__, backoff()) from broken
    envelope = read_body(protocol, body)
    if envelope is not None:
        return envelope
    if isinstance(body, dict) and (error := body.get("error")):
        code = error.get("code") if isinstance(error, dict) else None
        raise ServerError(code if isinstance(code, int) and 400 <= code < 600 else 400, body, {}, code)
    if isinstance(body, dict) and body and not body.keys() & {"choices", "output"}:
        raise NoAnswerError(Outcome.WRONG_ADDRESS, "not the protocol")
    raise NoAnswerError(Outcome.BAD_ANSWER, "not the protocol", backoff())


def read_body(protocol: Protocol, body: object) -> Envelope | None:
    """Read a response body, however odd; None if it follows neither protocol."""
    if not isinstance(body, dict):
        return None
    return read_responses(body) if protocol is Protocol.RESPONSES else read_chat(body)
