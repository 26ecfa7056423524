"""The whole program in one process: the dashboard at /, the REST API at /api/v1."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware

from analytics import api, runtime
from analytics.filling import fill_demo
from analytics.headers import SafeAnswers, content_policy
from analytics.web import Guard
from pages.parts import guard

HERE = Path(__file__).parent


def prepare() -> None:
    """Make the demo people on the first start, and import what the pages need before anybody waits for it."""
    if runtime.settings().is_demo:
        fill_demo(runtime.engine())
    from pages.parts import cards, data, lists  # noqa: F401

    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Prepare before the first visitor."""
    await to_thread.run_sync(prepare)
    yield


app = st.App(
    HERE / "pages" / "frame.py",
    routes=api.routes(api.create_api(runtime.settings, runtime.engine)),
    middleware=[
        Middleware(SafeAnswers, policy=content_policy(guard.script_hashes()), hosts=guard.hosts),
        Middleware(Guard, admits=guard.admits, takes=guard.takes),
    ],
    lifespan=lifespan,
)
