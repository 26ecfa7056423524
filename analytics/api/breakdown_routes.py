"""The routes about versions of a breakdown, and the jobs that make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from analytics.access.viewer import Viewer
from analytics.api import breakdown_models as models
from analytics.api.dependencies import AnalyticsDep, JobsDep, ReadDep, SessionDep, ViewerDep, let_go
from analytics.api.errors import error_responses
from analytics.api.models import judge_fields
from analytics.api.rate_limits import limit_presses
from analytics.api.routes import InterviewId
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import BudgetError, Job, JobError
from analytics.breakdown.versions import locking
from analytics.breakdown.versions.shown import ShownBreakdown, history, read_judges
from analytics.breakdown.versions.struck import read_without
from analytics.breakdown.versions.version import Version, VersionError
from analytics.columns import LARGEST_ID
from analytics.queries import interviews
from analytics.reviews.struck import StruckClaim
from analytics.service import NotFoundError

router = APIRouter(responses=error_responses(401, 403, 422, 429, 500, 503))
JobId = Annotated[UUID, Path(examples=["3f0c7a52-6c1e-4a57-9f0e-2d1b8a6f4c10"])]
VersionNumber = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[2])]
_ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {
    202: {"headers": {"Location": {"description": "The address of the job.", "schema": {"type": "string"}}}}
}


@router.get("/interviews/{interview_id}/skills/versions", responses=error_responses(404), tags=["Breakdowns"])
def skill_versions(
    viewer: ViewerDep, analytics: AnalyticsDep, db: ReadDep, interview_id: InterviewId
) -> models.Versions:
    """List every version of an interview's breakdown, and what made each."""
    view = analytics.get_shown_skills(interview_id, db)
    return models.Versions(
        interview_id=interview_id,
        interview_title=view.interview.title,
        versions=[
            models.Version(**_facts(viewer, view.current, version)) for version in history(viewer, db, interview_id)
        ],
    )


@router.get("/interviews/{interview_id}/skills/versions/{number}", responses=error_responses(404), tags=["Breakdowns"])
def skill_version(
    viewer: ViewerDep, analytics: AnalyticsDep, db: ReadDep, interview_id: InterviewId, number: VersionNumber
) -> models.InterviewVersion:
    """Return one version of an interview's breakdown, each point with its quotes; without what a coach struck."""
    view = analytics.get_shown_skills(interview_id, db)
    versions = [version for version in history(viewer, db, interview_id) if version.number == number]
    if not versions:
        raise NotFoundError("This version does not exist.")
    return models.InterviewVersion(
        **_facts(viewer, view.current, versions[0]),
        interview_id=interview_id,
        interview_title=view.interview.title,
        **_read(db, versions[0], view.current.struck),
    )


@router.post(
    "/interviews/{interview_id}/skills/regenerate",
    status_code=202,
    responses={**error_responses(404, 409), **_ACCEPTED},
    dependencies=[Depends(limit_presses)],
    tags=["Breakdowns"],
)
def regenerate(
    request: Request,
    response: Response,
    viewer: ViewerDep,
    db: SessionDep,
    at_work: JobsDep,
    interview_id: InterviewId,
) -> models.Job:
    """Have the breakdown of a completed interview made again; while one is under way, the answer is that one's job."""
    locking.require_editor(viewer, db, interview_id)
    if interviews.interview(viewer, db, interview_id) is None:
        raise NotFoundError("This interview does not exist, or you do not have access.")
    if (why := at_work.unavailable()) is not None:
        raise HTTPException(503, why, {"Retry-After": "5"})
    let_go(db)
    try:
        job = at_work.press(viewer, interview_id)
    except BudgetError as error:
        raise HTTPException(429, str(error), {"Retry-After": "3600"}) from None
    except JobError as error:
        raise HTTPException(409, str(error)) from None
    response.headers["Location"] = f"{request.scope['root_path']}/jobs/{job.id}"
    return _job(viewer, db, job)


@router.get("/jobs/{job_id}", responses=error_responses(404), tags=["Breakdowns"])
def job(viewer: ViewerDep, db: SessionDep, job_id: JobId) -> models.Job:
    """Return how far a job is."""
    return _job(viewer, db, _find_job(viewer, db, job_id))


@router.post("/jobs/{job_id}/cancel", status_code=202, responses=error_responses(404), tags=["Breakdowns"])
def cancel_job(viewer: ViewerDep, db: SessionDep, job_id: JobId) -> models.Job:
    """Ask a job to stop; one that is finished stays as it is."""
    # Whoever may not do this is told so, whether there is such a job or not.
    asked = next(iter(store.by_id(db, [str(job_id)])), None)
    locking.require_editor(viewer, db, asked.interview_id if asked else 0)
    current_job = _find_job(viewer, db, job_id)
    let_go(db)
    if current_job.is_open:
        store.cancel(viewer, db.get_bind().engine, current_job.interview_id)
        current_job = _find_job(viewer, db, job_id)
    return _job(viewer, db, current_job)


def _facts(viewer: Viewer, current: ShownBreakdown, version: Version) -> dict[str, Any]:
    is_shown = current.version is not None and current.version.id == version.id
    return {
        "number": version.number,
        "created_at": version.created_at,
        "created_by": version.created_by if viewer.sees_others else None,
        "source": version.source,
        "shown": is_shown,
        "approved": is_shown and current.approved_by is not None,
        "provenance": models.Provenance.model_validate(version.origin),
    }


def _read(db: Session, version: Version, struck: Sequence[StruckClaim]) -> dict[str, Any]:
    try:
        read = read_without(version, struck)
    except VersionError:
        return {"skill_breakdown": None}
    given = read_judges(db, version, read)
    return {
        "skill_breakdown": models.VersionBreakdown.model_validate(
            {
                key: models.VersionSkill.model_validate(skill).model_copy(update=judge_fields(given.get(key)))
                for key, skill in read.skill_breakdown.items()
            }
        ),
        "questions": [models.QuestionReview.model_validate(question) for question in read.questions],
        "priorities": [models.Priority.model_validate(priority) for priority in read.priorities],
        "post": read.post,
    }


def _find_job(viewer: Viewer, db: Session, job_id: UUID) -> Job:
    """Find a job through its interview, which the viewer must be allowed to see."""
    for row in store.by_id(db, [str(job_id)]):
        if interviews.interview(viewer, db, row.interview_id) is not None:
            return row
    raise NotFoundError("This job does not exist, or you do not have access.")


def _job(viewer: Viewer, db: Session, job: Job) -> models.Job:
    job = store.hide_result(viewer, db, job)
    fields = {name: getattr(job, name) for name in models.Job.model_fields if name != "version"}
    if not viewer.sees_others:
        fields["pressed_by"] = None
    made = history(viewer, db, job.interview_id) if job.version_id else []
    number = next((version.number for version in made if version.id == job.version_id), None)
    return models.Job.model_validate({**fields, "version": number})
