"""The whole program in one process: the dashboard at /, the REST API at /api/v1."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware

from analytics import api, observability, operations, runtime
from analytics.api.guessing import BoundedGuessing
from analytics.breakdown.running import the_jobs
from analytics.filling import fill_demo
from analytics.headers import SafeAnswers, content_policy
from analytics.slow import bound_headers
from analytics.web import Guard
from pages.parts import guard

HERE = Path(__file__).parent
observability.configure(os.environ.get("LOG_FORMAT"))
observability.hide(os.environ)
bound_headers()


def prepare() -> None:
    """Make the demo people on the first start, and import what the pages need before anybody waits for it."""
    if runtime.settings().is_demo:
        fill_demo(runtime.engine())
    # Plotly takes whatever pandas another visitor's page has got to importing for the whole of it.
    import pandas  # noqa: F401

    from pages.parts import cards, data, lists  # noqa: F401

    with suppress(FileNotFoundError):
        observability.hide(st.secrets.to_dict())
    observability.adopt()
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Prepare before the first visitor."""
    await to_thread.run_sync(prepare)
    the_jobs().start()
    yield
    await to_thread.run_sync(the_jobs().stop)


app = st.App(
    HERE / "pages" / "frame.py",
    routes=[
        *api.routes(api.create_api(runtime.settings, runtime.engine, the_jobs, runtime.replica)),
        *operations.routes(runtime.settings, runtime.engine, lambda: the_jobs().unavailable()),
    ],
    middleware=[
        Middleware(observability.Observed),
        Middleware(SafeAnswers, policy=content_policy(guard.script_hashes()), hosts=guard.hosts),
        Middleware(Guard, admits=guard.admits, takes=guard.takes),
        Middleware(BoundedGuessing),
    ],
    lifespan=lifespan,
)
