"""A process of its own that sends digests until it is killed."""

from __future__ import annotations

import multiprocessing
import os
from datetime import timedelta
from multiprocessing.process import BaseProcess
from typing import Final

import scipy.special  # noqa: F401 - trends import it when they are first asked for: not in each process again

from analytics.database.engine import create_engine_for
from analytics.delivery.settings import DeliverySettings
from analytics.digests.sender import SendTimes, send_due
from analytics.settings import Settings

# What a killed process had claimed is free again this soon; longer than any digest takes here, on a busy machine too.
LEASE: Final = timedelta(seconds=2)
TIMES: Final = SendTimes(lease=LEASE, pause=timedelta(0))


def work(url: str, settings: DeliverySettings) -> None:
    """Send what is due, once."""
    send_due(create_engine_for(url), Settings(), settings, times=TIMES)
    os._exit(0)


def start(url: str, settings: DeliverySettings) -> BaseProcess:
    """Start such a process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=work, args=(url, settings), daemon=True)
    process.start()
    return process
