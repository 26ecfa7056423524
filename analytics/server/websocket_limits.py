"""Limits on the number of open websockets, and on the rate of messages on each."""

from __future__ import annotations

import asyncio
import logging
import resource
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN: Final = 2_000
OPEN_SIGNED_OUT: Final = 50
# Of one person: opening one takes the server's time, as drawing does, and nobody opens so many pages.
OPENED_AT_ONCE: Final = 50
OPENED_A_SECOND: Final = 10
MESSAGES_A_SECOND: Final = 20
# Of one person: pages drawn side by side are drawn no sooner, and another person's waits for each of them.
RUNS_AT_ONCE: Final = 3
# As many as a second allows may come at once.
_AT_ONCE: Final = 1.0
LONGEST_WAIT: Final = 2.0
_DROPPED_AT_ONCE: Final = 20
_REST_SECONDS: Final = 0.002
_LOG_SECONDS: Final = 60.0
# A websocket of Streamlit's takes four files; some are left for everything else.
_FILES_OF_ONE: Final = 4
_FILES_OF_OTHERS: Final = 256

_log = logging.getLogger(__name__)


class WebsocketLimits:
    """Limits open websockets, and reads their messages no faster than a person sends them.

    All together may hold `most`, one address half of them, and those of an address who have not signed in
    `most_signed_out`. Whoever comes beyond that is refused with 503. `visitor` names who has signed in, or gives None,
    at once and from the cookie; the empty name is that of people whom only their address tells apart. Who opens many
    at once waits for the later ones, and so does who has many pages drawn at once. `begins_run` tells the message that
    has a page drawn, `ends_run` the one with which that ends.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        visitor: Callable[[HTTPConnection], str | None],
        begins_run: Callable[[bytes], bool] = lambda _data: True,
        ends_run: Callable[[bytes], bool] = lambda _data: True,
        most: int | None = None,
        most_signed_out: int = OPEN_SIGNED_OUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap an ASGI program."""
        self.app = app
        self._visitor = visitor
        self._begins_run = begins_run
        self._ends_run = ends_run
        self._most = most_that_fit() if most is None else most
        self._most_signed_out = most_signed_out
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._signed_out: Counter[str] = Counter()
        self._paces: dict[str, _Pace] = {}
        self._refused = 0
        self._log_next = clock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Accept or refuse a websocket; everything else passes."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        address = (scope.get("client") or ("",))[0]
        visitor = self._visitor(HTTPConnection(scope))
        counts = [self._open, self._signed_out] if visitor is None else [self._open]
        if not self._has_room(address, signed_out=len(counts) > 1):
            await self._refuse(scope, receive, send)
            return
        for count in counts:
            count[address] += 1
        pace, page = self._pace(visitor or f"at {address}"), object()
        pace.connections += 1
        try:
            await pace.open()
            paced, watched = pace.pace(receive, page, self._begins_run), pace.watch(send, page, self._ends_run)
            await self.app(scope, paced, watched)
        finally:
            pace.connections -= 1
            pace.close(page)
            for count in counts:
                count[address] -= 1
                if not count[address]:
                    del count[address]

    def _pace(self, key: str) -> _Pace:
        # One is kept as long as it slows its visitor down: coming back is no way round it.
        now = asyncio.get_running_loop().time()
        for other in [one for one, pace in self._paces.items() if pace.is_over(now)]:
            del self._paces[other]
        return self._paces.setdefault(key, _Pace())

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
    """Return how many websockets may be open within this process's file limit."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return OPEN
    return max(1, min(OPEN, (files - _FILES_OF_OTHERS) // _FILES_OF_ONE))


class _Pace:
    """How fast the messages of one visitor are taken, over all their pages together.

    As many as a person makes come at once; from whoever goes on, the next waits until the run that the last one began
    is over, and for as long again: without end that takes half of one processor at most. So many of their pages are
    drawn at once; another one waits for one of them, but not for long, as some take their time.
    """

    def __init__(self) -> None:
        self.connections = 0
        self.due = 0.0
        self._opened = 0.0
        self._began = 0.0
        self._took = 0.0
        self._over = asyncio.Event()
        self._drawing: set[object] = set()
        self._turn = asyncio.Lock()
        self._last: object = None
        self._dropped = 0

    def is_over(self, now: float) -> bool:
        """Return whether this slows its visitor down no more."""
        return not self.connections and max(self.due, self._opened) <= now

    async def open(self) -> None:
        """Wait until one more may be opened."""
        now = asyncio.get_running_loop().time()
        self._opened = max(self._opened, now) + 1 / OPENED_A_SECOND
        await asyncio.sleep(max(0.0, self._opened - now - OPENED_AT_ONCE / OPENED_A_SECOND))

    async def admits(self, message: Message, page: object, begins_run: Callable[[bytes], bool]) -> bool:
        """Wait until a message of a page may be read; False for an immediate repetition of the one before."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            wait = max(self.due, now) + 1 / MESSAGES_A_SECOND - now - _AT_ONCE
            repeats = message.get("bytes") == self._last
            if wait > 0 and repeats:
                self._dropped += 1
                if self._dropped % _DROPPED_AT_ONCE == 0:
                    # However many come, they take little of the processor.
                    await asyncio.sleep(_REST_SECONDS)
                return False
            self.due = max(self.due, now) + 1 / MESSAGES_A_SECOND
            if wait > 0:
                await asyncio.sleep(wait)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), LONGEST_WAIT)
                await asyncio.sleep(min(self._took, LONGEST_WAIT))
                # What was waited for is no new allowance.
                self.due = asyncio.get_running_loop().time() + _AT_ONCE
            if begins_run(message.get("bytes") or b""):
                await self._begin(page)
            self._last = message.get("bytes")
            self._began = asyncio.get_running_loop().time()
            self._over.clear()
            return True

    async def _begin(self, page: object) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT):
                while page not in self._drawing and len(self._drawing) >= RUNS_AT_ONCE:
                    self._over.clear()
                    await self._over.wait()
        self._drawing.add(page)

    def end(self, page: object) -> None:
        """Record that a page has been drawn."""
        self._drawing.discard(page)
        self._took = asyncio.get_running_loop().time() - self._began
        self._over.set()

    def close(self, page: object) -> None:
        """Record that a page is closed, drawn or not."""
        if page in self._drawing:
            self._drawing.remove(page)
            self._over.set()

    def pace(self, receive: Receive, page: object, begins_run: Callable[[bytes], bool]) -> Receive:
        """Read messages at this rate; unread messages hold up their connection (backpressure)."""

        async def receive_paced() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or await self.admits(message, page, begins_run):
                    return message

        return receive_paced

    def watch(self, send: Send, page: object, ends_run: Callable[[bytes], bool]) -> Send:
        """Watch a page's outgoing messages for the end of a run."""

        async def send_noted(message: Message) -> None:
            await send(message)
            data = message.get("bytes")
            if data and ends_run(data):
                self.end(page)

        return send_noted
