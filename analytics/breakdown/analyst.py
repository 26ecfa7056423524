"""A language model behind the OpenAI SDK: one call in, one validated reply or a named outcome out."""

from __future__ import annotations

import email.utils
import json
import logging
import queue
import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Final

import httpx2
import openai

from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.prompt import Call
from analytics.breakdown.records import Usage
from analytics.breakdown.settings import OPENAI_URL, ModelSettings
from analytics.breakdown.tokens import count_tokens
from analytics.breakdown.wire import Protocol, Reply, Said, read_answer, read_body, refused_option, request_body
from analytics.observability import count_model_call

log = logging.getLogger(__name__)

# The longest answer is some 30 kB; beyond this a server is broken or hostile.
MOST_BYTES: Final = 1_000_000
LONGEST_WAIT: Final = 30.0
_CONNECT_SECONDS: Final = 10.0
_BACKOFF: Final = 0.5
_POLL: Final = 0.1
_CODE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
_SHORTEST_KEY: Final = 16
_TOO_LONG: Final = re.compile(
    r"context[ _](?:length|window|size)|too many tokens|too long|maximum.{0,20}tokens|exceed.{0,40}context"
)


class _TooLargeError(Exception):
    """A response went beyond what any answer needs."""


class _LateError(Exception):
    """The call's time was used up."""


class _StoppedError(Exception):
    """Someone cancelled the run."""


class _Bounded(httpx2.SyncByteStream):
    # The SDK's timeout counts from byte to byte: a server that drips could hold a call for hours.
    def __init__(self, stream: httpx2.SyncByteStream, until: float, most_bytes: int) -> None:
        self._stream = stream
        self._until = until
        self._most_bytes = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > self._most_bytes:
                raise _TooLargeError
            if time.monotonic() > self._until:
                raise _LateError
            yield chunk

    def close(self) -> None:
        self._stream.close()


class Analyst:
    """Asks one model at one server; safe to use from several threads.

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
        self._transport = transport
        self._pause = pause
        self._refused: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Analyst({self.settings.model_name!r} at {self.settings.host!r})"

    @property
    def refused(self) -> frozenset[str]:
        """Give the options this server has refused so far."""
        return self._refused

    def ask(self, call: Call, *, until: float | None = None, cancelled: Callable[[], bool] = lambda: False) -> Reply:
        """Ask, with retries, within the time limit; never raises for anything a server does.

        `until` is a further limit on `time.monotonic()`; `cancelled` is looked at several times a second.
        """
        start = time.monotonic()
        if not self.settings.is_configured:
            return Reply(outcome=Outcome.NOT_CONFIGURED)
        limit = min(start + self.settings.timeout, until if until is not None else float("inf"))
        usage = Usage()
        tries = 0
        while True:
            reply, wait = self._try(call, limit, cancelled)
            usage += reply.usage
            if reply.outcome is None or wait is None or tries >= self.settings.retries:
                break
            tries += 1
            if call.most_tokens and reply.detail == "cut":
                call = call.model_copy(update={"most_tokens": 2 * call.most_tokens})
            if time.monotonic() + wait >= limit:
                break
            if not self._wait(wait, cancelled):
                reply = Reply(outcome=Outcome.CANCELLED)
                break
        if reply.outcome is not None:
            log.warning("model call failed: %s %s", reply.outcome, reply.detail)
        count_model_call(reply.outcome, usage.input_tokens, usage.output_tokens)
        seconds = usage.model_copy(update={"seconds": round(time.monotonic() - start, 3)})
        return reply.model_copy(update={"usage": seconds})

    def read(self, call: Call, body: object) -> Reply:
        """Read a response body that came another way than by `ask`."""
        return self._read(call, read_body(self.protocol, body))[0]

    def perform(self, work: Callable[[openai.OpenAI], bytes], *, most_bytes: int = MOST_BYTES) -> bytes | Reply:
        """Do something else with the server than asking, within one call's time; a reply tells of a failure."""
        if not self.settings.is_configured:
            return Reply(outcome=Outcome.NOT_CONFIGURED)
        try:
            return self._in_time(work, time.monotonic() + self.settings.timeout, lambda: False, most_bytes)
        except openai.APIStatusError as error:
            return self._status(error)[0]
        except Exception as error:
            return _failure(error)[0]

    def _try(self, call: Call, limit: float, cancelled: Callable[[], bool]) -> tuple[Reply, float | None]:
        # The reply, and the seconds to wait before it is worth trying again (None: it is not).
        while True:
            refused = self._refused
            body = request_body(call, self.protocol, self.settings.model_name, refused)
            try:
                answer = self._in_time(partial(self._post, body=body), limit, cancelled)
                said = read_body(self.protocol, json.loads(answer))
            except openai.APIStatusError as error:
                option = self._option(error, refused)
                if option is None:
                    return self._status(error)
                with self._lock:
                    self._refused |= {option}
                continue
            except Exception as error:  # the SDK lets JSON, attribute and pydantic errors through
                return _failure(error)
            return self._read(call, said)

    def _in_time(
        self,
        work: Callable[[openai.OpenAI], bytes],
        limit: float,
        cancelled: Callable[[], bool],
        most_bytes: int = MOST_BYTES,
    ) -> bytes:
        # In a thread of its own, so that nothing (name look-up, a header that never ends) can hold the caller beyond
        # the limit.
        answers: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        client = self._client(limit, most_bytes)

        def send() -> None:
            try:
                answers.put(work(client))
            except Exception as error:
                answers.put(error)

        threading.Thread(target=send, name="model-call", daemon=True).start()
        try:
            while True:
                if cancelled():
                    raise _StoppedError
                left = limit - time.monotonic()
                if left <= 0:
                    raise _LateError
                try:
                    answer = answers.get(timeout=min(left, _POLL))
                except queue.Empty:
                    continue
                if isinstance(answer, Exception):
                    raise answer
                return answer
        finally:
            client.close()

    def _post(self, client: openai.OpenAI, body: dict[str, Any]) -> bytes:
        if self.protocol is Protocol.RESPONSES:
            return client.responses.with_raw_response.create(**body).content
        return client.chat.completions.with_raw_response.create(**body).content

    def _client(self, limit: float, most_bytes: int) -> openai.OpenAI:
        # A connection of its own for every try: ending a late one must not disturb another.
        def bound(response: httpx2.Response) -> None:
            if isinstance(response.stream, httpx2.SyncByteStream):
                response.stream = _Bounded(response.stream, limit, most_bytes)

        left = max(limit - time.monotonic(), 0.001)
        return openai.OpenAI(
            api_key=self.settings.api_key or "none",
            base_url=self.settings.base_url or OPENAI_URL,
            max_retries=0,
            timeout=httpx2.Timeout(left, connect=min(left, _CONNECT_SECONDS)),
            # Compressed, a small answer may be a large one.
            default_headers={"Accept-Encoding": "identity"},
            http_client=httpx2.Client(
                transport=self._transport,
                verify=_trust(),
                follow_redirects=False,
                event_hooks={"response": [bound]},
            ),
        )

    def _read(self, call: Call, said: Said | None) -> tuple[Reply, float | None]:
        if said is None:
            return Reply(outcome=Outcome.BAD_ANSWER, detail="not the protocol"), _backoff()
        usage = said.usage.model_copy(update={"calls": 1})
        if not usage.tokens:
            read = count_tokens(call.instructions) + count_tokens(call.prompt)
            usage = Usage(calls=1, input_tokens=read, output_tokens=count_tokens(said.text))
        if self._holds_key(said.model, said.text):
            return Reply(usage=usage, outcome=Outcome.BAD_ANSWER, detail="repeats the key"), None
        reply = Reply(model=said.model, usage=usage)
        if said.refused:
            return reply.model_copy(update={"outcome": Outcome.REFUSED}), None
        if said.failed:
            outcome = Outcome.RATE_LIMITED if "rate_limit" in said.failed else Outcome.SERVER_ERROR
            return reply.model_copy(update={"outcome": outcome, "detail": self._shown(said.failed)}), _backoff()
        answer = None if said.cut else read_answer(call.answer, said.text)
        if answer is None:
            detail = "cut" if said.cut else "wrong shape" if said.text else "empty"
            return reply.model_copy(update={"outcome": Outcome.BAD_ANSWER, "detail": detail}), 0.0
        return reply.model_copy(update={"answer": answer}), None

    def _shown(self, code: object) -> str:
        # A code, never a message: servers repeat parts of the key in theirs.
        known = isinstance(code, str) and _CODE.fullmatch(code) and not code.startswith("sk-")
        return str(code) if known and not self._holds_key(str(code)) else ""

    def _holds_key(self, *texts: str) -> bool:
        # What is as short as "none" or "local" is no secret, and a word.
        key = self.settings.api_key or ""
        return len(key) >= _SHORTEST_KEY and any(key in text for text in texts)

    def _option(self, error: openai.APIStatusError, refused: frozenset[str]) -> str | None:
        if error.status_code not in (400, 422) or _is_too_long(error):
            return None
        return refused_option(self.protocol, error.body, refused)

    def _status(self, error: openai.APIStatusError) -> tuple[Reply, float | None]:
        status, code = error.status_code, self._shown(error.code)
        wait: float | None = None
        if code == "insufficient_quota" or status == 402:
            outcome = Outcome.OUT_OF_CREDIT
        elif status in (401, 403):
            outcome = Outcome.UNAUTHORISED
        elif status == 404:
            outcome = Outcome.UNKNOWN_MODEL
        elif status == 413 or (status in (400, 422) and _is_too_long(error)):
            outcome = Outcome.TOO_LONG
        elif status in (400, 422) and code in ("content_filter", "content_policy_violation"):
            outcome = Outcome.REFUSED
        elif status in (408, 409, 429) or status >= 500:
            outcome = {408: Outcome.TIMED_OUT, 429: Outcome.RATE_LIMITED}.get(status, Outcome.SERVER_ERROR)
            wait = _retry_after(error.response.headers)
            wait = _backoff() if wait is None else wait if wait <= LONGEST_WAIT else None
        else:
            outcome = Outcome.UNSUPPORTED
        return Reply(outcome=outcome, detail=f"HTTP {status} {code}".strip()), wait

    def _wait(self, seconds: float, cancelled: Callable[[], bool]) -> bool:
        if self._pause is not None:
            self._pause(seconds)
            return not cancelled()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if cancelled():
                return False
            time.sleep(min(left, _POLL))
        return not cancelled()


@cache
def _trust() -> ssl.SSLContext:
    # Building it reads every certificate of the system, some 30 ms; once is enough.
    return httpx2.create_ssl_context()


def _failure(error: Exception) -> tuple[Reply, float | None]:
    kind = type(error).__name__
    match error:
        case _StoppedError():
            return Reply(outcome=Outcome.CANCELLED), None
        case _LateError() | openai.APITimeoutError() | httpx2.TimeoutException():
            # The call's time is used up (or nearly: connecting has its own limit), so there is nothing to retry with.
            return Reply(outcome=Outcome.TIMED_OUT, detail=kind), _backoff()
        case _TooLargeError():
            return Reply(outcome=Outcome.BAD_ANSWER, detail="too large"), None
        case openai.APIConnectionError() | httpx2.ConnectError():
            return Reply(outcome=Outcome.UNREACHABLE, detail=kind), _backoff()
        case httpx2.RequestError() | ValueError() | RecursionError():
            # Cut in the middle of the answer, or no JSON at all.
            return Reply(outcome=Outcome.BAD_ANSWER, detail=kind), _backoff()
        case _:
            return Reply(outcome=Outcome.SERVER_ERROR, detail=kind), None


def _is_too_long(error: openai.APIStatusError) -> bool:
    return error.code == "context_length_exceeded" or _TOO_LONG.search(str(error.body)[:5000].lower()) is not None


def _retry_after(headers: httpx2.Headers) -> float | None:
    # Seconds to wait, as a number of seconds or of milliseconds, or as a date; None when the server does not say.
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


def _backoff() -> float:
    return _BACKOFF * (1 + random.random())
