"""Bounds on websockets: how many may be open, and how fast one may send."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import uvicorn
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from analytics.server.websocket_limits import MESSAGES_A_SECOND, OPEN_SIGNED_OUT, WebsocketLimits
from tests.support.ports import free_port
from tests.support.serving import Serving
from tests.support.websocket import outcome, visiting


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """A program that sends every message back."""
    if scope["type"] == "websocket":
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "bytes": message["bytes"]})


def has_cookie(request: HTTPConnection) -> bool:
    return "cookie" in request.headers


@contextmanager
def serving_echo(**bounds: int) -> Iterator[str]:
    """Serve the small program behind the bounds, by the server's own protocol; gives its address."""
    port = free_port()
    program = WebsocketLimits(echo, is_signed_in=has_cookie, **bounds)  # type: ignore[arg-type]
    config = uvicorn.Config(program, port=port, ws="websockets-sansio", log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    give_up = time.monotonic() + 10
    while not server.started and time.monotonic() < give_up:
        threading.Event().wait(0.01)
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def opened(url: str, *, signed_in: bool = False) -> ClientConnection:
    return connect(url, additional_headers={"Cookie": "x=1"} if signed_in else None)


def status(url: str, *, signed_in: bool = False) -> int:
    """Open a websocket, use it and close it; gives the status of the answer."""
    try:
        with opened(url, signed_in=signed_in) as connection:
            connection.send(b"hello")
            return 101 if connection.recv(10) == b"hello" else 0
    except InvalidStatus as refused:
        return refused.response.status_code


def eventually_let_in(url: str, *, signed_in: bool = False) -> bool:
    give_up = time.monotonic() + 10
    while status(url, signed_in=signed_in) != 101:
        if time.monotonic() > give_up:
            return False
    return True


def test_an_address_holds_so_many_signed_out_and_others_still_come_in() -> None:
    with serving_echo(most=20, most_signed_out=3) as url:
        with ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(opened(url))
            assert [status(url) for _ in range(5)] == [503] * 5
            # Whoever has signed in comes in from the same address, up to half of what may be open in all.
            for _ in range(7):
                stack.enter_context(opened(url, signed_in=True))
            assert status(url, signed_in=True) == 503
        # What was closed counts no more.
        assert eventually_let_in(url)
        assert eventually_let_in(url, signed_in=True)


async def ask(program: WebsocketLimits, address: str, extensions: dict[str, object]) -> list[str]:
    """Ask for a websocket that ends at once; gives what was sent."""
    sent: list[str] = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.disconnect"}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(f"{message['type']} {message.get('status', message.get('code', ''))}".strip())

    scope = {"type": "websocket", "headers": [], "client": (address, 1), "extensions": extensions}
    await program(scope, receive, send)
    return sent


def test_all_together_hold_so_many_and_the_log_tells_of_the_refused_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    inside = asyncio.Event()
    leave = asyncio.Event()

    async def waiting(_scope: Scope, _receive: Receive, _send: Send) -> None:
        inside.set()
        await leave.wait()

    async def run() -> None:
        nonlocal now
        program = WebsocketLimits(waiting, is_signed_in=lambda _: True, most=2, clock=lambda: now)
        open_ones = [asyncio.create_task(ask(program, f"192.0.2.{n}", {})) for n in range(2)]
        await inside.wait()
        await asyncio.sleep(0)
        denial: dict[str, object] = {"websocket.http.response": {}}
        assert await ask(program, "192.0.2.9", denial) == [
            "websocket.http.response.start 503",
            "websocket.http.response.body",
        ]
        # A server that cannot answer so closes.
        for _ in range(500):
            assert await ask(program, "192.0.2.9", {}) == ["websocket.close 1013"]
        now = 61.0
        await ask(program, "192.0.2.9", {})
        leave.set()
        assert await asyncio.gather(*open_ones) == [[], []]
        assert await ask(program, "192.0.2.9", {}) == []

    with caplog.at_level(logging.INFO, "analytics.server"):
        asyncio.run(run())
    assert [line.getMessage() for line in caplog.records] == [
        "Too many websockets are open: 1 refused",
        "Too many websockets are open: 501 refused",
    ]


def test_a_stranger_keeps_nobody_out_of_the_dashboard(serving: Serving) -> None:
    url = serving.url.replace("http", "ws") + "/_stcore/stream"
    with ExitStack() as stack:
        for _ in range(OPEN_SIGNED_OUT):
            stack.enter_context(connect(url))
        refused = 0
        for _ in range(200):
            with pytest.raises(InvalidStatus) as answer:
                connect(url)
            refused += answer.value.response.status_code == 503
        assert refused == 200
        with visiting(serving.url, serving.cookie("interviewee")) as visitor:
            assert outcome(visitor.run(page="interview", query="interview=101")) == "shown"
        lines = serving.dashboard.log.splitlines()
        assert sum("WebSocket" in line for line in lines) < 60
        assert 1 <= sum("Too many websockets are open" in line for line in lines) <= 2


def test_messages_are_taken_at_a_pace_and_the_sender_waits() -> None:
    with serving_echo() as url, opened(url) as hasty, opened(url) as other:
        began = time.monotonic()
        for number in range(3 * MESSAGES_A_SECOND):
            hasty.send(str(number).encode())
        taken = [hasty.recv(10) for _ in range(MESSAGES_A_SECOND - 1)]
        # As many as a person may make at once are taken at once, and nobody else waits.
        other.send(b"hello")
        assert other.recv(10) == b"hello"
        assert time.monotonic() - began < 1.5
        taken += [hasty.recv(10) for _ in range(2 * MESSAGES_A_SECOND + 1)]
        assert time.monotonic() - began > 1.8
        # None is lost, and the order stays.
        assert taken == [str(number).encode() for number in range(3 * MESSAGES_A_SECOND)]


def test_three_thousand_messages_of_one_visitor_hold_up_nobody_else(serving: Serving) -> None:
    rerun = BackMsg()
    rerun.rerun_script.page_name, rerun.rerun_script.query_string = "interview", "interview=101"
    with visiting(serving.url, serving.cookie("coach")) as hasty:
        hasty.run(page="interview", query="interview=101")
        flood = threading.Thread(target=send_all, args=(hasty.connection, [rerun.SerializeToString()] * 3_000))
        flood.start()
        took = []
        for _ in range(10):
            began = time.monotonic()
            with visiting(serving.url, serving.cookie("interviewee")) as visitor:
                assert outcome(visitor.run(page="interview", query="interview=101")) == "shown"
            took.append(time.monotonic() - began)
    flood.join()
    # At full speed, as measured without the bound, people wait for 5 to 7 s; one hiccup may be the machine's own.
    assert sorted(took)[-2] < 4, took


def send_all(connection: ClientConnection, messages: list[bytes]) -> None:
    with suppress(ConnectionClosed):
        for message in messages:
            connection.send(message)
