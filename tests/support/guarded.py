"""A small program behind the real guard."""

from __future__ import annotations

import asyncio

from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from analytics.server.guard import Guard
from pages.parts.shell import streamlit_server


async def program(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for the dashboard: sets a cookie and leads to the root."""
    status = 302 if scope["path"] in {"/auth/login", "/oauth2callback"} else 200
    headers = [(b"location", b"/"), (b"set-cookie", b"a=1; Path=/; HttpOnly"), (b"set-cookie", b"b=2; secure")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"inside"})


def guarded(*, admitted: bool = False) -> TestClient:
    behind = Guard(program, admits=lambda _request: admitted, new_reader=streamlit_server.read_messages)
    return TestClient(behind, follow_redirects=False, base_url="http://localhost:8501")


def sifted(*messages: bytes) -> list[bytes]:
    """Give what of these messages reaches the program behind the guard."""
    arrived: list[bytes] = []
    waiting: list[Message] = [{"type": "websocket.receive", "bytes": sent} for sent in messages]
    waiting.append({"type": "websocket.disconnect", "code": 1000})

    async def behind(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (received := await receive())["type"] == "websocket.receive":
            arrived.append(received["bytes"])

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(_message: Message) -> None:
        raise AssertionError

    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [], "scheme": "ws"}
    asyncio.run(
        Guard(behind, admits=lambda _request: False, new_reader=streamlit_server.read_messages)(scope, receive, send)
    )
    return arrived
