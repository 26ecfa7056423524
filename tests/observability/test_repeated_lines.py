"""What the server writes about visitors is bounded, and nothing else is."""

from __future__ import annotations

import logging

import pytest

from analytics.observability.repeated_lines import LINES, SECONDS, RepeatedLines


def record(name: str, text: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, __file__, 1, text, values, None)


def test_lines_of_a_kind_are_written_so_often_and_then_counted(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    repeated = RepeatedLines(clock=lambda: now)
    refused = [repeated.filter(record("uvicorn.error", '%s - "WebSocket %s" 403', n, "/")) for n in range(1000)]
    accepting = [repeated.filter(record("asyncio", f"socket.accept() failed\nsocket: {n}")) for n in range(1000)]
    assert sum(refused) == sum(accepting) == LINES
    assert refused[:LINES] == [True] * LINES
    # Other kinds, and lines of the program's own.
    assert repeated.filter(record("uvicorn.error", "Exception in ASGI application"))
    assert all(repeated.filter(record("analytics.breakdown", "%s is made", n)) for n in range(1000))
    now = SECONDS
    assert repeated.filter(record("asyncio", "socket.accept() failed"))
    assert [line.getMessage() for line in caplog.records] == [
        '990 more lines of uvicorn.error: %s - "WebSocket %s" 403',
        "990 more lines of asyncio: socket.accept() failed",
    ]
