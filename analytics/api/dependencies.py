"""What routes ask for by name: a database session, and who is asking."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from typing import Annotated, Any, Final, TypeVar

from anyio import to_thread
from fastapi import Depends, Query, Security
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from analytics.access import sign_in
from analytics.access.bearer_tokens import PlatformToken, ProviderToken, TokenVerifier
from analytics.access.viewer import Viewer
from analytics.access.visits import note_visit, people_behind
from analytics.breakdown.jobs.worker import JobWorker
from analytics.columns import LARGEST_ID
from analytics.database.replica import prefer_replica
from analytics.database.sessions import reading
from analytics.roster.refresh import try_refresh_stale
from analytics.service import InterviewAnalytics
from analytics.settings import Settings
from analytics.setup.backfill import is_unfinished

INCOMPLETE: Final = "X-Skill-Scores"
_LOOKED_AT: Final = 60.0
_ID: Final = TypeAdapter[int](Annotated[int, Field(ge=1, le=LARGEST_ID)])
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_bearer = HTTPBearer(
    bearerFormat="JWT",
    description="The platform's own access token, or an access token (`at+jwt`) of the sign-in provider.",
    auto_error=False,
)


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings()
    return settings


SettingsDep = Annotated[Settings, Depends(_settings)]


def _verifier(request: Request, settings: SettingsDep) -> TokenVerifier:
    state = request.app.state
    if not hasattr(state, "verifier"):
        state.verifier = TokenVerifier(settings)
    verifier: TokenVerifier = state.verifier
    return verifier


def _token(
    verifier: Annotated[TokenVerifier, Depends(_verifier)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> PlatformToken | ProviderToken:
    if credentials is None:
        raise HTTPException(401, "A bearer token is required.", {"WWW-Authenticate": "Bearer"})
    return verifier.verify(credentials.credentials)


# The token comes before the session: a stranger costs no connection.
TokenDep = Annotated[PlatformToken | ProviderToken, Depends(_token)]


_without_turn: Final[set[Callable[..., Any]]] = set()


def without_turn(endpoint: _Endpoint) -> _Endpoint:
    """Mark the function of a route whose requests may take minutes to come, and are counted by itself."""
    _without_turn.add(endpoint)
    return endpoint


async def _turn(request: Request, token: TokenDep) -> AsyncIterator[None]:
    if request.scope["endpoint"] in _without_turn:
        yield
        return
    async with request.app.state.turns.take(owner(token)):
        yield


def owner(token: PlatformToken | ProviderToken) -> tuple[str, ...]:
    """Name whoever holds a token: not by its own text, which is another one when it is renewed."""
    if isinstance(token, PlatformToken):
        return ("platform", str(token.user_id))
    return (token.issuer, token.subject)


def _session(request: Request, _turn: Annotated[None, Depends(_turn)]) -> Iterator[Session]:
    with reading(request.app.state.engine()) as db:
        yield db


SessionDep = Annotated[Session, Depends(_session)]


def _viewer(request: Request, settings: SettingsDep, token: TokenDep, db: SessionDep) -> Viewer:
    if isinstance(token, PlatformToken):
        viewer = sign_in.platform_user(db, token.user_id, settings, token)
        let_go(db)
        return viewer
    person = sign_in.SignIn(token.issuer, token.subject, token.email, token.email_verified, token.issued_at)
    return sign_in.viewer_of(request.app.state.engine(), person, settings)


def let_go(db: Session) -> None:
    """Return a session's connection to the pool until the session reads again.

    Requests that hold one connection while they wait for another block each other once the pool is empty.
    """
    db.rollback()


ViewerDep = Annotated[Viewer, Depends(_viewer)]


class ViewerFirst(APIRoute):
    """A route that reads a body only from somebody who may come in: FastAPI reads it before it asks who sent it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of requests."""
        handle = super().get_route_handler()

        async def handle_known(request: Request) -> Response:
            if self.body_field is not None:
                await to_thread.run_sync(_require_viewer, request)
            return await handle(request)

        return handle_known


def _require_viewer(request: Request) -> None:
    settings = _settings(request)
    scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
    given = HTTPAuthorizationCredentials(scheme=scheme, credentials=token) if scheme.lower() == "bearer" else None
    verified = _token(_verifier(request, settings), given)
    with reading(request.app.state.engine()) as db:
        _viewer(request, settings, verified, db)


def _open_session(request: Request, response: Response, _viewer: ViewerDep, db: SessionDep) -> Iterator[Session]:
    _say_unfinished(request, response, db)
    with prefer_replica(db, request.app.state.replica()) as preferred:
        yield preferred


def refresh_roster(request: Request, viewer: ViewerDep, db: SessionDep) -> None:
    """Bring the roster's summaries up to date for those who may read them."""
    if viewer.sees_others:
        let_go(db)
        try_refresh_stale(request.app.state.engine)


def _say_unfinished(request: Request, response: Response, db: Session) -> None:
    """State in a header that scores are missing while set-up has not read all interviews; looked up once a minute."""
    state = request.app.state
    if time.monotonic() < getattr(state, "complete_until", 0.0):
        return
    if is_unfinished(db):
        response.headers[INCOMPLETE] = "incomplete"
    else:
        state.complete_until = time.monotonic() + _LOOKED_AT


# For what is only read; who is asking was found out on the primary.
ReadDep = Annotated[Session, Depends(_open_session)]


def _analytics(request: Request, viewer: ViewerDep, db: SessionDep) -> Iterator[InterviewAnalytics]:
    """Provide the analytics of a viewer, and record whom they were shown; what failed showed nothing."""
    yield InterviewAnalytics(viewer)
    user_ids = _read_ids([request.query_params.get("user_id", "")])
    compared = ",".join(request.query_params.getlist("interview_ids")).split(",")
    interview_ids = _read_ids([*compared, request.path_params.get("interview_id", "")])
    if viewer.sees_others and (user_ids or interview_ids):
        behind = people_behind(viewer, db, user_ids, interview_ids)
        let_go(db)
        note_visit(viewer, request.app.state.engine(), "API", behind)


def _read_ids(values: Iterable[str]) -> list[int]:
    """Read ids as the parameters of routes are read ("11.0" too), and pass over what is none."""
    ids = []
    for value in values:
        with suppress(ValidationError):
            ids.append(_ID.validate_python(value))
    return ids


AnalyticsDep = Annotated[InterviewAnalytics, Depends(_analytics)]


def _jobs(request: Request) -> JobWorker:
    jobs: JobWorker = request.app.state.jobs()
    return jobs


JobsDep = Annotated[JobWorker, Depends(_jobs)]


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
        raise RequestValidationError(
            [{"loc": ("query", "user_id"), "msg": "Say whose: you have no interviews of your own."}]
        )
    return viewer.user_id


CandidateDep = Annotated[int, Depends(_candidate)]
