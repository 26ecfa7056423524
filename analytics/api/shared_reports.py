"""Reports behind a link, for whoever has it: HTML without scripts, or the same as a PDF.

Whatever opens nothing is answered alike, byte for byte: a link that was guessed, expired or revoked, one whose maker
may no longer see the person, and an address that never was one.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Final

from anyio import CapacityLimiter, to_thread
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from analytics.database.errors import DatabaseError
from analytics.report.content import Report
from analytics.report.html import report_html
from analytics.report.pdf import ReportError, report_pdf
from analytics.settings import Settings, SettingsError
from analytics.views.shared_report import open_report

PREFIX: Final = "/shared"
MISSES: Final = RateLimitItemPerMinute(30)
OPENINGS: Final = RateLimitItemPerMinute(30)
# So many are answered at a time, whatever the number of links: strangers take no more of the processors than this.
AT_ONCE: Final = 2
MOST_WAITING: Final = 100
# The pages around a report fetch nothing, run nothing, and are kept by nobody on the way.
_HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_PLACE: Final = re.compile(r"/shared/([^/]*)(/report\.pdf)?")
_log = logging.getLogger(__name__)


def plain_page(
    status: int, title: str, sentence: str, headers: dict[str, str] | None = None, *, form: str = ""
) -> Response:
    """Answer with a page of one sentence, and perhaps a form below it."""
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title></head><body><h1>{title}</h1><p>{sentence}</p>{form}</body></html>"
    )
    return HTMLResponse(text, status, _HEADERS | (headers or {}))


class SharedReports:
    """The ASGI program below `/shared`.

    Every token is looked up, so that whoever has a link is not locked out by others who guess behind the same address;
    beyond the bound a miss is told to wait.
    """

    def __init__(self, settings: Callable[[], Settings], engine: Callable[[], Engine]) -> None:
        """Answer from this database."""
        self._settings, self._engine = settings, engine
        self._limits = FixedWindowRateLimiter(MemoryStorage())
        self._threads = CapacityLimiter(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a websocket is refused."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if self._threads.statistics().tasks_waiting >= MOST_WAITING:
            busy = plain_page(
                503, "Not available", "Many people are opening reports. Try again in a moment.", {"Retry-After": "5"}
            )
            await busy(scope, receive, send)
            return
        try:
            answer = await to_thread.run_sync(self._answer, Request(scope), limiter=self._threads)
        except (DatabaseError, SettingsError) as error:
            _log.warning("A shared report cannot be shown: %s", error)
            sentence = "This page cannot be shown at the moment. Try again in a few minutes."
            answer = plain_page(503, "Not available", sentence, {"Retry-After": "30"})
        await answer(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        place = _PLACE.fullmatch(path)
        # What is no address of a link is looked up too: it takes as long as one that is.
        token = place[1] if place else path
        asked = request.method in {"GET", "HEAD"} and place is not None
        if not self._limits.test(OPENINGS, "opening", token):
            return self._wait("opening", token)
        counted = request.method == "GET"
        report = open_report(self._engine(), token if asked else "", self._settings(), counted=counted)
        if report is None or place is None:
            return self._answer_missing(request)
        self._limits.hit(OPENINGS, "opening", token)
        return _as_pdf(report) if place[2] else _as_html(report, token)

    def _answer_missing(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        if not self._limits.hit(MISSES, "miss", address):
            return self._wait("miss", address)
        sentence = (
            "There is nothing at this address. If somebody sent it to you, the link has expired or was taken back: "
            "ask them for a new one."
        )
        return plain_page(404, "Not found", sentence)

    def _wait(self, kind: str, key: str) -> Response:
        item = OPENINGS if kind == "opening" else MISSES
        reset = self._limits.get_window_stats(item, kind, key).reset_time
        seconds = max(1, int(reset - time.time()) + 1)
        return plain_page(429, "Too many requests", "Wait a minute and try again.", {"Retry-After": str(seconds)})


def _as_html(report: Report, token: str) -> Response:
    return HTMLResponse(report_html(report, pdf=f"{token}/report.pdf"), headers=_HEADERS)


def _as_pdf(report: Report) -> Response:
    try:
        pdf = report_pdf(report)
    except ReportError as error:
        return plain_page(500, "No PDF", str(error))
    disposition = {"Content-Disposition": 'attachment; filename="report.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=_HEADERS | disposition)
