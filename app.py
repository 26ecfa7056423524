"""The whole program in one process: the dashboard at /, the REST API at /api/v1.

It starts in the order in which a visitor needs it. The page's own files are served first: while a browser loads them,
what pages need is imported. What no page waits for comes when the first ones may have been drawn.
"""

from __future__ import annotations

import gc

gc.disable()  # until `_start` ends: next to nothing of what is imported is garbage, and looking for it takes a second

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware
from starlette.routing import Router
from starlette.types import ASGIApp

from analytics import observability, operations, runtime
from analytics.headers import SafeAnswers, content_policy
from analytics.slow import bound_headers
from analytics.starting import Held, Later
from analytics.web import Guard
from pages.parts import guard

if TYPE_CHECKING:
    from analytics.breakdown.running import Jobs

HERE = Path(__file__).parent
observability.configure(os.environ.get("LOG_FORMAT"))
observability.hide(os.environ)
bound_headers()

# What a page takes to be asked for and drawn, once it can be; meanwhile nothing else is imported.
_FIRST_PAGE_SECONDS: Final = 3.0
_prepared = asyncio.Event()
_log = logging.getLogger(__name__)


def begin() -> None:
    """Check the settings and make the demo people on the first start: where that fails, there is no program."""
    with suppress(FileNotFoundError):
        observability.hide(st.secrets.to_dict())
    observability.adopt()
    if runtime.settings().is_demo:
        from analytics.filling import fill_demo

        fill_demo(runtime.engine())


def prepare() -> None:
    """Import what the pages need before anybody waits for it."""
    # Plotly takes whatever pandas another visitor's page has got to importing for the whole of it.
    import pandas  # noqa: F401 - to have it imported

    from pages.parts import cards, data, lists  # noqa: F401 - to have them imported

    observability.adopt()


def complete() -> None:
    """Import what no page waits for, keep what stays from the garbage collector, and start the jobs."""
    from scipy import linalg, special, stats  # noqa: F401 - to have them imported

    from analytics.breakdown import workflow  # noqa: F401 - to have it imported

    api.make()
    gc.collect()
    gc.freeze()
    jobs().start()


def jobs() -> Jobs:
    """Give the jobs of this process."""
    from analytics.breakdown.running import the_jobs

    return the_jobs()


def _api() -> ASGIApp:
    from analytics.api import create_api, routes
    from analytics.api.guessing import BoundedGuessing

    made = create_api(runtime.settings, runtime.engine, jobs, runtime.replica)
    return BoundedGuessing(Router(routes(made), redirect_slashes=False))


async def _start() -> None:
    try:
        await to_thread.run_sync(prepare)
        _prepared.set()
        await asyncio.sleep(_FIRST_PAGE_SECONDS)
        await to_thread.run_sync(complete)
    except Exception:
        _log.exception("The program has not started whole")
    finally:
        _prepared.set()
        gc.enable()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Begin before the first answer, and start everything else beside it."""
    await to_thread.run_sync(begin)
    starting = asyncio.create_task(_start())
    yield
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting
    await to_thread.run_sync(jobs().stop)


api = Later("/api", _api)
app = st.App(
    HERE / "pages" / "frame.py",
    routes=[api, *operations.routes(runtime.settings, runtime.engine, lambda: jobs().unavailable())],
    middleware=[
        Middleware(observability.Observed),
        Middleware(SafeAnswers, policy=content_policy(guard.script_hashes()), hosts=guard.hosts),
        Middleware(Held, prepared=_prepared),
        Middleware(Guard, admits=guard.admits, takes=guard.takes),
    ],
    lifespan=lifespan,
)
