"""A set-up that is killed in the middle, in a process of its own."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["analytics.setup.install"])


def exit_status_of_set_up(url: str, function: str, calls: int, batch: int) -> int | None:
    """Run set-up in batches of this size and kill it with SIGKILL at the end of the so-and-so-manieth call."""
    process = _CONTEXT.Process(target=_set_up, args=(url, function, calls, batch))
    process.start()
    process.join(60)
    return process.exitcode


def _set_up(url: str, function: str, calls: int, batch: int) -> None:
    from analytics.database.engine import create_engine_for
    from analytics.roster import refresh
    from analytics.setup import backfill, install

    backfill.BATCH = refresh.BATCH = batch  # type: ignore[misc]
    module, _, name = function.rpartition(".")
    owner: Any = importlib.import_module(module)
    work, made = getattr(owner, name), 0

    def killed(*arguments: Any, **keywords: Any) -> None:
        nonlocal made
        work(*arguments, **keywords)
        made += 1
        if made == calls:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, killed)
    install.set_up(create_engine_for(url))
