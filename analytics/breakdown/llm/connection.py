"""The one place that knows OpenAI's SDK: requests within a time limit, failures by name."""

from __future__ import annotations

import contextlib
import queue
import re
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any, Final, NoReturn, TypeAlias
from urllib.parse import urlsplit

import httpx2
import openai

from analytics.breakdown.llm.errors import NoAnswerError, ServerError, backoff
from analytics.breakdown.model_settings import OPENAI_URL, ModelSettings
from analytics.breakdown.outcomes import Outcome

# The longest answer is some 30 kB; beyond this a server is broken or hostile.
MOST_BYTES: Final = 1_000_000
POLL: Final = 0.1
_CONNECT_SECONDS: Final = 10.0
# The first words of an answer, in an event of either protocol; what comes before says only that the call was taken.
_WORDS: Final = re.compile(rb'"(?:content|reasoning|reasoning_content|arguments|delta)": ?"[^"]')


# What is done with the server.
Work: TypeAlias = Callable[[openai.OpenAI], bytes]


class _TooLargeError(Exception):
    """A response went beyond what any answer needs."""


class _LateError(Exception):
    """The call's time was used up."""


class _SizeLimit(httpx2.SyncByteStream):
    # The SDK's timeout counts from byte to byte: a server that drips could hold a call for hours.
    def __init__(
        self, stream: httpx2.SyncByteStream, until: float, most_bytes: int, heard: Callable[[], None] | None
    ) -> None:
        self._stream = stream
        self._until = until
        self._most_bytes = most_bytes
        self._heard = heard

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > self._most_bytes:
                raise _TooLargeError
            if time.monotonic() > self._until:
                raise _LateError
            if self._heard is not None and _WORDS.search(chunk):
                self._heard()
            yield chunk

    def close(self) -> None:
        self._stream.close()


class Connection:
    """A connection to the configured server; tests replace the network with `transport`."""

    def __init__(self, settings: ModelSettings, transport: httpx2.BaseTransport | None = None) -> None:
        self._settings = settings
        self._transport = transport

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        limit: float,
        cancelled: Callable[[], bool],
        heard: Callable[[], None] | None = None,
    ) -> bytes:
        """Send a request body and return the response body; raises as `send` does.

        `heard` is called, perhaps several times, when words of the answer arrive.
        """

        def work(sdk: openai.OpenAI) -> bytes:
            # Not by the SDK's own methods: they let through no field they do not know.
            return sdk.post(path, cast_to=httpx2.Response, body=body).content

        return self.send(work, limit, cancelled, heard=heard)

    def send(
        self,
        work: Work,
        limit: float,
        cancelled: Callable[[], bool] = lambda: False,
        most_bytes: int = MOST_BYTES,
        heard: Callable[[], None] | None = None,
    ) -> bytes:
        """Perform a request to the server until `limit` on `time.monotonic()`.

        `cancelled` is looked at several times a second. Raises ServerError and NoAnswerError.
        """
        try:
            return self._with_deadline(work, limit, cancelled, self._sdk(limit, most_bytes, heard))
        except NoAnswerError:
            raise
        except openai.APIStatusError as error:
            raise ServerError(error.status_code, error.body, error.response.headers, error.code) from error
        except Exception as error:  # the SDK lets JSON, attribute and pydantic errors through
            self._fail(error)

    def _with_deadline(self, work: Work, limit: float, cancelled: Callable[[], bool], sdk: openai.OpenAI) -> bytes:
        answers: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()

        def send() -> None:
            try:
                answers.put(work(sdk))
            except Exception as error:
                answers.put(error)

        threading.Thread(target=send, name="model-call", daemon=True).start()
        try:
            while True:
                if cancelled():
                    raise NoAnswerError(Outcome.CANCELLED, "")
                left = limit - time.monotonic()
                if left <= 0:
                    raise _LateError
                with contextlib.suppress(queue.Empty):
                    answer = answers.get(timeout=min(left, POLL))
                    if isinstance(answer, Exception):
                        raise answer
                    return answer
        finally:
            sdk.close()

    def _sdk(self, limit: float, most_bytes: int, heard: Callable[[], None] | None) -> openai.OpenAI:
        # A connection of its own for every try: ending a late one must not disturb another.
        key = self._settings.key or "none"
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise NoAnswerError(Outcome.BAD_KEY, "a character that no header can hold")

        def bound(response: httpx2.Response) -> None:
            if isinstance(response.stream, httpx2.SyncByteStream):
                response.stream = _SizeLimit(response.stream, limit, most_bytes, heard)

        left = max(limit - time.monotonic(), 0.001)
        make = partial(
            httpx2.Client, transport=self._transport, follow_redirects=False, event_hooks={"response": [bound]}
        )
        trust = _trust()
        try:
            http = make(verify=trust)
        except Exception as error:
            # Nothing else of it is read from the environment.
            raise NoAnswerError(Outcome.PROXY, _proxies()) from error
        return openai.OpenAI(
            api_key=key,
            base_url=self._settings.base_url or OPENAI_URL,
            max_retries=0,
            timeout=httpx2.Timeout(left, connect=min(left, _CONNECT_SECONDS)),
            # Compressed, a small answer may be a large one.
            default_headers={"Accept-Encoding": "identity"},
            http_client=http,
        )

    def _fail(self, error: Exception) -> NoReturn:
        kind = type(error).__name__
        causes = list(_causes(error))

        def find_cause(*kinds: type[BaseException]) -> BaseException | None:
            return next((cause for cause in causes if isinstance(cause, kinds)), None)

        if find_cause(_LateError, openai.APITimeoutError, httpx2.TimeoutException):
            # The call's time is used up (or nearly: connecting has its own limit), so there is nothing to retry with.
            failure = NoAnswerError(Outcome.TIMED_OUT, kind, backoff())
        elif find_cause(_TooLargeError):
            failure = NoAnswerError(Outcome.BAD_ANSWER, "too large")
        elif find_cause(httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            failure = NoAnswerError(Outcome.WRONG_ADDRESS, kind)
        elif (tls := find_cause(ssl.SSLError)) and not isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            failure = NoAnswerError(Outcome.CERTIFICATE, type(tls).__name__)
        elif find_cause(httpx2.ProxyError) or (find_cause(httpx2.ConnectError) and self._is_proxied()):
            failure = NoAnswerError(Outcome.PROXY, _proxies(), backoff())
        elif isinstance(name := find_cause(socket.gaierror), socket.gaierror):
            again = backoff() if name.errno == socket.EAI_AGAIN else None
            failure = NoAnswerError(Outcome.UNKNOWN_HOST, kind, again)
        elif find_cause(openai.APIConnectionError, httpx2.ConnectError):
            failure = NoAnswerError(Outcome.UNREACHABLE, kind, backoff())
        elif find_cause(httpx2.RequestError, ValueError, RecursionError):
            # Cut in the middle of the answer.
            failure = NoAnswerError(Outcome.BAD_ANSWER, kind, backoff())
        else:
            failure = NoAnswerError(Outcome.SERVER_ERROR, kind)
        raise failure from error

    def _is_proxied(self) -> bool:
        parts = urlsplit(self._settings.base_url or OPENAI_URL)
        proxies = urllib.request.getproxies()
        named = {parts.scheme, "all"} & proxies.keys()
        return bool(named) and not urllib.request.proxy_bypass(parts.netloc)


@cache
def _context() -> ssl.SSLContext:
    # Building it reads every certificate of the system, some 30 ms; once is enough.
    return httpx2.create_ssl_context()


def _trust() -> ssl.SSLContext:
    try:
        return _context()
    except (OSError, ValueError) as error:
        raise NoAnswerError(Outcome.CERTIFICATE, f"{type(error).__name__} in SSL_CERT_FILE or SSL_CERT_DIR") from error


def _proxies() -> str:
    # Their names only: the addresses may hold a password.
    return "proxies: " + ", ".join(sorted(urllib.request.getproxies()))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
