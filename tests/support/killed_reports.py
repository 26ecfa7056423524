"""A process of its own that makes reports of batches and is killed in the middle of one."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import timedelta
from typing import Final

from analytics.batches import maker
from analytics.batches.maker import make_waiting
from analytics.database.engine import create_engine_for
from analytics.report.content import Report
from analytics.report.pdf import report_pdf
from analytics.settings import Settings

# What a killed process had begun is free again at once.
AT_ONCE: Final = timedelta(0)


def work(url: str, survives: int) -> None:
    """Make so many reports, and be killed in the next."""
    made = 0

    def until_killed(report: Report, **choices: object) -> bytes:
        nonlocal made
        if made == survives:
            os.kill(os.getpid(), signal.SIGKILL)
        made += 1
        return report_pdf(report, **choices)  # type: ignore[arg-type]

    maker.report_pdf = until_killed
    make_waiting(create_engine_for(url), Settings(), lease=AT_ONCE)


def killed_after(url: str, survives: int) -> None:
    """Run such a process to its end."""
    process = multiprocessing.get_context("forkserver").Process(target=work, args=(url, survives))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
