"""What routes ask for by name: a database session, and who is asking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Query, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request

from analytics import sign_in
from analytics.access import Viewer
from analytics.breakdown.running import Jobs
from analytics.database import session
from analytics.replica import beside
from analytics.service import InterviewAnalytics
from analytics.settings import Settings
from analytics.tokens import PlatformToken, ProviderToken, Verifier

LARGEST_ID = 2**31 - 1

_bearer = HTTPBearer(
    bearerFormat="JWT",
    description="The platform's own access token, or an access token (`at+jwt`) of the sign-in provider.",
    auto_error=False,
)


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings()
    return settings


SettingsDep = Annotated[Settings, Depends(_settings)]


def _verifier(request: Request, settings: SettingsDep) -> Verifier:
    state = request.app.state
    if not hasattr(state, "verifier"):
        state.verifier = Verifier(settings)
    verifier: Verifier = state.verifier
    return verifier


def _token(
    verifier: Annotated[Verifier, Depends(_verifier)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> PlatformToken | ProviderToken:
    if credentials is None:
        raise HTTPException(401, "A bearer token is needed.", {"WWW-Authenticate": "Bearer"})
    return verifier.verify(credentials.credentials)


# The token comes before the session: a stranger costs no connection.
TokenDep = Annotated[PlatformToken | ProviderToken, Depends(_token)]


def _session(request: Request, _token: TokenDep) -> Iterator[Session]:
    with session(request.app.state.engine()) as db:
        yield db


SessionDep = Annotated[Session, Depends(_session)]


def _viewer(settings: SettingsDep, token: TokenDep, db: SessionDep) -> Viewer:
    if isinstance(token, PlatformToken):
        return sign_in.platform_user(db, token.user_id, settings)
    person = sign_in.SignIn(token.issuer, token.subject, token.email, token.email_verified, token.issued_at)
    return sign_in.enter(db, person, settings)


ViewerDep = Annotated[Viewer, Depends(_viewer)]


def _reading(request: Request, _viewer: ViewerDep, db: SessionDep) -> Iterator[Session]:
    with beside(db, request.app.state.replica()) as chosen:
        yield chosen


# For what is only read; who is asking was found out on the primary.
ReadDep = Annotated[Session, Depends(_reading)]


def _analytics(viewer: ViewerDep) -> InterviewAnalytics:
    return InterviewAnalytics(viewer)


AnalyticsDep = Annotated[InterviewAnalytics, Depends(_analytics)]


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs()
    return jobs


JobsDep = Annotated[Jobs, Depends(_jobs)]


def _candidate(
    viewer: ViewerDep,
    user_id: Annotated[
        int | None,
        Query(
            ge=1,
            le=LARGEST_ID,
            description="Whose: for coaches and admins. Without it, your own.",
            examples=[12],
        ),
    ] = None,
) -> int:
    if user_id is not None:
        return user_id
    if viewer.user_id is None or viewer.role == "coach":
        raise RequestValidationError([{"loc": ("query", "user_id"), "msg": "Say whose: you have no interviews here."}])
    return viewer.user_id


CandidateDep = Annotated[int, Depends(_candidate)]
