"""A limit on log lines caused by visitors, who could otherwise fill the disk."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

LINES: Final = 10
SECONDS: Final = 60.0
# They write a line for each connection, and asyncio thousands a second where no file is left to accept one with.
_SERVERS: Final = frozenset({"asyncio", "uvicorn", "websockets"})


class RepeatedLines(logging.Filter):
    """Passes so many lines of a kind per minute, and reports how many more there were.

    Lines are of a kind when only their values differ. Lines of everybody else pass.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._counts: Counter[tuple[str, str]] = Counter()
        self._until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write a line, after writing any due report about others."""
        if self._clock() >= self._until:
            counts, self._counts = self._counts, Counter()
            self._until = self._clock() + SECONDS
            for (name, text), count in counts.items():
                if count > LINES:
                    logging.getLogger(__name__).warning("%d more lines of %s: %s", count - LINES, name, text)
        if record.name.split(".")[0] not in _SERVERS:
            return True
        # The exception handler of asyncio puts values on further lines of the text itself.
        kind = (record.name, str(record.msg).split("\n", 1)[0])
        self._counts[kind] += 1
        return self._counts[kind] <= LINES
