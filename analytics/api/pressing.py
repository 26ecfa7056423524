"""A bound on having breakdowns made: each may cost tokens at a language model's server."""

from __future__ import annotations

import time
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.requests import Request

from analytics.api.dependencies import TokenDep
from analytics.tokens import PlatformToken, ProviderToken

PRESSES: Final = RateLimitItemPerMinute(10)


def limiter() -> MovingWindowRateLimiter:
    """Make the count of presses, one for an API."""
    return MovingWindowRateLimiter(MemoryStorage())


def bounded(request: Request, token: TokenDep) -> None:
    """Count a press; beyond the bound the answer is 429."""
    counted: MovingWindowRateLimiter = request.app.state.presses
    owner = _owner(token)
    if counted.hit(PRESSES, *owner):
        return
    wait = max(1, int(counted.get_window_stats(PRESSES, *owner).reset_time - time.time()) + 1)
    said = f"With one token, {PRESSES.amount} breakdowns a minute can be asked for. Wait a moment."
    raise HTTPException(429, said, {"Retry-After": str(wait)})


def _owner(token: PlatformToken | ProviderToken) -> tuple[str, ...]:
    # Not the token's own text: whoever has it renewed would have as many presses again.
    if isinstance(token, PlatformToken):
        return ("platform", str(token.user_id))
    return (token.issuer, token.subject)
