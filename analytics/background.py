"""Repeated background work, each task in its own thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

_log = logging.getLogger(__name__)
_END_SECONDS: Final = 5.0


class BackgroundTask:
    """A task that runs again and again in the background, from `start` to `stop`.

    The task is given the event that is set when the program ends. If it fails, whatever the reason, that is logged and
    it is tried again in the next round.
    """

    def __init__(self, name: str, task: Callable[[threading.Event], object], *, seconds: float) -> None:
        """Repeat `task` every so many seconds; `name` says in the log what failed."""
        self._name, self._task, self._seconds = name, task, seconds
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start in the background, without blocking the program."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._repeat, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop, giving the current run a moment to finish."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_END_SECONDS)
            self._thread = None

    def _repeat(self) -> None:
        while not self._ending.is_set():
            try:
                self._task(self._ending)
            except Exception as error:
                _log.warning("%s failed and will be tried again: %s", self._name, error)
            self._ending.wait(self._seconds)
