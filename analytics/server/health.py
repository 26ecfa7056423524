"""Endpoints for operators: liveness, readiness, and metrics for Prometheus."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

import sqlalchemy as sa
from anyio import to_thread
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from analytics.database.errors import DatabaseError
from analytics.database.schema import breakdown_jobs
from analytics.database.sessions import reading
from analytics.observability.metrics import REGISTRY
from analytics.settings import Settings, SettingsError
from analytics.setup.readiness import SCORES, Check, readiness
from analytics.version import VERSION

_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def routes(settings: Callable[[], Settings], engine: Callable[[], Engine], jobs: Check) -> list[BaseRoute]:
    """Return the three routes; `jobs` returns what is wrong with the job engine, None if nothing is."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive", "version": VERSION}, headers={"Cache-Control": "no-store"})

    async def check() -> dict[str, str]:
        return await to_thread.run_sync(lambda: readiness(engine, jobs))

    checking: asyncio.Task[dict[str, str]] | None = None

    async def readyz(_request: Request) -> Response:
        # Strangers may ask too: whoever comes while the database is asked gets the same answer.
        nonlocal checking
        if checking is None or checking.done():
            checking = asyncio.create_task(check())
        checks = await asyncio.shield(checking)
        # Copies go on serving while a set-up reads interviews again.
        ready = all(state == "ok" for check, state in checks.items() if check != SCORES)
        body = {"status": "ready" if ready else "not ready", "checks": checks}
        return JSONResponse(body, 200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        if not _may_read(request, settings):
            return PlainTextResponse("Not found", 404)
        body = await to_thread.run_sync(lambda: generate_latest(REGISTRY) + _job_figures(engine))
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _may_read(request: Request, settings: Callable[[], Settings]) -> bool:
    """Return whether figures may be given: to this machine itself, or to whoever knows the token."""
    try:
        token = settings().metrics_token
    except SettingsError:
        token = None
    if token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.get_secret_value().encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _job_figures(engine: Callable[[], Engine]) -> bytes:
    """Count the jobs by state, as the database holds them; empty while it cannot be asked."""
    jobs = breakdown_jobs
    try:
        with reading(engine()) as db:
            counted = db.execute(sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)).all()
    except (DatabaseError, SettingsError):
        return b""
    lines = ["# HELP skill_analytics_jobs Regenerations by state", "# TYPE skill_analytics_jobs gauge"]
    lines += [f'skill_analytics_jobs{{state="{state}"}} {count}' for state, count in counted]
    return ("\n".join(lines) + "\n").encode()
