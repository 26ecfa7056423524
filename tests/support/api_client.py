"""Asking the API in tests: tokens of both kinds, and a client that speaks to it without a socket."""

from __future__ import annotations

import time
import weakref
from typing import Any

import httpx2
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analytics.access.bearer_tokens import Keys, TokenVerifier
from analytics.access.viewer import Viewer
from analytics.api import create_api, routes
from analytics.breakdown import FeedbackGenerator
from analytics.breakdown.jobs import job, store
from analytics.breakdown.jobs.worker import JobWorker
from analytics.settings import Settings
from tests.support import secrets
from tests.support.world import AUDIENCE, ISSUER, JWKS, SECRET, World

SETTINGS = Settings(platform_jwt_secret=SECRET, oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_jwks_url=JWKS)


def platform_token(user_id: object, *, secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """A token as the platform makes them."""
    held = {"sub": str(user_id), "exp": int(time.time()) + 86_400} | claims
    return jwt.encode(
        {"alg": algorithm}, {k: v for k, v in held.items() if v is not None}, OctKey.import_key(secret), [algorithm]
    )


class Taking(JobWorker):
    """Jobs that take every press, and never come to it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(lambda: engine, write_back=True, generator=FeedbackGenerator)

    def unavailable(self) -> str | None:
        return None

    def press(self, viewer: Viewer, interview_id: int) -> job.Job:
        return store.request(viewer, self._engine(), interview_id)


class Provider:
    """An OpenID provider: keys that can be rotated, and an address that answers with them, or does not."""

    def __init__(self) -> None:
        self.keys = KeySet([RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"}, auto_kid=False)])
        self.keys.keys.append(ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"}))
        self.status = 200
        self.asked = 0

    def token(self, subject: str, *, kid: str = "rsa-1", header: dict[str, Any] | None = None, **claims: Any) -> str:
        """An access token; a claim that is None is left out."""
        key = self.keys.get_by_kid(kid)
        algorithm = "RS256" if key.key_type == "RSA" else "ES256"
        now = int(time.time())
        held = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 600} | claims
        return jwt.encode(
            {"alg": algorithm, "kid": kid, "typ": "at+jwt"} | (header or {}),
            {name: value for name, value in held.items() if value is not None},
            key,
            [algorithm],
        )

    def answer(self, _request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        return httpx2.Response(self.status, json=self.keys.as_dict(private=False))

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self.answer)


# APIs that no test speaks to any more.
_unused: list[FastAPI] = []


def _with_its_routes(fresh: FastAPI, settings: Settings) -> FastAPI:
    """Return the API with all that a fresh one holds, and with routes that another test had built, where there are any.

    FastAPI builds them at the first requests, which takes longer than most tests.
    """
    if settings.cors_origins or not _unused:
        return fresh
    built = _unused.pop()
    built.state = fresh.state
    return built


def client(
    world: World, settings: Settings = SETTINGS, provider: Provider | None = None, at_work: JobWorker | None = None
) -> TestClient:
    """Give a client of the API as the program serves it; jobs are worked off only where they are given."""
    engine = world.database.engine
    idle = JobWorker(lambda: engine, write_back=True, generator=FeedbackGenerator)
    api = _with_its_routes(create_api(lambda: settings, lambda: engine, lambda: at_work or idle), settings)
    if provider is not None:
        api.state.verifier = TokenVerifier(settings, Keys(JWKS, provider.transport))
    program = Starlette(routes=routes(api))
    if not settings.cors_origins:
        weakref.finalize(program, _unused.append, api)
    asked = TestClient(program, raise_server_exceptions=False, headers={"host": "localhost"})
    asked.event_hooks["response"].append(_without_secrets)
    return asked


def _without_secrets(answer: Any) -> None:
    assert secrets.found(answer.read() + repr(answer.headers).encode()) == []


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
