"""What the workflows of one process share, and which of them are running."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.engine import Engine

from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.jobs.preparation import Preparation


class ShutdownError(BaseException):
    """The process is shutting down: the workflow stays as it is and is resumed later."""


@dataclass(frozen=True, slots=True)
class JobTimes:
    """How often a worker polls, in seconds; shorter intervals cost the database more.

    `poll` is between two looks into the queue, `tick` between two rounds of the worker's own thread, `cancellation`
    between two looks whether a job was cancelled, `batch` between two looks at a batch of the provider's, `cleaning`
    between two cleanings. `drain` is what jobs under way get to end when the program ends, and `leave` what they get
    to stop after that.
    """

    poll: float = 0.5
    tick: float = 5.0
    cancellation: float = 1.0
    batch: float = 60.0
    cleaning: float = 3600.0
    drain: float = 8.0
    leave: float = 3.0


class JobContext:
    """What the workflows of this process share, and which of them are running."""

    def __init__(
        self,
        engine: Engine,
        generator: FeedbackGenerator,
        *,
        write_back: bool,
        times: JobTimes | None = None,
        preparation: Preparation | None = None,
    ) -> None:
        self.engine = engine
        self.generator = generator
        self.write_back = write_back
        self.times = times or JobTimes()
        self.preparation = preparation or Preparation()
        # Set first: no further step begins. Set after a while: what is under way is given up.
        self.ending = threading.Event()
        self.given_up = threading.Event()
        self._at_work: list[str] = []
        self._changed = threading.Condition()

    @contextmanager
    def worker(self, job_id: str) -> Iterator[None]:
        """Count a workflow as running."""
        with self._changed:
            self._at_work.append(job_id)
        try:
            yield
        finally:
            with self._changed:
                self._at_work.remove(job_id)
                self._changed.notify_all()

    def drain(self) -> None:
        """Wait until every workflow has finished its step; those that take too long are abandoned."""
        self.ending.set()
        with self._changed:
            if not self._changed.wait_for(lambda: not self._at_work, self.times.drain):
                self.given_up.set()
                self._changed.wait_for(lambda: not self._at_work, self.times.leave)
        self.preparation.close()
