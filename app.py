"""The whole program in one process: the dashboard at /, the REST API at /api/v1, shared reports at /shared.

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
from typing import Final

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware
from starlette.routing import Router
from starlette.types import ASGIApp

from analytics import runtime
from analytics.environment import refuse_placeholders
from analytics.observability import logs
from analytics.server import health, request_log
from analytics.server.base_path import BasePath
from analytics.server.compressed_files import CompressedFiles
from analytics.server.connections import bound_pieces, bound_unread, bound_websockets
from analytics.server.first_page import FirstPage
from analytics.server.guard import Guard
from analytics.server.header_timeout import bound_headers
from analytics.server.local_only import LocalOnly
from analytics.server.process import prepare_process
from analytics.server.request_limits import keep_files_in_memory
from analytics.server.security_headers import SecurityHeaders, content_policy
from analytics.server.startup import HoldUntilReady, LazyMount
from analytics.server.upload_limits import UploadLimits
from analytics.server.websocket_limits import WebsocketLimits
from pages.parts.shell import failure, streamlit_server
from pages.parts.shell.first_page import first_page

HERE = Path(__file__).parent
# Where the image keeps the page's own files compressed.
COMPRESSED: Final = HERE / "compressed"
prepare_process()
# On one's own machine the console is for the address; a server's log holds every request.
_serves_others = bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))
logs.configure(os.environ.get("LOG_FORMAT"), os.environ.get("LOG_LEVEL") or ("info" if _serves_others else "warning"))
logs.hide(os.environ)
failure.log_once()
bound_headers()
bound_unread()
bound_pieces()
bound_websockets()
keep_files_in_memory()

# What a page takes to be asked for and drawn, once it can be; meanwhile nothing else is imported.
_FIRST_PAGE_SECONDS: Final = 3.0
_prepared = asyncio.Event()
_log = logging.getLogger(__name__)


def begin() -> None:
    """Check the settings and create the demo people, or the workspace's file, at the first start.

    Where that fails, there is no program.
    """
    with suppress(FileNotFoundError):
        secrets = st.secrets.to_dict()
        logs.hide(secrets)
        refuse_placeholders(secrets)
    logs.adopt()
    streamlit_server.refuse_agent_api()
    runtime.delivery_settings()
    for warning in runtime.settings().warnings:
        _log.warning(warning)
    if runtime.settings().is_demo:
        from analytics.demo.load import load_demo

        load_demo(runtime.engine(), write_back=runtime.settings().write_back, latest_only=True)
    elif runtime.settings().is_own:
        from analytics.setup.workspace import open_workspace

        open_workspace(runtime.engine())


def prepare() -> None:
    """Import what the pages need, before anybody waits for it."""
    # Plotly takes whatever pandas another visitor's page has got to importing for the whole of it.
    import pandas  # noqa: F401 - to have it imported

    from pages.parts.roster import rows  # noqa: F401 - to have them imported

    logs.adopt()


def complete() -> None:
    """Import everything else, start the jobs, and finish the demo's breakdowns."""
    from scipy import linalg, special  # noqa: F401 - to have them imported

    from analytics.breakdown.jobs import workflow  # noqa: F401 - to have it imported

    api.make()
    freeze()
    runtime.jobs().start()
    if runtime.delivery_settings().is_configured:
        runtime.digests().start()
    runtime.reports().start()
    if runtime.settings().is_demo:
        from analytics.demo.load import save_recorded

        # Nobody waits for the breakdowns of earlier interviews.
        save_recorded(runtime.engine(), write_back=runtime.settings().write_back)
        freeze()


def freeze() -> None:
    """Exempt all present objects from garbage collection, which would scan them again and again."""
    gc.collect()
    gc.freeze()


def _api() -> ASGIApp:
    from analytics.api import create_api, routes
    from analytics.api.rate_limits import TokenRefusalLimit

    made = create_api(runtime.settings, runtime.engine, runtime.jobs, runtime.replica)
    return TokenRefusalLimit(Router(routes(made), redirect_slashes=False))


def _shared() -> ASGIApp:
    from analytics.api.shared_reports import SharedReports

    return SharedReports(runtime.settings, runtime.engine)


def _unsubscribe() -> ASGIApp:
    from analytics.api.unsubscribe import Unsubscribe

    return Unsubscribe(runtime.engine)


def welcome() -> None:
    """Print the program's address."""
    print(f"\n  Interview Skill Analytics answers at {streamlit_server.address()}\n", flush=True)


def whom_to_look_at() -> None:
    """Print, in the demo, whom to look at first, once its breakdowns are complete and agree with the list."""
    if runtime.settings().is_demo:
        from analytics.demo import welcome

        print(f"{welcome.whom_to_look_at(runtime.engine())}\n", flush=True)


async def _start() -> None:
    try:
        await to_thread.run_sync(prepare)
        _prepared.set()
        await to_thread.run_sync(welcome)
        await asyncio.sleep(_FIRST_PAGE_SECONDS)
        await to_thread.run_sync(complete)
        await to_thread.run_sync(whom_to_look_at)
    except Exception:
        _log.exception("The program has not started whole")
    finally:
        _prepared.set()
        gc.enable()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Begin before the first response, and start everything else in the background."""
    await to_thread.run_sync(begin)
    starting = asyncio.create_task(_start())
    yield
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting
    await to_thread.run_sync(runtime.digests().stop)
    await to_thread.run_sync(runtime.reports().stop)
    await to_thread.run_sync(runtime.jobs().stop)


api = LazyMount("/api", _api)
shared = LazyMount("/shared", _shared)
unsubscribe = LazyMount("/unsubscribe", _unsubscribe)
app = st.App(
    HERE / "pages" / "frame.py",
    routes=[
        api,
        shared,
        unsubscribe,
        *health.routes(runtime.settings, runtime.engine, lambda: runtime.jobs().unavailable()),
    ],
    middleware=[
        Middleware(LocalOnly, active=streamlit_server.is_own),
        Middleware(BasePath, base=streamlit_server.base_path),
        Middleware(request_log.RequestLog),
        Middleware(
            SecurityHeaders, policy=content_policy(streamlit_server.script_hashes()), hosts=streamlit_server.hosts
        ),
        Middleware(
            WebsocketLimits,
            visitor=streamlit_server.visitor_name,
            begins_run=streamlit_server.begins_run,
            ends_run=streamlit_server.ends_run,
        ),
        Middleware(HoldUntilReady, prepared=_prepared),
        Middleware(
            Guard,
            admits=streamlit_server.admits,
            new_reader=streamlit_server.read_messages,
            may_upload=streamlit_server.may_upload,
        ),
        Middleware(UploadLimits, visitor=streamlit_server.visitor_name, kept=streamlit_server.kept_files),
        Middleware(FirstPage, page=first_page()),
        Middleware(CompressedFiles, ahead=COMPRESSED),
    ],
    lifespan=lifespan,
    on_script_error=failure.explain,
)
