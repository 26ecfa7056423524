"""The routes for what an interview is said to be: its kind, its difficulty and the level of its post."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from analytics.access.viewer import require_adding
from analytics.api import models
from analytics.api.dependencies import SessionDep, ViewerDep, ViewerFirst, let_go
from analytics.api.errors import error_responses
from analytics.api.routes import InterviewId
from analytics.database.sessions import writing
from analytics.importing.tags import NOT_THERE, set_tags
from analytics.queries import interviews
from analytics.queries.tags import HARDEST, LONGEST_KIND, Tags, label
from analytics.service import NotFoundError

router = APIRouter(route_class=ViewerFirst, responses=error_responses(401, 403, 404, 422, 429, 500, 503))


class TagsForm(BaseModel):
    """What an interview is; what is left out is taken away."""

    model_config = ConfigDict(extra="forbid")

    kind: str | None = Field(None, max_length=LONGEST_KIND, examples=["system design"])
    difficulty: int | None = Field(None, ge=1, le=HARDEST)
    post: Literal["intern", "junior", "mid", "senior", "lead"] | None = Field(
        None, description="The level of the post that breakdowns rate for; where it is left out, the title tells it."
    )


@router.get("/interviews/{interview_id}/tags", tags=["Interviews"])
def tags(viewer: ViewerDep, db: SessionDep, interview_id: InterviewId) -> models.InterviewTags:
    """Return the kind, the difficulty and the level of the post; null where nobody has said it."""
    if interviews.interview(viewer, db, interview_id) is None:
        raise NotFoundError(NOT_THERE)
    return models.InterviewTags(interview_id=interview_id, **label(viewer, db, interview_id).tags._asdict())


@router.put("/interviews/{interview_id}/tags", tags=["Interviews"])
def change_tags(
    request: Request, viewer: ViewerDep, db: SessionDep, interview_id: InterviewId, form: TagsForm
) -> models.InterviewTags:
    """Record what an interview is, as its page does: all at once."""
    require_adding(viewer)
    if interviews.interview(viewer, db, interview_id) is None:
        raise NotFoundError(NOT_THERE)
    let_go(db)
    with writing(request.app.state.engine()) as connection:
        set_tags(viewer, connection, interview_id, Tags(form.kind, form.difficulty, form.post))
    return tags(viewer, db, interview_id)
