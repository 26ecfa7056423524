"""Every error in one shape: problem details (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from analytics.access import sign_in
from analytics.access.bearer_tokens import KeysUnavailableError, TokenError
from analytics.access.viewer import NotAllowedError
from analytics.coaching.access import CoachingError, MissingError
from analytics.database.errors import DatabaseError
from analytics.importing.errors import AddBudgetError, AddError
from analytics.reviews.owner import SettledError
from analytics.roster.keyset import CursorError
from analytics.server.request_limits import RefusedError
from analytics.service import NotFoundError
from analytics.settings import SettingsError
from analytics.transcripts.model import TranscriptError

MEDIA_TYPE: Final = "application/problem+json"
_SCHEMAS: Final = "#/components/schemas/{model}"
_log = logging.getLogger(__name__)


class ApiFault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="The part of the request.", examples=["query.user_id"])
    what: str = Field(examples=["Input should be greater than or equal to 1"])


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(default="about:blank", description="Always about:blank: the status says which kind.")
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["This interview does not exist, or you do not have access."])
    errors: list[ApiFault] | None = Field(default=None, description="For status 422: each thing that is wrong.")


class ProblemResponse(JSONResponse):
    """A problem as an answer."""

    media_type = MEDIA_TYPE


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe these errors for the OpenAPI document."""
    schema = {"$ref": _SCHEMAS.format(model="Problem")}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def answer(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, errors: list[ApiFault] | None = None
) -> ProblemResponse:
    """Build the answer that tells of a problem."""
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return ProblemResponse(problem.model_dump(exclude_none=True), status, dict(headers or {}))


# What each error of the program means to whoever called the API, the more particular first.
_STATUS: Final[tuple[tuple[type[Exception], int, dict[str, str]], ...]] = (
    (TokenError, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}),
    (sign_in.SignedOutError, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}),
    (sign_in.RefusedError, 403, {}),
    (NotAllowedError, 403, {}),
    (NotFoundError, 404, {}),
    (MissingError, 404, {}),
    (SettledError, 409, {}),
    (CursorError, 422, {}),
    (AddBudgetError, 429, {"Retry-After": "3600"}),
    (AddError, 422, {}),
    (CoachingError, 422, {}),
    (TranscriptError, 422, {}),
    (KeysUnavailableError, 503, {"Retry-After": "30"}),
    (DatabaseError, 503, {"Retry-After": "5"}),
    (SettingsError, 503, {}),
)


def install(api: FastAPI) -> None:
    """Make the API answer every error as a problem."""
    for error, status, headers in _STATUS:
        api.add_exception_handler(error, _teller(status, headers))
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(RefusedError, _refused)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(Exception, _answer_unexpected)
    document = api.openapi

    def with_problems() -> dict[str, Any]:
        """Describe the shape that every error refers to, which no route answers with by itself."""
        schemas = document()["components"]["schemas"]
        if "Problem" not in schemas:
            schemas |= models_json_schema([(Problem, "serialization")], ref_template=_SCHEMAS)[1]["$defs"]
        return document()

    # FastAPI's own way to change its document.
    api.openapi = with_problems  # type: ignore[method-assign] # the way FastAPI documents


def _teller(status: int, headers: Mapping[str, str]) -> Any:
    async def tell(_request: Request, error: Exception) -> ProblemResponse:
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            _log.warning("The API cannot answer: %s", error)
        return answer(status, str(error), headers=headers)

    return tell


async def _http(request: Request, error: Exception) -> ProblemResponse:
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, RefusedError):
        return await _refused(request, error.__cause__)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # Of FastAPI, about a body that is no text: to whoever sent it, no other fault than a body that does not fit.
        return answer(422, "The request is not valid: its body cannot be read as JSON.")
    detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else _USUAL.get(error.status_code)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods(request)):
        # The router names those of the first route of an address, and one may have several.
        headers = {"Allow": ", ".join(methods)}
    return answer(error.status_code, detail or error.detail, headers=headers)


async def _refused(_request: Request, error: Exception) -> ProblemResponse:
    """Answer for a body that is too large or too slow, of which the length was not declared."""
    if not isinstance(error, RefusedError):
        raise error
    return answer(error.status, f"{error}.", headers={"Connection": "close"})


def _methods(request: Request) -> list[str]:
    """List the methods that the address of a request is documented with."""
    address = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    described = request.app.openapi()["paths"].items()
    named = {
        method.upper() for path, methods in described if compile_path(path)[0].match(address) for method in methods
    }
    return sorted(named | ({"HEAD"} if "GET" in named else set()))


_USUAL: Final = {
    404: "This address does not exist.",
    405: "This address does not accept this method.",
}


async def _invalid(_request: Request, error: Exception) -> ProblemResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [ApiFault(where=".".join(map(str, fault["loc"])), what=fault["msg"]) for fault in error.errors()]
    return answer(422, "The request is not valid.", errors=faults)


async def _answer_unexpected(_request: Request, _error: Exception) -> ProblemResponse:
    return answer(500, "Something went wrong. The log has the details.")


class Nowhere:
    """The ASGI program at every address that does not exist; a websocket is refused."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await answer(404, _USUAL[404])(scope, receive, send)
