"""The route that hands out a candidate's report."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.exceptions import RequestValidationError

from analytics.api.dependencies import AnalyticsDep, CandidateDep, ReadDep, SettingsDep
from analytics.api.errors import error_responses
from analytics.report.html import report_html
from analytics.report.pdf import report_pdf

router = APIRouter(responses=error_responses(401, 403, 422, 429, 500, 503))
_CONTENT: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The report.",
        "content": {"text/html": {"schema": {"type": "string"}}, "application/pdf": {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/interviews/analytics/report",
    responses={**error_responses(404), **_CONTENT},
    response_class=Response,
    tags=["One person"],
)
def candidate_report(
    analytics: AnalyticsDep,
    db: ReadDep,
    settings: SettingsDep,
    user_id: CandidateDep,
    form: Annotated[
        Literal["html", "pdf"], Query(alias="format", description="HTML without scripts, or PDF.")
    ] = "html",
    paper: Annotated[Literal["a4", "us-letter"], Query(description="The paper of a PDF.")] = "a4",
    since: Annotated[date | None, Query(description="The first day (UTC).")] = None,
    until: Annotated[date | None, Query(description="The last day (UTC).")] = None,
) -> Response:
    """Set a candidate's report over a period: levels, progression, and claims with their quotes."""
    if since is not None and until is not None and since > until:
        raise RequestValidationError([{"loc": ("query", "until"), "msg": "The last day is before the first."}])
    report = analytics.get_report(user_id, db, targets=settings.targets, since=since, until=until)
    if form == "html":
        return Response(report_html(report), media_type="text/html; charset=utf-8")
    return Response(
        report_pdf(report, paper=paper),
        media_type="application/pdf",
        headers={"Content-Disposition": 'attachment; filename="report.pdf"'},
    )
