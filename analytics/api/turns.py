"""How many requests of one person are answered at a time, so that nobody else waits behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException

AT_ONCE: Final = 4
MOST_WAITING: Final = 60
# Longer than that no client waits, and what it left behind is not worth a thread.
_SECONDS: Final = 30.0
_REFUSED: Final = "Too many requests of yours are being answered. Wait for their answers first."


@dataclass
class _Line:
    """One person's requests: those being answered, and those that wait."""

    turn: asyncio.Semaphore
    requests: int = 0


class Turns:
    """Answers `at_once` requests of one person at a time; some more wait, without holding a thread or a connection."""

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING, seconds: float = _SECONDS) -> None:
        """Start with nobody waiting."""
        self._at_once, self._most, self._seconds = at_once, at_once + most_waiting, seconds
        self._lines: dict[Hashable, _Line] = {}

    @asynccontextmanager
    async def take(self, who: Hashable) -> AsyncIterator[None]:
        """Wait for a person's turn and hold it; raises `HTTPException` with 429 for whoever sends too many."""
        line = self._lines.setdefault(who, _Line(asyncio.Semaphore(self._at_once)))
        if line.requests >= self._most:
            raise _refusal()
        line.requests += 1
        try:
            try:
                async with asyncio.timeout(self._seconds):
                    await line.turn.acquire()
            except TimeoutError:
                raise _refusal() from None
            try:
                yield
            finally:
                line.turn.release()
        finally:
            line.requests -= 1
            if not line.requests:
                del self._lines[who]


def _refusal() -> HTTPException:
    return HTTPException(429, _REFUSED, {"Retry-After": "1"})
