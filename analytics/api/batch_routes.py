"""The routes of reports of many people: asked for, followed, taken as one zip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from analytics.api.dependencies import SessionDep, ViewerDep, ViewerFirst, let_go
from analytics.api.errors import error_responses
from analytics.api.models import Shape
from analytics.batches import store
from analytics.columns import LARGEST_ID
from analytics.database.sessions import writing
from analytics.report.archive import archive

router = APIRouter(route_class=ViewerFirst, responses=error_responses(401, 403, 404, 422, 429, 500, 503))
_PATH = "/reports"
_ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {
    202: {"headers": {"Location": {"description": "The address of the reports.", "schema": {"type": "string"}}}}
}
_ZIP: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The reports.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}
UserId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class NewReports(BaseModel):
    """Whose reports are to be made."""

    model_config = ConfigDict(extra="forbid")

    user_ids: Sequence[UserId] = Field(
        min_length=1, max_length=store.MOST, description="In the order of the files.", examples=[[12, 15]]
    )
    paper: Literal["a4", "us-letter"] = "a4"


class Reports(Shape):
    """Reports that were asked for together, and how far they are."""

    id: str
    asked_at: datetime
    total: int
    made: int
    left_out: int = Field(description="People whom whoever asked may no longer see.")
    failed: int
    finished: bool = Field(description="Whether nothing is left to be made.")


@router.post(_PATH, status_code=202, responses=_ACCEPTED, tags=["Reports of many"])
def ask_for_reports(
    request: Request, response: Response, viewer: ViewerDep, db: SessionDep, asked: NewReports
) -> Reports:
    """Have a report of each of these people made; they are kept for a day."""
    let_go(db)
    with writing(request.app.state.engine()) as connection:
        batch_id = store.ask(viewer, connection, asked.user_ids, paper=asked.paper)
    response.headers["Location"] = f"{request.scope['root_path']}{_PATH}/{batch_id}"
    return _as_reports(store.find(viewer, db, batch_id))


@router.get(_PATH + "/{batch_id}", tags=["Reports of many"])
def reports(viewer: ViewerDep, db: SessionDep, batch_id: UUID) -> Reports:
    """Return how far reports of yours are."""
    return _as_reports(store.find(viewer, db, str(batch_id)))


@router.get(
    _PATH + "/{batch_id}/zip", responses={**error_responses(409), **_ZIP}, response_class=Response,
    tags=["Reports of many"],
)  # fmt: skip
def take_reports(viewer: ViewerDep, db: SessionDep, batch_id: UUID) -> Response:
    """Return reports of yours as one zip, of everybody whom you may see now; 409 until all of them are made."""
    if store.find(viewer, db, str(batch_id)).is_open:
        raise HTTPException(409, "These reports are still being made.", {"Retry-After": "2"})
    zipped = archive((name, content) for _, name, content in store.files(viewer, db, str(batch_id)))
    headers = {"Content-Disposition": 'attachment; filename="interview-skills.zip"'}
    return Response(zipped, media_type="application/zip", headers=headers)


@router.delete(_PATH + "/{batch_id}", status_code=204, tags=["Reports of many"])
def drop_reports(request: Request, viewer: ViewerDep, batch_id: UUID) -> None:
    """Delete reports of yours; those that are not made yet are not made."""
    with writing(request.app.state.engine()) as connection:
        store.drop(viewer, connection, str(batch_id))


def _as_reports(batch: store.Batch) -> Reports:
    fields = {name: getattr(batch, name) for name in Reports.model_fields if name != "finished"}
    return Reports(**fields, finished=not batch.is_open)
