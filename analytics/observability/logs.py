"""What the program tells whoever runs it: logs that hold no secrets, and figures for Prometheus.

A line of the log carries the id of the request or the job it belongs to, wherever it was written.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from sqlalchemy import event
from sqlalchemy.engine import Engine
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, WrappedLogger

REGISTRY: Final = CollectorRegistry()
_SECONDS: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
PAGES: Final = Histogram(
    "skill_analytics_page_seconds", "Runs of a page", ["page", "outcome"], registry=REGISTRY, buckets=_SECONDS
)
REQUESTS: Final = Histogram(
    "skill_analytics_request_seconds", "Requests", ["kind", "status"], registry=REGISTRY, buckets=_SECONDS
)
QUERIES: Final = Histogram(
    "skill_analytics_query_seconds", "Statements on the database", ["kind"], registry=REGISTRY, buckets=_SECONDS
)
# Looked up once: a page measures every statement.
_READING, _WRITING = QUERIES.labels("read"), QUERIES.labels("write")
READS: Final = Counter("skill_analytics_reads", "Reads, by the server that answered", ["server"], registry=REGISTRY)
QUERY_ERRORS: Final = Counter("skill_analytics_query_errors", "Statements that failed", registry=REGISTRY)
MODEL_CALLS: Final = Counter("skill_analytics_model_calls", "Calls of the model", ["outcome"], registry=REGISTRY)
MODEL_TOKENS: Final = Counter("skill_analytics_model_tokens", "Tokens of the model", ["direction"], registry=REGISTRY)

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
# Passwords in addresses, bearer tokens, JSON web tokens, keys of model servers, and what is named as a secret.
_SECRETS: Final = (
    (re.compile(r"(?<=://)([^\s:/@]*):[^\s/]*@"), r"\1:***@"),
    (re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+"), "Bearer ***"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"), "***"),
    (re.compile(r"\bsk-[\w-]{8,}"), "***"),
    (re.compile(r"(?i)\b(password|passwd|secret|api[_-]?key|token)(['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&]+"), r"\1\2***"),
)


_NAMED_SECRET: Final = re.compile(r"(KEY|SECRET|TOKEN|PASSWORD)$")
# What is shorter is no secret but a word, and would take words out of the log.
_SHORTEST_SECRET: Final = 8
_hidden: set[str] = set()


def hide(settings: Mapping[str, object]) -> None:
    """Keep the secrets among these settings out of the log from now on, in whatever form they come up.

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
    """Replace what is known or looks like a secret by stars."""
    for secret in _hidden:
        text = text.replace(secret, "***")
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def formatter(log_format: str | None) -> logging.Formatter:
    """Write a line of the log without secrets: JSON for `json`; readable text otherwise."""
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


def configure(log_format: str | None) -> None:
    """Send all logs to standard error, a line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(log_format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    adopt()


def adopt() -> None:
    """Let the loggers of the server and of Streamlit, which write by themselves, write here instead."""
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.split(".")[0] in {"streamlit", "uvicorn", "dbos"}:
            # One that writes nothing keeps a library from adding its own.
            logger.handlers[:] = [handler for handler in logger.handlers if isinstance(handler, logging.NullHandler)]
            logger.propagate = True


def _redact(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    return {key: without_secrets(value) if isinstance(value, str) else value for key, value in line.items()}


def _readable(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
    shown = {name: line.pop(name, "") for name in ("timestamp", "level", "logger", "event", "exception")}
    rest = "".join(f" {name}={value}" for name, value in line.items())
    head = f"{shown['timestamp']} {shown['level']:<7} {shown['logger']}: {shown['event']}{rest}"
    return f"{head}\n{shown['exception']}" if shown["exception"] else head


@contextmanager
def about(**names: str) -> Iterator[None]:
    """Have every line that is logged in this block carry these names, such as a job's id."""
    with structlog.contextvars.bound_contextvars(**names):
        yield


@contextmanager
def page_run(page: str) -> Iterator[None]:
    """Measure a run of a page."""
    began = time.perf_counter()
    outcome = "ended"
    try:
        with about(page=page, run=uuid4().hex[:12]):
            yield
            outcome = "complete"
    finally:
        PAGES.labels(page, outcome).observe(time.perf_counter() - began)


def count_model_call(outcome: str | None, input_tokens: int, output_tokens: int) -> None:
    """Count a call of the model; without an outcome it is one that gave an answer."""
    MODEL_CALLS.labels(outcome or "answered").inc()
    MODEL_TOKENS.labels("input").inc(input_tokens)
    MODEL_TOKENS.labels("output").inc(output_tokens)


def watched(engine: Engine) -> Engine:
    """Measure every statement of an engine; gives the engine."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_c: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        context.began = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(_c: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        reads = statement.lstrip().startswith(("SELECT", "WITH"))
        (_READING if reads else _WRITING).observe(time.perf_counter() - context.began)

    @event.listens_for(engine, "handle_error")
    def fail(_context: Any) -> None:
        QUERY_ERRORS.inc()

    return engine


def measure_read(seconds: float) -> None:
    """Measure a statement that only read, and that no watched engine knows of."""
    _READING.observe(seconds)


class Observed:
    """Give every request an id, which its answer and its lines in the log carry, and measure it."""

    def __init__(self, app: ASGIApp) -> None:
        """Observe a program."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        began = time.perf_counter()

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", [])))
                headers["X-Request-ID"] = request_id
                message["headers"] = headers.raw
                status = f"{message['status'] // 100}xx"
                REQUESTS.labels(_kind(scope["path"]), status).observe(time.perf_counter() - began)
            await send(message)

        with about(request_id=request_id):
            await self.app(scope, receive, send_named)


def _kind(path: str) -> str:
    if path.startswith("/api/"):
        return "api"
    return "file" if path.startswith(("/static/", "/media/", "/_stcore/", "/component")) else "page"
