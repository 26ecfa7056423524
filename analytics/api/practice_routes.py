"""The routes for who sees an interview that somebody added of themselves: practice, or shared."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from analytics.access.private import private_among, set_private
from analytics.api import models
from analytics.api.dependencies import SessionDep, ViewerDep, ViewerFirst, let_go
from analytics.api.errors import error_responses
from analytics.api.routes import InterviewId
from analytics.database.sessions import writing
from analytics.importing.tags import NOT_THERE
from analytics.queries import interviews
from analytics.service import NotFoundError

router = APIRouter(route_class=ViewerFirst, responses=error_responses(401, 403, 404, 422, 429, 500, 503))
_PATH = "/interviews/{interview_id}/practice"


class PracticeForm(BaseModel):
    """Who is to see an interview from now on."""

    model_config = ConfigDict(extra="forbid")

    practice: bool = Field(description="`true` takes it back from everybody else, `false` shares it.")


@router.get(_PATH, tags=["Interviews"])
def practice(viewer: ViewerDep, db: SessionDep, interview_id: InterviewId) -> models.InterviewPractice:
    """Return whether an interview is practice, which only the person themselves sees."""
    interview = interviews.interview(viewer, db, interview_id)
    if interview is None:
        raise NotFoundError(NOT_THERE)
    private = interview_id in private_among(db, interview.user_id)
    return models.InterviewPractice(interview_id=interview_id, interview_title=interview.title, practice=private)


@router.put(_PATH, tags=["Interviews"])
def change_practice(
    request: Request, viewer: ViewerDep, db: SessionDep, interview_id: InterviewId, form: PracticeForm
) -> models.InterviewPractice:
    """Share an interview that you added of yourself with your coaches and admins, or take it back from them."""
    if interviews.interview(viewer, db, interview_id) is None:
        raise NotFoundError(NOT_THERE)
    let_go(db)
    with writing(request.app.state.engine()) as connection:
        set_private(viewer, connection, interview_id, private=form.practice)
    return practice(viewer, db, interview_id)
