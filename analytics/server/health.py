"""Addresses for whoever runs the program: is the process alive, can it serve, and its figures for Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from anyio import to_thread
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from analytics.database import SETUP_COMMAND, DatabaseError, NotSetUpError, execute, session
from analytics.observability import REGISTRY
from analytics.schema import SCHEMA, breakdown_jobs
from analytics.settings import Settings, SettingsError

Check = Callable[[], str | None]
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def routes(settings: Callable[[], Settings], engine: Callable[[], Engine], jobs: Check) -> list[BaseRoute]:
    """Give the three routes; `jobs` says what is wrong with the job engine, None when nothing is."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})

    async def readyz(_request: Request) -> Response:
        told = await to_thread.run_sync(lambda: readiness(engine, jobs))
        ready = all(said == "ok" for said in told.values())
        body = {"status": "ready" if ready else "not ready", "checks": told}
        return JSONResponse(body, 200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        if not _may_read(request, settings):
            return PlainTextResponse("Not found", 404)
        body = await to_thread.run_sync(lambda: generate_latest(REGISTRY) + _job_figures(engine))
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def readiness(engine: Callable[[], Engine], jobs: Check) -> dict[str, str]:
    """Check the database, its set-up and the job engine; `ok` or one sentence that names no secret."""
    told = {"database": "ok", "migrations": "ok"}
    try:
        with session(engine()) as db:
            db.execute(sa.text("SELECT 1"))
            if _revision(db) != newest():
                told["migrations"] = f"Not up to date. Run: {SETUP_COMMAND}"
    except NotSetUpError as error:
        told["migrations"] = str(error)
    except (DatabaseError, SettingsError) as error:
        told = {"database": str(error), "migrations": "not checked"}
    return told | {"jobs": jobs() or "ok"}


def _revision(db: Session) -> str | None:
    schema = SCHEMA if db.get_bind().dialect.name == "postgresql" else None
    table = sa.table("skill_analytics_version", sa.column("version_num"), schema=schema)
    return execute(db, sa.select(table.c.version_num)).scalar()


@cache
def newest() -> str | None:
    """Name the revision that our tables are to have."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def _may_read(request: Request, settings: Callable[[], Settings]) -> bool:
    """Tell whether figures may be given: to this machine itself, or to whoever knows the token."""
    try:
        token = settings().metrics_token
    except SettingsError:
        token = None
    if token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
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
        with session(engine()) as db:
            counted = execute(db, sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)).all()
    except (DatabaseError, SettingsError):
        return b""
    lines = ["# HELP skill_analytics_jobs Regenerations by state", "# TYPE skill_analytics_jobs gauge"]
    lines += [f'skill_analytics_jobs{{state="{state}"}} {count}' for state, count in counted]
    return ("\n".join(lines) + "\n").encode()
