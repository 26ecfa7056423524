"""What the workflows of one process work with, and which of them are at work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.engine import Engine

from analytics.breakdown.generator import FeedbackGenerator

_LEAVE_SECONDS: Final = 3.0


class Stopping(BaseException):
    """The process ends: the workflow stays as it is, to be gone on with later."""


class Room:
    """What the workflows of this process work with, and which of them are at work."""

    def __init__(self, engine: Engine, generator: FeedbackGenerator, *, write_back: bool) -> None:
        self.engine = engine
        self.generator = generator
        self.write_back = write_back
        # Set first: no further step begins. Set after a while: what is under way is given up.
        self.ending = threading.Event()
        self.abandoned = threading.Event()
        self._at_work: list[str] = []
        self._changed = threading.Condition()

    @contextmanager
    def worker(self, job_id: str) -> Iterator[None]:
        """Count a workflow as being at work."""
        with self._changed:
            self._at_work.append(job_id)
        try:
            yield
        finally:
            with self._changed:
                self._at_work.remove(job_id)
                self._changed.notify_all()

    def empty(self, patience: float) -> None:
        """Let everybody come to the end of what they are doing, or leave it after `patience` seconds."""
        self.ending.set()
        with self._changed:
            if not self._changed.wait_for(lambda: not self._at_work, patience):
                self.abandoned.set()
                self._changed.wait_for(lambda: not self._at_work, _LEAVE_SECONDS)
