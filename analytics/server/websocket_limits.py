"""How many websockets may be open, and how fast a visitor may send through one."""

from __future__ import annotations

import asyncio
import logging
import resource
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN: Final = 2_000
OPEN_SIGNED_OUT: Final = 50
MESSAGES_A_SECOND: Final = 20
_LOG_SECONDS: Final = 60.0
# A websocket of Streamlit's takes four files; some are left for everything else.
_FILES_OF_ONE: Final = 4
_FILES_OF_OTHERS: Final = 256

_log = logging.getLogger(__name__)


class WebsocketLimits:
    """Let so many websockets in at once, and take their messages no faster than a person makes them.

    All together may hold `most`, one address half of them, and those of an address who have not signed in
    `most_signed_out`. Whoever comes beyond that is refused with 503. `is_signed_in` answers at once, from the cookie.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        is_signed_in: Callable[[HTTPConnection], bool],
        most: int | None = None,
        most_signed_out: int = OPEN_SIGNED_OUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Stand before a program."""
        self.app = app
        self._is_signed_in = is_signed_in
        self._most = most_that_fit() if most is None else most
        self._most_signed_out = most_signed_out
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._signed_out: Counter[str] = Counter()
        self._refused = 0
        self._log_next = clock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a websocket in, or refuse it; everything else passes."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        address = (scope.get("client") or ("",))[0]
        counts = [self._open]
        if not self._is_signed_in(HTTPConnection(scope)):
            counts.append(self._signed_out)
        if not self._has_room(address, signed_out=len(counts) > 1):
            await self._refuse(scope, receive, send)
            return
        for count in counts:
            count[address] += 1
        try:
            await self.app(scope, _paced(receive), send)
        finally:
            for count in counts:
                count[address] -= 1
                if not count[address]:
                    del count[address]

    def _has_room(self, address: str, *, signed_out: bool) -> bool:
        if self._open.total() >= self._most or self._open[address] >= max(1, self._most // 2):
            return False
        return not signed_out or self._signed_out[address] < self._most_signed_out

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._refused += 1
        if self._clock() >= self._log_next:
            _log.warning("Too many websockets are open: %d refused", self._refused)
            self._refused, self._log_next = 0, self._clock() + _LOG_SECONDS
        if "websocket.http.response" in scope.get("extensions", {}):
            answer = PlainTextResponse("Too many pages are open. Try again in a moment.", 503, {"Retry-After": "10"})
            await answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1013})


def most_that_fit() -> int:
    """Return how many websockets may be open with the files that this process may have."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return OPEN
    return max(1, min(OPEN, (files - _FILES_OF_OTHERS) // _FILES_OF_ONE))


def _paced(receive: Receive) -> Receive:
    """Receive no more messages than `MESSAGES_A_SECOND`, after as many at once; the sender waits meanwhile.

    The server reads no further from a connection whose messages nobody takes.
    """
    second = 1.0
    due = 0.0

    async def receive_paced() -> Message:
        nonlocal due
        now = asyncio.get_running_loop().time()
        due = max(due, now) + 1 / MESSAGES_A_SECOND
        await asyncio.sleep(max(0.0, due - now - second))
        return await receive()

    return receive_paced
