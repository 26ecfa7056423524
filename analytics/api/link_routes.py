"""The routes of links to a report: made, listed and revoked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from analytics.api.dependencies import CandidateDep, ReadDep, ViewerDep, ViewerFirst
from analytics.api.errors import error_responses
from analytics.api.models import Shape
from analytics.coaching.access import require_seeing
from analytics.coaching.links import MOST_DAYS, USUAL_DAYS, Link, links_of, make_link, revoke_link
from analytics.database.sessions import writing
from analytics.views.shared_report import holds

router = APIRouter(route_class=ViewerFirst, responses=error_responses(401, 403, 422, 429, 500, 503))
_PATH = "/interviews/analytics/report/links"


class NewLink(BaseModel):
    """What a link is to show, and for how long. Whoever has it can read the report without signing in."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(USUAL_DAYS, ge=1, le=MOST_DAYS, description="For how many days it opens.")
    without_scores: bool = Field(False, description="Leave out every score, level, change and chart.")
    since: date | None = Field(None, description="The first day of the report (UTC).")
    until: date | None = Field(None, description="The last day of the report (UTC).")


class ReportLink(Shape):
    """A link to a report, without what opens it."""

    id: str
    since: date | None
    until: date | None
    without_scores: bool
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    openings: Annotated[int, Field(ge=0, description="How often the report was opened, as a page or as a PDF.")]
    opened_at: Annotated[datetime | None, Field(description="When it was opened last.")]
    holds: Annotated[str, Field(description="What whoever has the link can read.")]


class MadeLink(ReportLink):
    """A new link."""

    path: Annotated[str, Field(description="Below the dashboard's address. It is told here and never again.")]


@router.get(_PATH, responses=error_responses(404), tags=["One person"])
def report_links(viewer: ViewerDep, db: ReadDep, user_id: CandidateDep) -> list[ReportLink]:
    """List the links to a person's report: those that open, then the last that no longer do."""
    require_seeing(viewer, db, user_id)
    return [ReportLink(**_fields(link)) for link in links_of(viewer, db, user_id)]


@router.post(_PATH, status_code=201, responses=error_responses(404), tags=["One person"])
def make_report_link(request: Request, viewer: ViewerDep, user_id: CandidateDep, asked: NewLink) -> MadeLink:
    """Make a link to a person's report; `holds` says what it shows to whoever has it."""
    with writing(request.app.state.engine()) as connection:
        link, token = make_link(viewer, connection, user_id, **asked.model_dump())
    base = request.scope.get("root_path", "").removesuffix("/api/v1")
    return MadeLink(**_fields(link), path=f"{base}/shared/{token}")


@router.post(_PATH + "/{link_id}/revoke", responses=error_responses(404), tags=["One person"])
def revoke_report_link(request: Request, viewer: ViewerDep, link_id: UUID) -> ReportLink:
    """Take a link back, at once and for good; one that was revoked before stays as it is."""
    with writing(request.app.state.engine()) as connection:
        return ReportLink(**_fields(revoke_link(viewer, connection, str(link_id))))


def _fields(link: Link) -> dict[str, object]:
    kept = {name: getattr(link, name) for name in ReportLink.model_fields if name != "holds"}
    return kept | {"holds": holds(without_scores=link.without_scores)}
