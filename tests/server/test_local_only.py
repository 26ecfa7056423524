"""A workspace of one's own is reachable from its machine and from nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from analytics.server.local_only import LocalOnly, is_local


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})
    else:
        await PlainTextResponse("inside")(scope, receive, send)


def asked(client: str = "127.0.0.1", *, active: bool = True, **headers: str) -> TestClient:
    named = {"host": "localhost:8501"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return TestClient(LocalOnly(inside, active=lambda: active), client=(client, 5), headers=named)


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:8501", "localhost.", "LOCALHOST"])
def test_this_machine_comes_in(client: str, host: str) -> None:
    assert asked(client, host=host).get("/").text == "inside"
    with asked(client, host=host, origin=f"http://{host}").websocket_connect("/"):
        pass


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("192.168.1.7", {}),
        ("::ffff:192.168.1.7", {}),
        ("testclient", {}),
        ("127.0.0.1", {"host": "example.org"}),
        ("127.0.0.1", {"host": "localhost.example.org"}),
        ("127.0.0.1", {"host": "[::"}),
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}),
        ("127.0.0.1", {"x_forwarded_proto": "https"}),
        ("127.0.0.1", {"forwarded": "for=10.0.0.1"}),
        ("127.0.0.1", {"via": "1.1 proxy"}),
        ("127.0.0.1", {"x_real_ip": "10.0.0.1"}),
        # A proxy that says nothing of itself: the browser still says which page it shows.
        ("127.0.0.1", {"origin": "https://workspace.example"}),
        ("127.0.0.1", {"referer": "https://workspace.example/add"}),
        ("127.0.0.1", {"origin": "null"}),
    ],
)
def test_nobody_else_does(client: str, headers: dict[str, str]) -> None:
    refused = asked(client, **headers).get("/")
    assert (refused.status_code, "inside" in refused.text) == (403, False)
    with pytest.raises(WebSocketDisconnect), asked(client, **headers).websocket_connect("/"):
        pass
    # Everything else of the program is reached through a proxy as before.
    assert asked(client, active=False, **headers).get("/").text == "inside"


def test_a_request_without_client_or_host_is_nobodys() -> None:
    scope: dict[str, Any] = {"type": "http", "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1)}
    assert is_local(scope)
    assert not is_local(scope | {"client": None})
    assert not is_local(scope | {"headers": []})
    assert not is_local(scope | {"headers": [(b"host", b"localhost"), (b"host", b"example.org")]})
