"""Security headers on every response, and limits on every request.

A browser that obeys these headers runs only this program's scripts, fetches only from this program and shows none of it
inside another site. Bodies are bounded in size and in the time they may take; a visitor must have asked for an address
of this program's, so that no other name that is made to point here (DNS rebinding) reads anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.server.request_limits import (
    BODY_SECONDS,
    FILE_SECONDS,
    LARGEST_BODY,
    LARGEST_FILE_BODY,
    RefusedError,
    SizeLimit,
    takes_files,
)

# Asked for by machines, which often know only an address in numbers; they tell nothing about anybody. Figures
# are not among them: open to this machine, they are so to a page in its browser whose name is made to point here.
OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_USUAL: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_TRANSPORT: Final = "max-age=31536000"
_PIECE: Final = 65_536
_API: Final = re.compile(r"(^|/)api/")


def content_policy(script_hashes: Iterable[str] = ()) -> str:
    """Build the content security policy; `script_hashes` are those of inline scripts (`sha256-...`).

    Styles may stand inside a page: Streamlit and Plotly write theirs as they draw. Images may be data: the picture that
    Plotly makes of a chart is one.
    """
    scripts = " ".join(("'self'", *(f"'{value}'" for value in script_hashes)))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self'",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Adds headers to every response and enforces limits on every request.

    `hosts` gives the names under which people reach the program, besides this machine's own.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        policy: str,
        hosts: Callable[[], Collection[str]] = tuple,
        largest_body: int = LARGEST_BODY,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        """Protect a program."""
        self.app = app
        self._policy = policy
        self._hosts = hosts
        self._largest = largest_body
        self._seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let a websocket in."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path not in OPEN_PATHS and not self._answers_to(_name(headers.get("host", ""))):
            await self._refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self.app(scope, receive, send)
        else:
            await self._http(scope, headers, receive, self._protect(scope, headers, send))

    def _answers_to(self, host: str) -> bool:
        return host in _LOCAL or host in self._hosts()

    async def _http(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        largest, seconds = self._largest, self._seconds
        if takes_files(scope["path"]):
            largest, seconds = max(largest, LARGEST_FILE_BODY), max(seconds, FILE_SECONDS)
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared[:12]) > largest:
            await _refusal(scope, RefusedError("The request is too large", 413))(scope, receive, send)
            return
        bounded = SizeLimit(receive, largest, seconds)
        answered = False

        async def noting(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self.app(scope, bounded, noting)
        except RefusedError as refused:
            if not answered:
                await _refusal(scope, refused)(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        sentence = "This program does not answer under this name. Whoever runs it can add the name to ALLOWED_HOSTS."
        await PlainTextResponse(sentence, 421)(scope, receive, self._protect(scope, Headers(scope=scope), send))

    def _protect(self, scope: Scope, asked: Headers, send: Send) -> Send:
        forwarded = asked.get("x-forwarded-proto", "").split(",")[0].strip().lower()

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _USUAL.items():
                    headers[name] = value
                headers["Content-Security-Policy"] = self._policy
                if "https" in {forwarded, scope["scheme"]}:
                    headers["Strict-Transport-Security"] = _TRANSPORT
                message["headers"] = headers.raw
            for piece in _pieces(message):
                await send(piece)

        return protected


def _refusal(scope: Scope, refused: RefusedError) -> Response:
    """Build the answer to a body beyond the limits: below `/api` a problem (RFC 9457), elsewhere a plain sentence."""
    headers = {"Connection": "close"}
    if not _API.search(scope["path"]):
        return PlainTextResponse(str(refused), refused.status, headers)
    title = HTTPStatus(refused.status).phrase
    problem = {"type": "about:blank", "title": title, "status": refused.status, "detail": f"{refused}."}
    return JSONResponse(problem, refused.status, headers, media_type="application/problem+json")


def _pieces(message: Message) -> Iterator[Message]:
    """Cut a body, so that the server holds no more of it than one piece for whoever reads slowly."""
    body = message.get("body", b"")
    last = max(0, len(body) - 1) // _PIECE * _PIECE
    for start in range(0, last, _PIECE):
        yield {**message, "body": body[start : start + _PIECE], "more_body": True}
    yield {**message, "body": body[last:]} if last else message


def _name(host: str) -> str:
    """Read the name in a Host header, without its port; empty for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
