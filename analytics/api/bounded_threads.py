"""Threads of their own for work that strangers or large files ask for: a few at a time, and a bounded queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

_T = TypeVar("_T")


class BusyError(Exception):
    """As many wait already as may wait."""


class BoundedThreads:
    """Runs `at_once` calls at a time; `most_waiting` more wait for their turn. `calls` counts both."""

    def __init__(self, at_once: int, most_waiting: int) -> None:
        """Start with nobody waiting."""
        self._limiter = CapacityLimiter(at_once)
        self._most = at_once + most_waiting
        self.calls = 0

    async def run(self, call: Callable[[], _T]) -> _T:
        """Run a call in a thread and return its result; raises `BusyError` at once where too many wait."""
        # Counted before anything is awaited: the limiter counts whoever waits a moment later, when all of a burst
        # have been let in.
        if self.calls >= self._most:
            raise BusyError
        self.calls += 1
        try:
            return await to_thread.run_sync(call, limiter=self._limiter)
        finally:
            self.calls -= 1
