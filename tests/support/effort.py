"""How fast this machine is just now: what a test compares the time of something with, instead of with a clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from analytics.transcripts.read import read_text


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of this thread for some work."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def seconds_of_a_long_conversation() -> float:
    """Return what it takes just now to read an honest conversation of 140,000 lines: some 2 to 4 s."""
    said = "and so on\n" * 19
    return processor_seconds(lambda: read_text(f"Ann Lee: yes\n{said}Bob Roy: no\n{said}" * 3_500))
