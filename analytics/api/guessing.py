"""A bound on guessing tokens: whoever was refused too often is not listened to for a while."""

from __future__ import annotations

import time
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.api.problems import answer

REFUSALS: Final = RateLimitItemPerMinute(30)


class BoundedGuessing:
    """Count refused tokens by the address they come from; beyond the bound, answer 429 without looking at the token."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before the program; only requests that carry a token are counted."""
        self.app = app
        self._refused = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or "authorization" not in Headers(scope=scope):
            await self.app(scope, receive, send)
            return
        address = (scope.get("client") or ("",))[0]
        if not self._refused.test(REFUSALS, address):
            wait = max(1, int(self._refused.get_window_stats(REFUSALS, address).reset_time - time.time()) + 1)
            said = "Too many tokens from your address were refused. Wait a moment."
            await answer(429, said, headers={"Retry-After": str(wait)})(scope, receive, send)
            return

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 401:
                self._refused.hit(REFUSALS, address)
            await send(message)

        await self.app(scope, receive, send_counted)
