"""Logs without secrets, and figures for Prometheus.

A line of the log carries the id of the request or the job it belongs to, wherever it was written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog
from structlog.typing import EventDict, WrappedLogger

from analytics.observability.repeated_lines import RepeatedLines

# Looked up once: a page measures every statement.

# Passwords in addresses, bearer tokens, JSON web tokens, keys of model servers, and what is named as a secret.
_SECRETS: Final = (
    (re.compile(r"(?<=://)([^\s:/@]*):[^\s/]*@"), r"\1:***@"),
    (re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+"), "Bearer ***"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"), "***"),
    (re.compile(r"\bsk-[\w-]{8,}"), "***"),
    (re.compile(r"(?i)\b(password|passwd|secret|api[_-]?key|token)(['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&]+"), r"\1\2***"),
)
# What follows the sign-in's addresses, what was searched for, and what opens a report or ends somebody's digests.
_QUERIES: Final = (
    (re.compile(r"(/(?:shared|unsubscribe)/)[^/\s\"'?]+"), r"\1***"),
    (re.compile(r"((?:oauth2callback|auth/\w+)\?)[^\s\"']+"), r"\1***"),
    (re.compile(r"([?&]search=)[^\s\"'&]+"), r"\1***"),
)
# Line ends, escapes for terminals, and marks that turn the direction of writing.
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CONTROLS_IN_LINES: Final = re.compile(f"(?![\\t\\n]){_CONTROLS.pattern}")
_NAMED_SECRET: Final = re.compile(r"(KEY|SECRET|TOKEN|PASSWORD)$")
# What is shorter is no secret but a word, and would take words out of the log.
_SHORTEST_SECRET: Final = 8
_hidden: set[str] = set()


def hide(settings: Mapping[str, object]) -> None:
    """Keep the secrets of these settings out of the log from now on, in every encoding.

    A secret is what is named as a key, secret, token or password, or is the password in an address.
    """
    for name, value in settings.items():
        if isinstance(value, Mapping):
            hide(value)
        elif isinstance(value, str):
            secret = value.strip() if _NAMED_SECRET.search(name.upper()) else _password(value)
            _hidden.update(form for form in (secret, unquote(secret)) if len(form) >= _SHORTEST_SECRET)


def _password(address: str) -> str:
    try:
        return urlsplit(address).password or ""
    except ValueError:
        return ""


def without_secrets(text: str) -> str:
    """Replace known secrets, and what looks like one, with stars."""
    for secret in _hidden:
        text = text.replace(secret, "***")
    for pattern, instead in (*_SECRETS, *_QUERIES):
        text = pattern.sub(instead, text)
    return text


def formatter(log_format: str | None) -> logging.Formatter:
    """Return the log formatter: JSON for `json`, readable text otherwise, always without secrets."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Any = structlog.processors.JSONRenderer() if log_format == "json" else _readable
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact,
            last,
        ],
    )


def configure(log_format: str | None, level: str) -> None:
    """Send all log records of a level ("info") and above to standard error, one line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(log_format))
    handler.addFilter(RepeatedLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # At the handler: the server sets the levels of its own loggers.
    handler.setLevel(logging.getLevelNamesMapping().get(level.upper(), logging.INFO))
    root.setLevel(min(handler.level, logging.INFO))
    adopt()


def adopt() -> None:
    """Redirect the loggers of the server and of Streamlit, which have handlers of their own, to this log."""
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.split(".")[0] in {"streamlit", "uvicorn", "dbos"}:
            # One that writes nothing keeps a library from adding its own.
            logger.handlers[:] = [handler for handler in logger.handlers if isinstance(handler, logging.NullHandler)]
            logger.propagate = True


def _redact(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    return {key: without_secrets(value) if isinstance(value, str) else value for key, value in line.items()}


def _readable(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
    exception = line.pop("exception", "")
    line = {name: _CONTROLS.sub(_escape, str(value)) for name, value in line.items()}
    fields = {name: line.pop(name, "") for name in ("timestamp", "level", "logger", "event")}
    rest = "".join(f" {name}={value}" for name, value in line.items())
    head = f"{fields['timestamp']} {fields['level']:<7} {fields['logger']}: {fields['event']}{rest}"
    return f"{head}\n{_CONTROLS_IN_LINES.sub(_escape, exception)}" if exception else head


def _escape(control: re.Match[str]) -> str:
    return control[0].encode("unicode_escape").decode()


@contextmanager
def about(**names: str) -> Iterator[None]:
    """Add these fields, such as a job's id, to every line logged in this block."""
    with structlog.contextvars.bound_contextvars(**names):
        yield
