"""Every answer protects its reader, and every request is bounded: headers, names, sizes, times, frames."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import anyio
import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from analytics.server.request_limits import LARGEST_BODY
from analytics.server.security_headers import SecurityHeaders, content_policy
from tests.support.dashboard import Dashboard
from tests.support.serving import echo
from tests.support.websocket import visiting


def ask(url: str, path: str, *, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """Ask without following, and read the answer, whatever its status."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=15)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 200_000])
def test_a_long_answer_is_sent_in_pieces_and_whole(size: int) -> None:
    body = bytes(n % 251 for n in range(size))
    sent: list[Message] = []

    async def long(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/healthz", "scheme": "http", "headers": []}
    anyio.run(SecurityHeaders(long, policy=content_policy()), scope, receive, send)
    pieces = sent[1:]
    assert b"".join(piece["body"] for piece in pieces) == body
    assert max(len(piece["body"]) for piece in pieces) <= 65_536
    assert [piece.get("more_body", False) for piece in pieces] == [True] * (len(pieces) - 1) + [False]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/candidate?candidate=1", 200),
        ("/favicon.png", 200),
        ("/_stcore/health", 200),
        ("/_stcore/metrics", 404),
        ("/_stcore/host-config", 200),
        ("/media/nothing.csv", 404),
        ("/api/v1/docs", 200),
        ("/api/v1/openapi.json", 200),
        ("/api/v1/interviews/1/skills", 401),
        ("/api/nowhere", 404),
        ("//elsewhere.example/", 400),
        ("/..%2f..%2fetc/passwd", 400),
    ],
)
def test_every_answer_carries_the_headers(demo: Dashboard, path: str, status: int) -> None:
    answer = ask(demo.url, path)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == status
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Strict-Transport-Security"] is None
    assert "root:" not in str(answer.headers)


def test_https_is_asked_for_where_it_is_used(demo: Dashboard) -> None:
    answer = ask(demo.url, "/", **{"X-Forwarded-Proto": "https"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:8501"])
def test_a_foreign_name_reads_nothing(demo: Dashboard, host: str) -> None:
    answer = ask(demo.url, "/", Host=host)
    assert answer.status == 421
    assert ask(demo.url, "/metrics", Host=host).status == 421
    with pytest.raises((InvalidStatus, ConnectionClosed, EOFError)), websocket(demo, host=host) as connection:
        connection.recv(timeout=5)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost.evil.example", "null"])
def test_a_foreign_page_opens_no_websocket(demo: Dashboard, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, websocket(demo, origin=origin):
        pass
    assert refused.value.response.status_code == 403


def websocket(demo: Dashboard, *, host: str | None = None, origin: str | None = None):  # type: ignore[no-untyped-def]
    """Open the dashboard's websocket under any name."""
    there = urlsplit(demo.url)
    reached = socket.create_connection((there.hostname or "", there.port or 0), timeout=10)
    return connect(
        f"ws://{host or there.netloc}/_stcore/stream",
        sock=reached,
        origin=origin or demo.url,  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        open_timeout=10,
    )


@pytest.mark.parametrize("frame", [b"\xff" * 100, b"x" * 11_000_000, "text"], ids=["garbage", "oversized", "text"])
def test_a_frame_that_is_none_closes_only_its_own_connection(demo: Dashboard, frame: bytes | str) -> None:
    with visiting(demo.url) as other, visiting(demo.url) as visitor:
        assert other.run().messages
        with pytest.raises(ConnectionClosed):  # noqa: PT012 (the server may close while we send)
            visitor.connection.send(frame)
            while True:
                visitor.connection.recv(timeout=15)
        assert "Candidates" in other.run().text


def test_a_request_too_large_is_refused_before_it_is_read(demo: Dashboard) -> None:
    assert ask(demo.url, "/api/v1/candidates", method="POST", **{"Content-Length": "5000000"}).status == 413
    assert ask(demo.url, "/", **{"Content-Length": "-1"}).status in {400, 413}
    with pytest.raises((ConnectionError, AssertionError)):
        assert ask(demo.url, "/", **{"X-Long": "x" * 200_000}).status != 400
    assert ask(demo.url, "/_stcore/health").status == 200


def answer_to(pieces: Iterable[bytes], *, pause: float = 0, seconds: float = 20) -> tuple[int, int]:
    """Send a body without an end, piece by piece; gives the answer's status and how many pieces were read."""
    program = SecurityHeaders(echo, policy=content_policy(), body_seconds=seconds)
    sent: list[Message] = []
    read = 0
    coming = iter(pieces)

    async def receive() -> Message:
        nonlocal read
        await anyio.sleep(pause)
        read += 1
        return {"type": "http.request", "body": next(coming), "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"localhost")], "scheme": "http"}
    anyio.run(program, scope, receive, send)
    return sent[0]["status"], read


def test_a_body_without_end_is_refused_where_it_passes_the_bound() -> None:
    assert answer_to(itertools.repeat(b"[" * 100_000)) == (413, LARGEST_BODY // 100_000 + 1)


def test_a_body_that_drips_is_given_up() -> None:
    began = time.monotonic()
    status, _ = answer_to(itertools.repeat(b"x"), pause=0.05, seconds=0.3)
    assert status == 408
    assert time.monotonic() - began < 2


def test_a_name_must_be_set_to_be_answered_to() -> None:
    program = SecurityHeaders(echo, policy=content_policy(), hosts=lambda: {"skills.example"})
    assert TestClient(program, base_url="https://skills.example").get("/").status_code == 200
    refused = TestClient(program, base_url="https://other.example").get("/")
    assert refused.status_code == 421
    assert "ALLOWED_HOSTS" in refused.text
    assert TestClient(program, base_url="http://10.1.2.3").get("/healthz").status_code == 200


def test_headers_cannot_be_injected(demo: Dashboard) -> None:
    """A page to come back to, from a link that somebody made, is this program's or none."""
    for page in ("http://evil.example/x", f"{demo.url}//evil.example", f"{demo.url}/a%0d%0aSet-Cookie:x=1"):
        answer = ask(demo.url, "/auth/login", Referer=page)
        for name, value in answer.getheaders():
            assert "evil.example" not in json.dumps([name, value])
            assert not value.startswith("x=1")
