"""The figures served at `/metrics`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

from prometheus_client import CollectorRegistry, Counter, Histogram
from sqlalchemy import event
from sqlalchemy.engine import Engine

from analytics.observability.logs import about

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
READS: Final = Counter("skill_analytics_reads", "Reads, by the server that answered", ["server"], registry=REGISTRY)
QUERY_ERRORS: Final = Counter("skill_analytics_query_errors", "Statements that failed", registry=REGISTRY)
MODEL_CALLS: Final = Counter("skill_analytics_model_calls", "Calls of the model", ["outcome"], registry=REGISTRY)
MODEL_TOKENS: Final = Counter("skill_analytics_model_tokens", "Tokens of the model", ["direction"], registry=REGISTRY)
_READING, _WRITING = QUERIES.labels("read"), QUERIES.labels("write")


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
    """Count a call to the model; without an outcome it succeeded."""
    MODEL_CALLS.labels(outcome or "answered").inc()
    MODEL_TOKENS.labels("input").inc(input_tokens)
    MODEL_TOKENS.labels("output").inc(output_tokens)


def watch_engine(engine: Engine) -> Engine:
    """Measure every statement of an engine and return the engine."""

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
