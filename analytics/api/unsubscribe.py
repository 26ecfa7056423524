"""The end of one's digests by the address in each of them, without sign-in.

Only a POST ends them, the mail program's (RFC 8058) or that of the page's button: programs that look at links in
messages must not. An address that nobody was sent answers as one that never was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from anyio import CapacityLimiter, to_thread
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from analytics.api.shared_reports import AT_ONCE, MOST_WAITING, plain_page
from analytics.coaching.digests import email_of, unsubscribe
from analytics.database.errors import DatabaseError
from analytics.database.sessions import reading, writing

MISSES: Final = RateLimitItemPerMinute(30)
_log = logging.getLogger(__name__)
_BUTTON: Final = '<form method="post"><button name="List-Unsubscribe" value="One-Click">End my digests</button></form>'


class Unsubscribe:
    """The ASGI program below `/unsubscribe`."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        """Answer from this database."""
        self._engine = engine
        self._limits = FixedWindowRateLimiter(MemoryStorage())
        self._threads = CapacityLimiter(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a websocket is refused."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if self._threads.statistics().tasks_waiting >= MOST_WAITING:
            await plain_page(503, "Not available", "Try again in a moment.", {"Retry-After": "5"})(scope, receive, send)
            return
        try:
            answer = await to_thread.run_sync(self._answer, Request(scope), limiter=self._threads)
        except DatabaseError as error:
            _log.warning("Digests cannot be ended: %s", error)
            sentence = "This cannot be done at the moment. Try again in a few minutes."
            answer = plain_page(503, "Not available", sentence, {"Retry-After": "30"})
        await answer(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        token = request.scope["path"].rpartition("/")[2]
        if request.method == "POST":
            with writing(self._engine()) as connection:
                known = unsubscribe(connection, token)
            if known:
                sentence = "You get no more digests. You can have them sent again from your account's menu."
                return plain_page(200, "Digests ended", sentence)
        elif request.method in {"GET", "HEAD"}:
            with reading(self._engine()) as db:
                known = email_of(db, token) is not None
            if known:
                return plain_page(200, "End your digests?", "You will get none from then on.", form=_BUTTON)
        return self._answer_missing(request)

    def _answer_missing(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        if not self._limits.hit(MISSES, "miss", address):
            return plain_page(429, "Too many requests", "Wait a minute and try again.", {"Retry-After": "60"})
        return plain_page(404, "Not found", "There is nothing at this address.")
