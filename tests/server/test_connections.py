"""Connections that flood the server below its messages, or read nothing: dropped, and nobody else waits for them."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect

from analytics.server.connections import bound_pieces, bound_unread, bound_websockets
from tests.support.ports import free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.heavy


class Frames(WebSocketsSansIOProtocol):
    """The server's protocol, bounded to little."""


class Readers(WebSocketsSansIOProtocol):
    """The server's protocol, that waits for a reader for a moment only."""


class Pages(H11Protocol):
    """The server's protocol for pages, that waits for a reader for a moment only."""


class Bodies(H11Protocol):
    """The server's protocol for pages, that takes few small pieces of a body."""


bound_websockets(Frames, frames_a_second=20, most_held=500_000, most_held_for_address=300_000)
bound_unread(Readers, 0.3)
bound_unread(Pages, 0.3)
bound_pieces(Bodies, 1_000)


async def echo(_scope: Scope, receive: Receive, send: Send) -> None:
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "bytes": str(len(message["bytes"])).encode()})


@contextmanager
def serving(program: Any, **protocols: Any) -> Iterator[tuple[uvicorn.Server, int]]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(program, port=port, log_config=None, lifespan="off", **protocols))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the server")
    try:
        yield server, port
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


@pytest.fixture
def echoing() -> Iterator[str]:
    with serving(echo, ws=Frames) as (_server, port):
        yield f"ws://127.0.0.1:{port}"


def length(page: ClientConnection, message: bytes | list[bytes]) -> bytes | str:
    page.send(message)
    return page.recv(20)


def send_frames(page: ClientConnection, opcode: Opcode, data: bytes, count: int) -> None:
    """Send frames past everything that a client refuses to send."""
    frames = Frame(opcode, data, fin=opcode is not Opcode.CONT).serialize(mask=True) * count
    with suppress(OSError):
        page.socket.sendall(frames)


def begin_message(page: ClientConnection, size: int) -> bytes:
    """Send all of a message but its last byte, which is given back."""
    frame = Frame(Opcode.BINARY, b"x" * size).serialize(mask=True)
    page.socket.sendall(frame[:-1])
    return frame[-1:]


def is_closed(page: ClientConnection) -> bool:
    try:
        page.recv(20)
    except ConnectionClosed:
        return True
    except TimeoutError:
        return False
    return False


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CONT])
def test_whoever_sends_frames_without_end_is_dropped_and_nobody_else(echoing: str, opcode: Opcode) -> None:
    with connect(echoing) as hasty, connect(echoing) as other:
        if opcode is Opcode.CONT:
            hasty.socket.sendall(Frame(Opcode.BINARY, b"", fin=False).serialize(mask=True))
        send_frames(hasty, opcode, b"", 5_000)
        assert is_closed(hasty)
        # What a browser sends beside its messages is welcome.
        send_frames(other, Opcode.PONG, b"", 5)
        assert other.ping().wait(20)
        assert length(other, [b"x" * 5_000] * 40) == b"200000"


def test_messages_that_are_not_finished_are_held_up_to_a_bound(echoing: str) -> None:
    with connect(echoing) as first, connect(echoing) as second, connect(echoing) as third:
        ends = [(page, begin_message(page, 200_000)) for page in (first, second)]
        wait_until(lambda: {first.protocol.state, second.protocol.state} == {State.OPEN, State.CLOSED}, "a refusal")
        # One of the two was too much; the other stays, and short messages always pass.
        assert length(third, b"x" * 10_000) == b"10000"
        for page, end in ends:
            with suppress(OSError):
                page.socket.sendall(end)
        answers = []
        for page in (first, second):
            with suppress(ConnectionClosed):
                answers.append(page.recv(20))
        assert len(answers) == 1
        # What has been taken is held no more.
        for _ in range(4):
            assert length(third, b"x" * 200_000) == b"200000"


def test_whoever_reads_nothing_is_dropped() -> None:
    piece = b"x" * 1_000_000

    async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(30):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await page(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        for _ in range(30):
            await send({"type": "websocket.send", "bytes": piece})

    with serving(stream, ws=Readers, http=Pages) as (server, port):
        silent = socket.create_connection(("127.0.0.1", port))
        silent.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        unread = socket.create_connection(("127.0.0.1", port))
        unread.sendall(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        wait_until(lambda: len(server.server_state.tasks) == 2, "both requests")
        wait_until(lambda: not server.server_state.connections and not server.server_state.tasks, "their end")
        # Whoever reads gets all of it.
        with connect(f"ws://127.0.0.1:{port}", max_size=None) as reader:
            assert sum(len(reader.recv(20)) for _ in range(30)) == 30 * len(piece)
        silent.close()
        unread.close()


async def count(_scope: Scope, receive: Receive, send: Send) -> None:
    """A program that tells how long a body is."""
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % length})


def test_a_body_in_chunks_of_a_byte_without_end_is_dropped_and_no_long_one() -> None:
    with serving(count, http=Bodies) as (_server, port):
        crumbs = socket.create_connection(("127.0.0.1", port), timeout=20)
        crumbs.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        flood = b"1\r\nx\r\n" * 1_000_000
        with pytest.raises(ConnectionError):
            crumbs.sendall(flood)
        crumbs.close()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        bodies: list[bytes | Iterator[bytes]] = [b"x" * 20_000_000, iter([b"x" * 10_000] * 500), *[b"x"] * 200]
        for body in bodies:
            line.request("POST", "/", body, encode_chunked=not isinstance(body, bytes))
            answer = line.getresponse()
            assert (answer.status, int(answer.read()) > 0) == (200, True)
        line.close()
