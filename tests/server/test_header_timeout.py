"""Visitors who take their time, byte by byte, or send too much: given up or refused, and nobody else waits for them."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from analytics.server.header_timeout import HEADER_SECONDS, bound_headers
from analytics.server.request_limits import LARGEST_BODY
from analytics.server.security_headers import SecurityHeaders, content_policy
from tests.support.dashboard import Dashboard
from tests.support.ports import free_port
from tests.support.websocket import visiting

GRACE = 5.0
DRIPPING = {
    "a header": "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "a path": "GET /",
    "what nobody asked for": "GET /_stcore/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n",
    "a websocket's header": "GET /_stcore/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nX-Slow: ",
}
BODY = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n"


@dataclass
class Line:
    """A connection that is begun so, and on which a byte follows every so often."""

    begin: str
    closed_after: float | None = None
    answer: bytes = b""

    def drip(self, port: int, every: float, most: float) -> None:
        """Drip until the other side closes or `most` seconds are over."""
        began = time.monotonic()
        with socket.create_connection(("localhost", port), timeout=10) as line:
            line.sendall(self.begin.encode())
            line.settimeout(every)
            while time.monotonic() - began < most:
                try:
                    data = line.recv(65_536)
                    self.answer += data
                    if not data:
                        break
                except TimeoutError:
                    try:
                        line.sendall(b"a")
                    except OSError:
                        break
                except OSError:
                    break
            else:
                return
        self.closed_after = time.monotonic() - began


@contextmanager
def dripping(port: int, begins: dict[str, str], *, every: float, most: float) -> Iterator[dict[str, Line]]:
    """Drip on several connections at once, until all are closed or `most` seconds are over."""
    lines = {name: Line(begin) for name, begin in begins.items()}
    threads = [threading.Thread(target=line.drip, args=(port, every, most)) for line in lines.values()]
    for thread in threads:
        thread.start()
    try:
        yield lines
    finally:
        for thread in threads:
            thread.join()


def is_closed(line: socket.socket) -> bool:
    line.settimeout(1)
    try:
        return line.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def test_slow_requests_are_given_up_and_others_are_answered_meanwhile(demo: Dashboard) -> None:
    port = urlsplit(demo.url).port or 0
    with ExitStack() as stack, visiting(demo.url) as visitor:
        visitor.run()
        silent = [stack.enter_context(socket.create_connection(("localhost", port))) for _ in range(200)]
        with dripping(port, DRIPPING, every=1.0, most=HEADER_SECONDS + GRACE) as lines:
            until = time.monotonic() + HEADER_SECONDS / 2
            while time.monotonic() < until:
                began = time.monotonic()
                assert post(demo.url, "/_stcore/health", b"", method="GET").status == 200
                assert "Needs attention" in visitor.run().text
                assert time.monotonic() - began < GRACE
        assert {name: line.closed_after is not None for name, line in lines.items()} == dict.fromkeys(DRIPPING, True)
        assert min(line.closed_after or 0 for line in lines.values()) > HEADER_SECONDS - 1
        assert all(is_closed(line) for line in silent)
        # A tab that stands open and asks for nothing is no slow request.
        assert "Needs attention" in visitor.run().text


class Hasty(H11Protocol):
    """The server's protocol, that waits a moment only."""


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """A program that reads a request to its end."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@contextmanager
def serving(protocol: type[H11Protocol]) -> Iterator[int]:
    """Serve a small program with a protocol; gives its port."""
    port = free_port()
    program = SecurityHeaders(echo, policy=content_policy(), body_seconds=1.0)
    server = uvicorn.Server(uvicorn.Config(program, port=port, http=protocol, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    give_up = time.monotonic() + 120
    while not server.started and time.monotonic() < give_up:
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


def test_headers_and_bodies_that_drip_are_bounded_on_a_real_line() -> None:
    bound_headers(Hasty, 0.5)
    with serving(Hasty) as port, dripping(port, DRIPPING | {"a body": BODY}, every=0.1, most=5) as lines:
        pass
    assert all(line.closed_after is not None for line in lines.values())
    assert lines["a header"].answer == b""
    assert lines["a body"].answer.startswith(b"HTTP/1.1 408")
    assert b"took too long" in lines["a body"].answer


def test_without_the_bound_a_header_may_drip_for_ever() -> None:
    with serving(H11Protocol) as port, dripping(port, DRIPPING, every=0.1, most=3) as lines:
        pass
    assert lines["a header"].closed_after is None
    assert lines["a path"].closed_after is None


def test_a_connection_that_keeps_asking_is_kept() -> None:
    bound_headers(Hasty, 0.5)
    with serving(Hasty) as port:
        line = http.client.HTTPConnection("localhost", port, timeout=10)
        line.connect()
        held = line.sock
        for _ in range(6):
            line.request("POST", "/", b"12345")
            assert line.getresponse().read() == b"5"
            time.sleep(0.2)
        assert line.sock is held
        line.close()


def post(url: str, path: str, body: bytes, *, method: str = "POST") -> http.client.HTTPResponse:
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=15)
    line.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    answer = line.getresponse()
    answer.said = answer.read().decode()  # type: ignore[attr-defined]
    line.close()
    return answer


@pytest.mark.parametrize("path", ["/api/v1/interviews/1/skills/regenerate", "/api/v1/candidates", "/api/v1/nothing"])
@pytest.mark.parametrize("body", [b"[" * 900_000, b'{"a":' * 100_000, b'"' + b"\xff" * 1000, b"{" * 5 + b"\0"])
def test_json_that_no_parser_takes_is_refused_plainly(demo: Dashboard, path: str, body: bytes) -> None:
    answer = post(demo.url, path, body)
    assert 400 <= answer.status < 500
    assert "Traceback" not in answer.said  # type: ignore[attr-defined]
    assert "Recursion" not in answer.said  # type: ignore[attr-defined]


def test_a_body_beyond_the_bound_is_refused_in_words(demo: Dashboard) -> None:
    line = socket.create_connection(("localhost", urlsplit(demo.url).port or 0), timeout=10)
    with line:
        line.sendall(
            b"POST /api/v1/interviews/1/skills/regenerate HTTP/1.1\r\nHost: localhost\r\n"
            + f"Content-Length: {LARGEST_BODY + 1}\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"too large" in answer
