"""Reports behind a link, for whoever has it: HTML without scripts, or the same as a PDF.

Whatever opens nothing is answered alike, byte for byte: a link that was guessed, expired or revoked, one whose maker
may no longer see the person, and an address that never was one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

from limits import RateLimitItemPerMinute
from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from analytics.api.public_pages import HEADERS, PublicPages, plain_page
from analytics.report.content import Report
from analytics.report.html import report_html
from analytics.report.pdf import ReportError, report_pdf
from analytics.settings import Settings
from analytics.views.shared_report import open_report

PREFIX: Final = "/shared"
MISSES: Final = RateLimitItemPerMinute(30)
OPENINGS: Final = RateLimitItemPerMinute(30)
_PLACE: Final = re.compile(r"/shared/([^/]*)(/report\.pdf)?")


class SharedReports(PublicPages):
    """The ASGI program below `/shared`.

    Every token is looked up, so that whoever has a link is not locked out by others who guess behind the same address;
    beyond the bound a miss is told to wait.
    """

    busy = "Many people are opening reports. Try again in a moment."
    failed = "This page cannot be shown at the moment. Try again in a few minutes."

    def __init__(self, settings: Callable[[], Settings], engine: Callable[[], Engine]) -> None:
        """Answer from this database."""
        super().__init__()
        self._settings, self._engine = settings, engine

    def answer(self, request: Request) -> Response:
        """Return the report behind a link, or say that there is none."""
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        place = _PLACE.fullmatch(path)
        # What is no address of a link is looked up too: it takes as long as one that is.
        token = place[1] if place else path
        asked = request.method in {"GET", "HEAD"} and place is not None
        if not self.limits.test(OPENINGS, "opening", token):
            return self._wait("opening", token)
        counted = request.method == "GET"
        report = open_report(self._engine(), token if asked else "", self._settings(), counted=counted)
        if report is None or place is None:
            return self._answer_missing(request)
        self.limits.hit(OPENINGS, "opening", token)
        return _as_pdf(report) if place[2] else _as_html(report, token)

    def _answer_missing(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        if not self.limits.hit(MISSES, "miss", address):
            return self._wait("miss", address)
        sentence = (
            "There is nothing at this address. If somebody sent it to you, the link has expired or was taken back: "
            "ask them for a new one."
        )
        return plain_page(404, "Not found", sentence)

    def _wait(self, kind: str, key: str) -> Response:
        item = OPENINGS if kind == "opening" else MISSES
        reset = self.limits.get_window_stats(item, kind, key).reset_time
        seconds = max(1, int(reset - time.time()) + 1)
        return plain_page(429, "Too many requests", "Wait a minute and try again.", {"Retry-After": str(seconds)})


def _as_html(report: Report, token: str) -> Response:
    return HTMLResponse(report_html(report, pdf=f"{token}/report.pdf"), headers=HEADERS)


def _as_pdf(report: Report) -> Response:
    try:
        pdf = report_pdf(report)
    except ReportError as error:
        return plain_page(500, "No PDF", str(error))
    disposition = {"Content-Disposition": 'attachment; filename="report.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=HEADERS | disposition)
