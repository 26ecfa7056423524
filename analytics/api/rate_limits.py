"""Bounds on guessing tokens and on having breakdowns made, which may cost tokens at a language model's server."""

from __future__ import annotations

import time
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.api.dependencies import TokenDep, owner
from analytics.api.errors import answer

REFUSALS: Final = RateLimitItemPerMinute(30)


class TokenRefusalLimit:
    """Count refused tokens by the address they come from; beyond the bound a refusal is 429 and says no more.

    Every token is looked at first: whoever has a valid one is not locked out by others behind the same address.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the program; only requests that carry a token are counted."""
        self.app = app
        self._refused = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or "authorization" not in Headers(scope=scope):
            await self.app(scope, receive, send)
            return
        address = (scope.get("client") or ("",))[0]
        beyond = False

        async def send_counted(message: Message) -> None:
            nonlocal beyond
            if message["type"] == "http.response.start" and message["status"] == 401:
                beyond = not self._refused.hit(REFUSALS, address)
                if beyond:
                    wait = max(1, int(self._refused.get_window_stats(REFUSALS, address).reset_time - time.time()) + 1)
                    detail = "Too many refused tokens from your address. Wait a moment."
                    await answer(429, detail, headers={"Retry-After": str(wait)})(scope, receive, send)
            if not beyond:
                await send(message)

        await self.app(scope, receive, send_counted)


PRESSES: Final = RateLimitItemPerMinute(10)


def limiter() -> MovingWindowRateLimiter:
    """Make the count of presses, one for an API."""
    return MovingWindowRateLimiter(MemoryStorage())


def limit_presses(request: Request, token: TokenDep) -> None:
    """Count a press; beyond the bound the answer is 429."""
    counted: MovingWindowRateLimiter = request.app.state.presses
    holder = owner(token)
    if counted.hit(PRESSES, *holder):
        return
    wait = max(1, int(counted.get_window_stats(PRESSES, *holder).reset_time - time.time()) + 1)
    detail = f"At most {PRESSES.amount} breakdowns a minute for one token. Wait a moment."
    raise HTTPException(429, detail, {"Retry-After": str(wait)})
