"""One log line and one measurement per request."""

from __future__ import annotations

import re
import time
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.observability.logs import about
from analytics.observability.metrics import REQUESTS

# Below a path of a proxy's, too.
_API: Final = re.compile(r"(^|/)api/v1(/|$)")
_FILES: Final = re.compile(r"(^|/)(static|media|_stcore|component)/")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestLog:
    """Gives every request an id, sent with the response and logged with its lines, and measures it."""

    def __init__(self, app: ASGIApp) -> None:
        """Observe a program."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        began = time.perf_counter()

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", [])))
                headers["X-Request-ID"] = request_id
                message["headers"] = headers.raw
                status = f"{message['status'] // 100}xx"
                REQUESTS.labels(_kind(scope["path"]), status).observe(time.perf_counter() - began)
            await send(message)

        with about(request_id=request_id):
            await self.app(scope, receive, send_named)


def _kind(path: str) -> str:
    if _API.search(path):
        return "api"
    return "file" if _FILES.search(path) else "page"
