"""Classifies a server's error by its status and wording; every server words errors differently."""

from __future__ import annotations

import email.utils
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from analytics.breakdown.outcomes import Outcome

LONGEST_WAIT: Final = 30.0
_BACKOFF: Final = 0.5
# Only these tell of the error; what stands under other names may repeat the prompt or what the model wrote.
_TOLD: Final = frozenset(
    "error errors message msg error_msg detail details param code type status reason loc title metadata raw".split()
)
_DEEPEST: Final = 6
_LONGEST_WORDS: Final = 5_000
# Where a message begins to repeat what we sent or what the model wrote.
_ECHO: Final = re.compile(
    r"\{\s*\\?[\"'](?:strengths|weaknesses|recommendations|level|ids|text)\b.*|=====.*", re.DOTALL
)

_FAILED_GENERATION: Final = re.compile(
    r"json_validate_failed|tool_use_failed|output_parse_failed|failed_generation|failed to parse input at pos"
    r"|failed to (?:validate|generate|parse|decode) (?:the |a |valid )?"
    r"(?:json(?!.?schema)|output|generat|model|response)"
    r"|(?:model|generated)(?:'s)? (?:output|json|response|text) (?:is|was|did|does|could)"
)
_TOO_LONG: Final = re.compile(
    r"context[ _-]?(?:length|window|size|limit|overflow)|context the overflows|exceed_context|too many tokens"
    r"|token limit"
    r"|(?:input|prompt|request|messages?)\b.{0,60}(?:too (?:long|large)|longer than|exceed)"
    r"|exceed.{0,60}(?:context|input|prompt|max\w* (?:number of )?tokens|token (?:count|limit))"
    r"|(?:length of the|reduce the (?:length|number)|shorten).{0,30}(?:messages?|prompt|input|tokens)"
    r"|(?:input|prompt|messages?) (?:token )?(?:length|tokens?|count)\b.{0,40}(?:should|must|limit|exceed|less|max|<=)"
    r"|\binputs?\b.{0,60}(?:tokens.{0,60}(?:must|<=|less than)|(?:must|less than).{0,40}tokens)"
    r"|maximum.{0,30}(?:prompt|input|context)"
    r"|maximum (?:allowed )?(?:number of )?tokens|tokens_limit_reached|string_above_max_length"
    r"|超长|超出|过长|超过.{0,12}(?:长度|上下文|token)"
)
# About the length of the answer, which is ours to change.
_OUR_LIMIT: Final = re.compile(
    r"max_(?:completion_|output_)?tokens\W{0,3} (?:must be|is too|should be|cannot|exceeds)|range of max_\w*tokens"
)
_PROMPT: Final = re.compile(r"input tokens|prompt")
_TOO_LARGE: Final = re.compile(r"request too large|must be reduced|too large for|single request")
_CREDIT: Final = re.compile(
    r"insufficient.{0,20}(?:quota|balance|fund|credit)"
    r"|(?:exceeded|out of|no|without|run out).{0,30}(?:quota|credits?\b)"
    r"|exceeded_current_quota|credit balance|billing|arrear|overdue|recharge|top.?up|good standing|payment required"
    r"|(?:balance|credits?|funds?).{0,30}(?:low|insufficient|exhausted|depleted|not enough|negative)|欠费|余额|充值"
)
_A_MINUTE: Final = re.compile(r"per.?minute|per.?second|per.?day|retry in|retry after|rate.?limit|try again in")
_REFUSED: Final = re.compile(
    r"content.?(?:filter|polic|management|safety|moderation)|data_inspection|inappropriate|responsibleai|moderation"
    r"|prohibited.?content|unsafe content|sensitive (?:content|information|words?)"
    r"|safety (?:system|filter|polic)|敏感|违规"
)
_KEY: Final = re.compile(
    r"api.?key.{0,40}(?:invalid|not valid|incorrect|expired|missing|wrong|revoked|not found|required)"
    r"|(?:invalid|incorrect|wrong|missing|expired|no).{0,20}(?:api.?key|credential|access token|bearer|auth)"
    r"|api_key_invalid|unauthenticated|unauthori[sz]ed|authenticat\w+ (?:fail|error|required)|令牌|密钥"
)
_MODEL: Final = re.compile(r"\bmodels?\b|model_|deployment|模型")
_UNKNOWN_MODEL: Final = re.compile(
    r"(?:model|deployment)\b.{0,100}(?:(?:not|n't) (?:exist|found|be found|available|have access)|decommissioned)"
    r"|model_?not_?(?:found|exist)|(?:unknown|invalid|no such|not a valid|access to) model"
    r"|not have access to.{0,20}model|deploymentnotfound|模型不存在"
)
_WRONG_ADDRESS: Final = re.compile(
    r"unexpected endpoint|(?:invalid|unknown|unsupported) (?:request )?(?:url|path|route|endpoint)|not.?found|no route"
    r"|cannot post|no such (?:path|page|route)|method not allowed|plain http request|unrecognized request url"
)
_PAGE: Final = re.compile(r"\s*<")


class ServerError(Exception):
    """The server responded with an error."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str], code: object) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.headers = headers
        self.code = code


class NoAnswerError(Exception):
    """The response cannot be read; `wait` is the pause in seconds before a retry (None: no retry)."""

    def __init__(self, outcome: Outcome, detail: str, wait: float | None = None) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Failure:
    """What an error means; `wait` is the pause in seconds before a retry (None: no retry).

    With `refuses` it may be about an option of the request that could be left out, whose name `words` may hold.
    """

    outcome: Outcome
    wait: float | None = None
    refuses: bool = False
    words: str = ""


def read_error(status: int, body: object, headers: Mapping[str, str]) -> Failure:
    """Classify an error, checking the most reliable signs first."""
    words = words_of(body)
    page = isinstance(body, str) and _PAGE.match(body) is not None
    outcome = _certain(status, words)
    if outcome is Outcome.BAD_ANSWER:
        return Failure(outcome, wait=0.0)
    if outcome is not None:
        return Failure(outcome)
    if status in (408, 409, 425, 429) or status >= 500:
        outcome = {408: Outcome.TIMED_OUT, 429: Outcome.RATE_LIMITED}.get(status, Outcome.SERVER_ERROR)
        wait = retry_after(headers)
        wait = backoff() if wait is None else wait if wait <= LONGEST_WAIT else None
        return Failure(outcome, wait=wait, words=words)
    if _UNKNOWN_MODEL.search(words):
        return Failure(Outcome.UNKNOWN_MODEL)
    if status < 400 or status == 405 or page or (_WRONG_ADDRESS.search(words) and not _MODEL.search(words)):
        return Failure(Outcome.WRONG_ADDRESS)
    known = Outcome.UNKNOWN_MODEL if status == 404 else Outcome.UNSUPPORTED
    return Failure(known, refuses=status != 404 or not _MODEL.search(words), words=words)


def _certain(status: int, words: str) -> Outcome | None:
    if status == 407:
        return Outcome.PROXY
    if _FAILED_GENERATION.search(words):
        return Outcome.BAD_ANSWER
    if status == 413 or (_TOO_LARGE if status == 429 else _TOO_LONG).search(words):
        ours = _OUR_LIMIT.search(words) and not _PROMPT.search(words)
        return None if ours else Outcome.TOO_LONG
    if status == 402 or (status < 500 and _CREDIT.search(words) and not _is_rate(words)):
        return Outcome.OUT_OF_CREDIT
    if status in (400, 403, 422, 451) and _REFUSED.search(words):
        return Outcome.REFUSED
    if status in (400, 401, 403) and (status != 400 or _KEY.search(words)):
        return Outcome.UNKNOWN_MODEL if status == 403 and _UNKNOWN_MODEL.search(words) else Outcome.UNAUTHORISED
    return None


def _is_rate(words: str) -> bool:
    return "insufficient_quota" not in words and _A_MINUTE.search(words) is not None


def words_of(body: object) -> str:
    """Return the wording of an error body in lower case, without what it repeats of the request or the answer."""
    told = " ".join(_ECHO.sub("", text) for text in _texts(body, 0))
    return " ".join(told.split()).lower()[:_LONGEST_WORDS]


def _texts(value: object, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        inner = _parse(value)
        if inner is None:
            yield value[:_LONGEST_WORDS]
        else:
            yield from _texts(inner, depth + 1)
    elif isinstance(value, list):
        for each in value[:20]:
            yield from _texts(each, depth + 1)
    elif isinstance(value, dict):
        if "failed_generation" in value:
            yield "failed_generation"
        for name, each in value.items():
            if name in _TOLD:
                yield from _texts(each, depth + 1)


def _parse(text: str) -> object:
    # A gateway hands on another server's error as text.
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read the server's requested pause in seconds, from a number, milliseconds or a date; None without one."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * scale
        except ValueError:
            continue
        return seconds if seconds >= 0 else None
    try:
        date = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max((date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def backoff() -> float:
    """Return a short pause with jitter."""
    return _BACKOFF * (1 + random.random())
