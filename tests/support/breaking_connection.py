"""A line to a PostgreSQL server that breaks at a chosen exchange: the question never arrives, or its answer is lost."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

# How the server says that an answer is complete, before one byte that tells the state of the transaction.
_COMPLETE = b"Z\0\0\0\5"


class Lost(StrEnum):
    """What does not arrive any more."""

    QUESTION = "question"
    ANSWER = "answer"


# Told which questions a connection has carried since it was last armed, the last one being on its way; gives what is
# lost of that exchange, or None.
Rule = Callable[[list[bytes]], Lost | None]


class Line:
    """A local port that leads to the server's; `asked` are the questions of all connections since it was armed.

    `strike` is called with the local port of the connection to the server when it breaks: it may do more harm.
    """

    def __init__(self, port: int, strike: Callable[[int], None] | None = None) -> None:
        self._target = ("127.0.0.1", port)
        self._strike = strike
        self._rule: Rule | None = None
        self._lock = threading.Lock()
        self.asked: list[bytes] = []
        self.broken = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, rule: Rule | None = None) -> None:
        """Break once, at the exchange that the rule names; without one only listen."""
        with self._lock:
            self._rule = rule
            self.asked = []
            self.broken.clear()

    def close(self) -> None:
        """Take no more connections."""
        # A listener that somebody waits on is only closed for good once that wait is over.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                connection = _Connection(self, near, far)
                for carry in (connection.questions, connection.answers):
                    threading.Thread(target=carry, daemon=True).start()

    def lost(self, question: bytes, before: list[bytes], rule: Rule | None) -> tuple[Lost | None, Rule | None]:
        """Tell what is lost of an exchange that begins; `before` is what its connection carried under `rule`."""
        with self._lock:
            if self._rule is not rule:
                before.clear()
            rule = self._rule
            before.append(question)
            self.asked.append(question)
            lost = rule(before) if rule else None
            if lost:
                self._rule = None
            return lost, rule

    def broke(self, far: socket.socket) -> None:
        """Do what harm is to be done with it."""
        if self._strike:
            self._strike(far.getsockname()[1])
        self.broken.set()


class _Connection:
    """One connection over the line: a client asks nothing new before it was answered."""

    def __init__(self, line: Line, near: socket.socket, far: socket.socket) -> None:
        self._line = line
        self._near = near
        self._far = far
        self._answered = True
        self._lost: Lost | None = None

    def questions(self) -> None:
        """Carry what the client says."""
        carried: list[bytes] = []
        rule: Rule | None = None
        with contextlib.suppress(OSError):
            while data := self._near.recv(65_536):
                if self._answered:
                    self._answered = False
                    self._lost, rule = self._line.lost(data, carried, rule)
                if self._lost is Lost.QUESTION:
                    self._line.broke(self._far)
                    break
                self._far.sendall(data)
        self._hang_up()

    def answers(self) -> None:
        """Carry what the server says."""
        # The server sends 8 KiB at a time: the end of an answer may come in two pieces.
        end = b""
        with contextlib.suppress(OSError):
            while data := self._far.recv(65_536):
                end = (end + data)[-6:]
                complete = end[:-1] == _COMPLETE
                if self._lost is Lost.ANSWER:
                    if complete:
                        self._line.broke(self._far)
                        break
                    continue
                self._answered = complete
                self._near.sendall(data)
        self._hang_up()

    def _hang_up(self) -> None:
        for end in (self._near, self._far):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def line_to(port: int, strike: Callable[[int], None] | None = None) -> Iterator[Line]:
    """Open a line to a server's port; it takes no more connections when the block ends."""
    line = Line(port, strike)
    try:
        yield line
    finally:
        line.close()
