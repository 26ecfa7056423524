"""Limits on what a connection may make the server hold and do before any part of the program is called.

uvicorn reads up to 256 KiB at once, which are 40,000 websocket frames or chunks of a body; takes any number of pings
and of pieces of a message; and keeps an answer for as long as nobody reads it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from typing import Any, Final

import h11
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

UNREAD_SECONDS: Final = 60.0
# What a browser sends beside messages: an answer to each of our pings, every 30 s, and the pieces of a long message.
FRAMES_A_SECOND: Final = 50
# Of one body: no browser sends any but the last, and so many are read in a fraction of a second.
MOST_PIECES: Final = 10_000
HELD_BY_ALL: Final = 256_000_000
HELD_FOR_ADDRESS: Final = 32_000_000
# At once: so many frames are a hundredth of a second of work.
_READ_AT_ONCE: Final = 4_096
_READ_OF_BODY: Final = 16_384
# No browser cuts a message or a body into smaller pieces.
SMALL_PIECE: Final = 1_024
# A message of this length, as almost all are, is not held against anybody.
_SMALL_MESSAGE: Final = 65_536


@cache
def bound_unread(protocol: type[Any] = AutoHTTPProtocol, seconds: float = UNREAD_SECONDS) -> None:
    """Make uvicorn drop connections whose peer does not read what is waiting for it.

    `pause_writing` and `resume_writing` of its `protocol` are replaced: asyncio calls them when more than 64 KiB wait,
    and when less than 16 KiB are left. Once for each `protocol`.
    """
    pause_writing, resume_writing, connection_lost = (
        protocol.pause_writing,
        protocol.resume_writing,
        protocol.connection_lost,
    )

    def stop_waiting(connection: Any) -> None:
        if waiting := connection.__dict__.pop("waits_for_reader", None):
            waiting.cancel()

    @wraps(pause_writing)
    def pause(self: Any) -> None:
        pause_writing(self)
        stop_waiting(self)
        # Closing would wait for the reader.
        self.waits_for_reader = self.loop.call_later(seconds, self.transport.abort)

    @wraps(resume_writing)
    def resume(self: Any) -> None:
        stop_waiting(self)
        resume_writing(self)

    @wraps(connection_lost)
    def end(self: Any, error: Exception | None) -> None:
        stop_waiting(self)
        connection_lost(self, error)

    protocol.pause_writing, protocol.resume_writing, protocol.connection_lost = pause, resume, end


@cache
def bound_pieces(protocol: type[Any] = H11Protocol, most: int = MOST_PIECES) -> None:
    """Make uvicorn drop connections that send a body in small pieces without end.

    A body in chunks of one byte takes a hundred times as long to read as any other. Once for each `protocol`.
    """
    connection_made = protocol.connection_made

    @wraps(connection_made)
    def begin(self: Any, transport: asyncio.Transport) -> None:
        connection_made(self, transport)
        with suppress(AttributeError):
            transport.max_size = _READ_OF_BODY  # type: ignore[attr-defined] # of asyncio's own alone
        next_event, pieces = self.conn.next_event, 0

        def count() -> Any:
            nonlocal pieces
            event = next_event()
            if isinstance(event, h11.Request):
                pieces = 0
            elif isinstance(event, h11.Data) and len(event.data) < SMALL_PIECE:
                pieces += 1
                if pieces > most:
                    transport.abort()
                    return h11.NEED_DATA
            return event

        self.conn.next_event = count

    protocol.connection_made = begin


class _Held:
    """The bytes of long messages that have not been taken yet, in all and for each address."""

    def __init__(self, most: int, most_for_address: int) -> None:
        self._most = most
        self._most_for_address = most_for_address
        self._addresses: Counter[str] = Counter()

    def change(self, address: str, by: int) -> bool:
        """Count more or fewer; False where that is too much."""
        self._addresses[address] += by
        if not self._addresses[address]:
            del self._addresses[address]
        return self._addresses[address] <= self._most_for_address and self._addresses.total() <= self._most


@cache
def bound_websockets(
    protocol: Any = WebSocketsSansIOProtocol,
    *,
    frames_a_second: int = FRAMES_A_SECOND,
    most_held: int = HELD_BY_ALL,
    most_held_for_address: int = HELD_FOR_ADDRESS,
) -> None:
    """Make uvicorn close websockets that send pings or pieces without end, or leave too much waiting to be taken.

    Methods of its `protocol` are replaced, since the program hears of whole messages only. Once for each `protocol`.
    """
    bound_unread(protocol)
    _bound_frames(protocol, frames_a_second)
    _bound_waiting(protocol, _Held(most_held, most_held_for_address))
    keepalive_timeout = protocol.keepalive_timeout

    @wraps(keepalive_timeout)
    def give_up(self: Any) -> None:
        keepalive_timeout(self)
        # Whoever does not answer may not read either, and closing would wait for that.
        self.transport.abort()

    protocol.keepalive_timeout = give_up


def _bound_waiting(protocol: Any, held: _Held) -> None:
    connection_made, data_received, connection_lost, receive = (
        protocol.connection_made,
        protocol.data_received,
        protocol.connection_lost,
        protocol.receive,
    )

    def hold(connection: Any, size: int) -> bool:
        size = size if size > _SMALL_MESSAGE else 0
        more, connection.held = size - connection.held, size
        return not more or held.change((connection.client or ("",))[0], more)

    @wraps(connection_made)
    def begin(self: Any, transport: asyncio.Transport) -> None:
        connection_made(self, transport)
        self.held = 0
        with suppress(AttributeError):
            transport.max_size = _READ_AT_ONCE  # type: ignore[attr-defined] # of asyncio's own alone

    @wraps(data_received)
    def read(self: Any, data: bytes) -> None:
        before = _unfinished(self)
        data_received(self, data)
        if not hold(self, _unfinished(self) if self.queue.empty() else before + len(data)):
            # At once: until the connection is lost, another one of the address would be refused for the same bytes.
            hold(self, 0)
            _refuse(self, CloseCode.TRY_AGAIN_LATER, "too much is waiting")

    @wraps(receive)
    async def take(self: Any) -> Any:
        message = await receive(self)
        if self.held and self.queue.empty():
            hold(self, _unfinished(self))
        return message

    @wraps(connection_lost)
    def end(self: Any, error: Exception | None) -> None:
        hold(self, 0)
        connection_lost(self, error)

    protocol.connection_made, protocol.data_received = begin, read
    protocol.connection_lost, protocol.receive = end, take


def _bound_frames(protocol: Any, a_second: int) -> None:
    connection_made = protocol.connection_made

    @wraps(connection_made)
    def begin(self: Any, transport: asyncio.Transport) -> None:
        self.frames_left, self.frames_since = float(a_second), self.loop.time()
        connection_made(self, transport)

    protocol.connection_made = begin
    for name in ("handle_ping", "handle_pong", "handle_cont"):
        setattr(protocol, name, _counted(getattr(protocol, name), a_second))


def _counted(handle: Callable[..., None], a_second: int) -> Callable[..., None]:
    @wraps(handle)
    def counted(self: Any, *event: Any) -> None:
        if not (event and len(event[0].data) >= SMALL_PIECE):
            now = self.loop.time()
            self.frames_left = min(a_second, self.frames_left + (now - self.frames_since) * a_second) - 1
            self.frames_since = now
        if self.frames_left < 0:
            _refuse(self, CloseCode.POLICY_VIOLATION, "too many frames")
        elif not self.close_sent:
            handle(self, *event)

    return counted


def _unfinished(connection: Any) -> int:
    return len(connection.conn.reader.buffer) + (connection.conn.current_size or 0)


def _refuse(connection: Any, code: CloseCode, reason: str) -> None:
    if connection.close_sent:
        return
    connection.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
    connection.conn.fail(code, reason)
    connection.transport.write(b"".join(connection.conn.data_to_send()))
    connection.close_sent = True
    connection.transport.abort()
