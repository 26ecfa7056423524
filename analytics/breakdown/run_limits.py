"""The limits of one run: time, tokens, cancellation."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Literal

from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.records import Record

log = logging.getLogger(__name__)


Step = Literal["reading", "verified", "rating", "finished"]


class Event(Record):
    """A progress event: the step, the skill, a text, and how many calls are done."""

    step: Step
    skill: str
    sentence: str
    done: int
    total: int


class RunLimits:
    """The time and tokens of one run, and whether it was cancelled; shared by its steps and threads.

    `spent` are tokens and `ago` seconds that the same run has used before, in another process. `on_event` is called
    from the threads that do the work; what it raises is logged and otherwise ignored, since answers that were paid for
    hang on it.
    """

    def __init__(
        self,
        settings: ModelSettings,
        *,
        on_event: Callable[[Event], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        spent: int = 0,
        ago: float = 0.0,
        total: int = 0,
    ) -> None:
        self.until = time.monotonic() + settings.deadline
        self._started = time.monotonic() - ago
        self.cancelled = cancelled or (lambda: False)
        self.total = total
        self._ceiling = settings.token_ceiling
        self._spent = spent
        self._done = 0
        self._on_event = on_event
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Return the elapsed time of the run."""
        return time.monotonic() - self._started

    def reserve(self, tokens: int) -> bool:
        """Reserve tokens for a call; False if the run may not use that many more."""
        with self._lock:
            if self._spent + tokens > self._ceiling:
                return False
            self._spent += tokens
            return True

    def settle(self, reserved: int, used: int) -> None:
        """Replace a reservation with what the call actually used."""
        with self._lock:
            self._spent += used - reserved
            self._done += 1

    def report(self, step: Step, skill: str, sentence: str) -> None:
        """Report progress."""
        if self._on_event is None:
            return
        try:
            self._on_event(Event(step=step, skill=skill, sentence=sentence, done=self._done, total=self.total))
        except Exception:
            log.exception("a listener to the progress of a breakdown failed")
