"""The REST API: the platform's own paths and shapes, so that its front end can be pointed here, and a little more."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from sqlalchemy.engine import Engine
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount, Route

from analytics.api import (
    add_routes,
    batch_routes,
    breakdown_routes,
    coaching_routes,
    docs,
    errors,
    judge_routes,
    link_routes,
    practice_routes,
    rate_limits,
    report_routes,
    review_routes,
    tag_routes,
    verdict_routes,
    webhooks,
)
from analytics.api.dependencies import INCOMPLETE
from analytics.api.etag import ConditionalReads
from analytics.api.routes import router
from analytics.api.turns import Turns
from analytics.breakdown.jobs.worker import JobWorker
from analytics.database.replica import Replica
from analytics.settings import Settings, SettingsError

PREFIX = "/api/v1"


def create_api(
    settings: Callable[[], Settings],
    engine: Callable[[], Engine],
    jobs: Callable[[], JobWorker],
    replica: Callable[[], Replica | None] = lambda: None,
) -> FastAPI:
    """Build the API; what is wrong with the settings or the database is told to whoever asks, not here."""
    api = FastAPI(
        title="Interview Skill Analytics",
        description=docs.DESCRIPTION,
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.settings, api.state.engine, api.state.jobs, api.state.replica = settings, engine, jobs, replica
    api.state.presses = rate_limits.limiter()
    api.state.turns = Turns()
    api.include_router(router)
    api.include_router(breakdown_routes.router)
    api.include_router(add_routes.router)
    api.include_router(report_routes.router)
    api.include_router(batch_routes.router)
    api.include_router(link_routes.router)
    api.include_router(coaching_routes.router)
    api.include_router(judge_routes.router)
    api.include_router(tag_routes.router)
    api.include_router(practice_routes.router)
    api.include_router(verdict_routes.router)
    api.include_router(review_routes.router)
    webhooks.describe(api)
    docs.mount(api)
    errors.install(api)
    api.add_middleware(ConditionalReads)
    if origins := _cors_origins(settings):
        api.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag", "Location", "Retry-After", "WWW-Authenticate", INCOMPLETE],
            max_age=600,
        )
    return api


def routes(api: FastAPI) -> list[BaseRoute]:
    """Return the routes that bring the API into a program; every other path below `/api` is a 404 in JSON."""
    return [
        Mount(PREFIX, app=api),
        Route("/api", endpoint=errors.Nowhere()),
        Mount("/api", app=errors.Nowhere()),
    ]


def _cors_origins(settings: Callable[[], Settings]) -> tuple[str, ...]:
    try:
        return settings().cors_origins
    except SettingsError:
        return ()
