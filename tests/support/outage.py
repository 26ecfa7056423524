"""A way to a database that can be closed and opened again: what an outage looks like from here."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.ports import free_port
from tests.support.websocket import Visitor


class Way:
    """A local port that leads to another one, while it is open."""

    def __init__(self, host: str, port: int) -> None:
        self.port = free_port()
        self._target = (host, port)
        self._sockets: list[socket.socket] = []
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Let connections through."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections, and break those that stand."""
        if self._listener is not None:
            # A listener that somebody waits on is only closed for good once that wait is over.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for standing in self._sockets:
            with contextlib.suppress(OSError):
                standing.shutdown(socket.SHUT_RDWR)
            standing.close()
        self._sockets.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.create_connection(self._target)
                self._sockets += [here, there]
                for source, target in ((here, there), (there, here)):
                    threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def way_to(host: str, port: int) -> Iterator[Way]:
    """Open a way to a port; closed for good when the block ends."""
    way = Way(host, port)
    way.open()
    try:
        yield way
    finally:
        way.close()


GIVEN_UP = 10.0


BACK_AGAIN = 5.0


CONTENT = "Marzipan"


def given_up(tab: Visitor, sentence: str) -> None:
    """Show that the page says this in time, and nothing of what it would show."""
    began = time.monotonic()
    text = tab.run().text
    assert time.monotonic() - began < GIVEN_UP
    assert sentence in text
    assert "Traceback" not in text
    assert CONTENT not in text


def back_again(tab: Visitor, seconds: float = BACK_AGAIN) -> None:
    """Show that the same tab works again, soon."""
    give_up = time.monotonic() + seconds
    while CONTENT not in tab.run().text:
        assert time.monotonic() < give_up
