"""Reads that say when nothing changed: an `ETag` on every answer, and 304 to whoever already has it.

A HEAD is answered as the GET of its address, without the body.
"""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ConditionalReads:
    """Hold a successful read back until its tag is known; the answers are small."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an ASGI program."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_bodies(send)
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        known = {tag.strip().removeprefix("W/") for tag in Headers(scope=scope).get("if-none-match", "").split(",")}
        start: Message | None = None
        body = b""

        async def send_tagged(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_read(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    body = _tag(start, body, known)
                    await send(start)
                    await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, send_tagged)


def _without_bodies(send: Send) -> Send:
    async def send_heads(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_heads


def _is_read(start: Message) -> bool:
    return start["status"] == 200 and Headers(raw=start["headers"]).get("content-type", "") == "application/json"


def _tag(start: Message, body: bytes, known: set[str]) -> bytes:
    """Tag an answer; returns the body to send, which is empty for whoever has it already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = MutableHeaders(raw=start["headers"])
    headers["ETag"] = tag
    headers["Cache-Control"] = "private, no-cache"
    headers.add_vary_header("Authorization")
    if tag not in known and "*" not in known:
        return body
    del headers["content-length"], headers["content-type"]
    start["status"] = 304
    return b""
