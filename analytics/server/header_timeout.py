"""A time limit for request headers, which arrive before any part of the program is called.

uvicorn bounds the pause between two requests of a connection, and neither a connection's first header nor what drips in
byte by byte.
"""

from __future__ import annotations

import asyncio
from functools import cache, wraps
from typing import Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEADER_SECONDS: Final = 10.0


@cache
def bound_headers(protocol: type[Any] = AutoHTTPProtocol, seconds: float = HEADER_SECONDS) -> None:
    """Make uvicorn close connections that do not send a complete header in time.

    The methods of its `protocol` are replaced, since the program is not asked which class serves it. A request whose
    header is complete is left alone until it is answered. Once for each `protocol`.
    """
    connection_made, data_received, connection_lost = (
        protocol.connection_made,
        protocol.data_received,
        protocol.connection_lost,
    )

    @wraps(connection_made)
    def begin(self: Any, transport: asyncio.Transport) -> None:
        connection_made(self, transport)
        self.waited_for = None
        _wait(self, seconds)

    @wraps(data_received)
    def read(self: Any, data: bytes) -> None:
        data_received(self, data)
        _wait(self, seconds)

    @wraps(connection_lost)
    def end(self: Any, error: Exception | None) -> None:
        connection_lost(self, error)
        _stop_waiting(self)

    protocol.connection_made, protocol.data_received, protocol.connection_lost = begin, read, end


def _wait(connection: Any, seconds: float) -> None:
    """Wait for a request from the first sign of one on, or not at all where one is being answered."""
    if _has_asked(connection):
        _stop_waiting(connection)
    elif connection.waited_for is None:
        connection.waited_for = connection.loop.call_later(seconds, _give_up, connection)


def _give_up(connection: Any) -> None:
    if not _has_asked(connection):
        connection.transport.close()


def _has_asked(connection: Any) -> bool:
    answering = connection.cycle is not None and not connection.cycle.response_complete
    became_a_websocket = connection.transport.get_protocol() is not connection
    return answering or became_a_websocket


def _stop_waiting(connection: Any) -> None:
    if connection.waited_for is not None:
        connection.waited_for.cancel()
        connection.waited_for = None
