"""A line of the log is one line, whatever a visitor sends, and tells nothing of a sign-in or a search."""

from __future__ import annotations

import json
import logging
import re

import pytest

from analytics.observability import logs


def written(text: str, log_format: str | None = None) -> str:
    return logs.formatter(log_format).format(logging.LogRecord("x", logging.INFO, "", 1, text, (), None))


@pytest.mark.parametrize("control", ["\n", "\r", "\x1b[31m", "\x00", "\x85", "\u2028", "\u202e", "\x7f"])
def test_control_characters_are_escaped(control: str) -> None:
    text = f"GET /a{control}2026-11-28 error: all is lost"
    line = written(text)
    assert control[0] not in line
    assert len(line.splitlines()) == 1
    assert "all is lost" in line
    assert len(written(text, "json").splitlines()) == 1
    assert json.loads(written(text, "json"))["event"] == text


def test_a_traceback_keeps_its_lines() -> None:
    try:
        raise RuntimeError("colour \x1b[31m")
    except RuntimeError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "Failed", (), (type(error), error, error.__traceback__))
    line = logs.formatter(None).format(record)
    assert len(line.splitlines()) >= 3
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("GET /oauth2callback?code=abc123&state=xyz HTTP/1.1", ("abc123", "xyz")),
        ("GET /auth/login?provider=google-77 HTTP/1.1", ("google-77",)),
        ("GET /skills/shared/uFTmysK2vao4ulecujV0/report.pdf HTTP/1.1", ("uFTmysK2",)),
        ("POST /unsubscribe/x_N08mNCU9HkYVfuzYodk HTTP/1.1", ("N08mNCU9",)),
        ("GET /api/v1/candidates?size=5&search=Ada%20Lovelace&sort=name", ("Ada", "Lovelace")),
    ],
)
def test_queries_of_sign_in_and_search_and_what_opens_a_link_are_left_out(text: str, gone: tuple[str, ...]) -> None:
    line = written(text)
    assert [word for word in gone if word in line] == []
    assert "***" in line
    assert re.split(r"\?|(?<=shared/)|(?<=unsubscribe/)", text)[0] in line
    assert "sort=name" in line or "sort" not in text
