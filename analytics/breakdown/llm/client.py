"""The model client: one call in, one validated reply or named outcome out."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from analytics.breakdown.llm.answer import what_is_wrong
from analytics.breakdown.llm.connection import MOST_BYTES, POLL, Connection
from analytics.breakdown.llm.envelope import Envelope
from analytics.breakdown.llm.errors import Failure, NoAnswerError, ServerError, backoff, read_error
from analytics.breakdown.llm.prompts import Call, correction_call
from analytics.breakdown.llm.protocol import (
    SHAPE,
    Protocol,
    Reply,
    names_shape,
    read_body,
    read_content,
    refused_option,
    request_body,
)
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.token_count import count_tokens, fewest_tokens
from analytics.breakdown.records import Usage
from analytics.observability.metrics import count_model_call

if TYPE_CHECKING:
    import httpx2

    from analytics.breakdown.llm.connection import Work

log = logging.getLogger(__name__)

_CODE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
_SHORTEST_KEY: Final = 16
# A server that says it read less counts in a way of its own.
_SMALLEST_CONTEXT: Final = 512
# So often in a row an answer must come only without a schema before none is sent any more.
_MOST_SHAPELESS: Final = 2


@dataclass(frozen=True, slots=True)
class _Try:
    # A reply, the seconds to wait before it is worth trying again (None: it is not), and what the model is then told.
    reply: Reply
    wait: float | None = None
    fault: str = ""


class ModelClient:
    """Calls one model at one server; safe to use from several threads.

    Keep one as long as the settings stay: it remembers which options the server refuses. `transport` replaces the
    network and `pause` the waiting between tries, in tests.
    """

    def __init__(
        self,
        settings: ModelSettings,
        *,
        transport: httpx2.BaseTransport | None = None,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self.settings = settings
        self.protocol = Protocol.RESPONSES if settings.base_url is None else Protocol.CHAT
        self._connection = Connection(settings, transport)
        self._pause = pause
        self._refused: frozenset[str] = frozenset()
        self._shapeless = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"ModelClient({self.settings.model_name!r} at {self.settings.host!r})"

    @property
    def refused(self) -> frozenset[str]:
        """Return the options this server has refused so far."""
        return self._refused

    def ask(
        self,
        call: Call,
        *,
        until: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        heard: Callable[[], None] | None = None,
    ) -> Reply:
        """Make a call, with retries, within the time limit; never raises for anything a server does.

        `until` is a further limit on `time.monotonic()`; `cancelled` is looked at several times a second. `heard` is
        called when the answer begins, so that the server has read the prompt: the first try is streamed for that,
        where the server can.
        """
        start = time.monotonic()
        if not self.settings.is_configured:
            return Reply(outcome=Outcome.NOT_CONFIGURED)
        limit = min(start + self.settings.timeout, until if until is not None else float("inf"))
        usage = Usage()
        tried = _Try(Reply())
        for number in range(self.settings.retries + 1):
            shaped = not (number and number == self.settings.retries and tried.reply.detail.startswith("HTTP 500"))
            tried = self._try(correction_call(call, tried.fault), limit, cancelled, shaped=shaped, heard=heard)
            heard = None
            reply, wait = tried.reply, tried.wait
            usage += reply.usage
            if wait is None or number == self.settings.retries or time.monotonic() + wait >= limit:
                break
            if call.most_tokens and reply.detail == "cut":
                call = call.model_copy(update={"most_tokens": 2 * call.most_tokens})
            (self._pause or partial(_wait, cancelled=cancelled))(wait)
            if cancelled():
                reply = Reply(outcome=Outcome.CANCELLED)
                break
        if reply.outcome is not None:
            log.warning("model call failed: %s %s", reply.outcome, reply.detail)
        count_model_call(reply.outcome, usage.input_tokens, usage.output_tokens)
        seconds = usage.model_copy(update={"seconds": round(time.monotonic() - start, 3)})
        return reply.model_copy(update={"usage": seconds})

    def read(self, call: Call, body: object) -> Reply:
        """Read a response body obtained in another way than by `ask`."""
        envelope = read_body(self.protocol, body)
        return Reply(outcome=Outcome.BAD_ANSWER) if envelope is None else _read(call, envelope, self.settings.key).reply

    def perform(
        self,
        work: Work,
        *,
        most_bytes: int = MOST_BYTES,
        until: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> bytes | Reply:
        """Perform another request to the server; a reply describes a failure.

        `until` is the limit on `time.monotonic()`, without it one call's time; `cancelled` is as in `ask`.
        """
        if not self.settings.is_configured:
            return Reply(outcome=Outcome.NOT_CONFIGURED)
        limit = time.monotonic() + self.settings.timeout if until is None else until
        try:
            return self._connection.send(work, limit, cancelled, most_bytes)
        except ServerError as error:
            failure = read_error(error.status, error.body, error.headers)
            return _fail(error, failure, self.settings.key).reply
        except NoAnswerError as error:
            return Reply(outcome=error.outcome, detail=error.detail)

    def _try(
        self,
        call: Call,
        limit: float,
        cancelled: Callable[[], bool],
        *,
        shaped: bool,
        heard: Callable[[], None] | None,
    ) -> _Try:
        shape = SHAPE[self.protocol]
        named: frozenset[str] = frozenset()
        while True:
            without = self._refused | named | (frozenset() if shaped else {shape})
            streamed = heard is not None and not without & {"streamed", "unstreamed"}
            body = request_body(call, self.protocol, self.settings, without, streamed=streamed)
            try:
                content = self._connection.post(self.protocol.value, body, limit, cancelled, heard)
                envelope = read_content(self.protocol, content)
            except ServerError as error:
                failure = read_error(error.status, error.body, error.headers)
                option = None
                if failure.refuses or (error.status >= 500 and names_shape(failure.words)):
                    # What was not asked for was not refused.
                    other = "unstreamed" if streamed else "streamed"
                    option = refused_option(self.protocol, failure.words, without | {other})
                if option is None and failure.refuses and "n" in body:
                    option = "n"
                if option is None and failure.refuses and streamed:
                    option = "streamed"
                if option is not None:
                    named |= {option}
                elif failure.refuses and shape not in without:
                    # What it stumbles over it does not say, and the schema is what most servers stumble over.
                    shaped = False
                else:
                    return _fail(error, failure, self.settings.key)
            except NoAnswerError as error:
                return _Try(Reply(outcome=error.outcome, detail=error.detail), error.wait)
            else:
                tried = _read(call, envelope, self.settings.key)
                if streamed and (tried.reply.detail == "empty" or not envelope.usage.tokens):
                    named |= {"streamed"}
                self._learn(named, shapeless=not shaped, shape=shape)
                return tried

    def _learn(self, named: frozenset[str], *, shapeless: bool, shape: str) -> None:
        # Only now that the request was taken: a message may name an option by chance.
        with self._lock:
            self._refused |= named
            self._shapeless = self._shapeless + 1 if shapeless else 0
            if self._shapeless == _MOST_SHAPELESS:
                self._refused |= {shape}


def _read(call: Call, envelope: Envelope, key: str) -> _Try:
    usage = envelope.usage.model_copy(update={"calls": 1})
    prompt = f"{call.instructions}\n{call.prompt}"
    if not usage.tokens:
        usage = Usage(calls=1, input_tokens=count_tokens(prompt), output_tokens=count_tokens(envelope.whole))
    if _holds(key, envelope.model, envelope.whole):
        return _Try(Reply(usage=usage, outcome=Outcome.BAD_ANSWER, detail="repeats the key"))
    reply = Reply(model=envelope.model, usage=usage)
    if _SMALLEST_CONTEXT <= usage.input_tokens + usage.cached_tokens < fewest_tokens(prompt):
        # The server kept what fits into its context and threw the rest away, without a word.
        return _Try(reply.model_copy(update={"outcome": Outcome.TOO_LONG, "detail": "the server cut the prompt"}))
    if envelope.refused:
        return _Try(reply.model_copy(update={"outcome": Outcome.REFUSED}))
    if envelope.failed:
        outcome = Outcome.RATE_LIMITED if "rate_limit" in envelope.failed else Outcome.SERVER_ERROR
        detail = _show_code(envelope.failed, key)
        return _Try(reply.model_copy(update={"outcome": outcome, "detail": detail}), backoff())
    answer = None if envelope.cut else envelope.answer(call.answer)
    if answer is not None:
        return _Try(reply.model_copy(update={"answer": answer, "further": envelope.further(call.answer)}))
    fault = "" if envelope.cut else what_is_wrong(call.answer, envelope.text)
    detail = "cut" if envelope.cut else "wrong shape" if envelope.text else "empty"
    return _Try(reply.model_copy(update={"outcome": Outcome.BAD_ANSWER, "detail": detail}), 0.0, fault)


def _fail(error: ServerError, failure: Failure, key: str) -> _Try:
    detail = f"HTTP {error.status} {_show_code(error.code, key)}".strip()
    return _Try(Reply(outcome=failure.outcome, detail=detail), failure.wait)


def _show_code(code: object, key: str) -> str:
    # A code, never a message: servers repeat parts of the key in theirs.
    known = isinstance(code, str) and _CODE.fullmatch(code) and not code.startswith("sk-")
    return str(code) if known and not _holds(key, str(code)) else ""


def _holds(key: str, *texts: str) -> bool:
    # What is as short as "none" or "local" is no secret, and a word.
    return len(key) >= _SHORTEST_KEY and any(key in text for text in texts)


def _wait(seconds: float, cancelled: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not cancelled():
        time.sleep(min(left, POLL))
