"""The line that breaks: it knows each question, however the answers come."""

from __future__ import annotations

import socket

import pytest

from tests.support.breaking_connection import line_to

pytestmark = pytest.mark.heavy

ANSWER = b"D\0\0\0\4" + b"Z\0\0\0\5I"


@pytest.mark.parametrize("cut", range(1, len(ANSWER)))
def test_a_question_is_known_as_one_behind_an_answer_that_comes_in_pieces(cut: int) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        line_to(listener.getsockname()[1]) as line,
        socket.create_connection(("127.0.0.1", line.port), timeout=20) as client,
    ):
        server, _ = listener.accept()
        with server:
            client.sendall(b"one")
            assert server.recv(10) == b"one"
            for piece in (ANSWER[:cut], ANSWER[cut:]):
                server.sendall(piece)
                assert client.recv(20) == piece
            client.sendall(b"two")
            assert server.recv(10) == b"two"
    assert line.asked == [b"one", b"two"]
