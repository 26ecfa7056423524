"""The routes about versions of a breakdown, and the jobs that make them."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from analytics import queries
from analytics.access import Viewer
from analytics.api import breakdown_models as models
from analytics.api.dependencies import LARGEST_ID, JobsDep, ReadDep, SessionDep, ViewerDep
from analytics.api.pressing import bounded
from analytics.api.problems import documented
from analytics.api.routes import InterviewId
from analytics.breakdown import holding, jobs, presenting, versions
from analytics.breakdown.jobs import Job, JobError
from analytics.breakdown.presenting import Presented
from analytics.breakdown.versions import Version, VersionError
from analytics.service import NotFoundError

router = APIRouter(responses=documented(401, 403, 422, 429, 500, 503))
JobId = Annotated[UUID, Path(examples=["3f0c7a52-6c1e-4a57-9f0e-2d1b8a6f4c10"])]
VersionNumber = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[2])]
_ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {
    202: {"headers": {"Location": {"description": "The address of the job.", "schema": {"type": "string"}}}}
}


@router.get("/interviews/{interview_id}/skills/versions", responses=documented(404), tags=["Breakdowns"])
def skill_versions(viewer: ViewerDep, db: ReadDep, interview_id: InterviewId) -> models.Versions:
    """List every version of an interview's breakdown, and what made each."""
    heading, presented = _shown(viewer, db, interview_id)
    return models.Versions(
        interview_id=interview_id,
        interview_title=heading.title,
        versions=[
            models.Version(**_facts(viewer, presented, version))
            for version in presenting.listed(viewer, db, interview_id)
        ],
    )


@router.get("/interviews/{interview_id}/skills/versions/{number}", responses=documented(404), tags=["Breakdowns"])
def skill_version(
    viewer: ViewerDep, db: ReadDep, interview_id: InterviewId, number: VersionNumber
) -> models.InterviewVersion:
    """Give one version of an interview's breakdown, each point with the quotes it rests on."""
    heading, presented = _shown(viewer, db, interview_id)
    found = [version for version in presenting.listed(viewer, db, interview_id) if version.number == number]
    if not found:
        raise NotFoundError("There is no such version.")
    return models.InterviewVersion(
        **_facts(viewer, presented, found[0]),
        interview_id=interview_id,
        interview_title=heading.title,
        skill_breakdown=_breakdown(found[0]),
    )


@router.post(
    "/interviews/{interview_id}/skills/regenerate",
    status_code=202,
    responses={**documented(404, 409), **_ACCEPTED},
    dependencies=[Depends(bounded)],
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
    holding.require_editor(viewer)
    if not queries.headings(viewer, db, [interview_id]):
        raise NotFoundError("There is no such interview.")
    if (why := at_work.unavailable()) is not None:
        raise HTTPException(503, why, {"Retry-After": "5"})
    _let_go(db)
    try:
        job = at_work.press(viewer, interview_id)
    except JobError as error:
        raise HTTPException(409, str(error)) from None
    response.headers["Location"] = f"{request.scope['root_path']}/jobs/{job.id}"
    return _job(viewer, db, job)


@router.get("/jobs/{job_id}", responses=documented(404), tags=["Breakdowns"])
def job(viewer: ViewerDep, db: SessionDep, job_id: JobId) -> models.Job:
    """Tell how far a job is."""
    return _job(viewer, db, _found(viewer, db, job_id))


@router.post("/jobs/{job_id}/cancel", status_code=202, responses=documented(404), tags=["Breakdowns"])
def cancel_job(viewer: ViewerDep, db: SessionDep, job_id: JobId) -> models.Job:
    """Ask a job to stop; one that is finished stays as it is."""
    holding.require_editor(viewer)
    found = _found(viewer, db, job_id)
    _let_go(db)
    if found.is_open:
        jobs.cancel(viewer, db.get_bind().engine, found.interview_id)
        found = _found(viewer, db, job_id)
    return _job(viewer, db, found)


def _shown(viewer: Viewer, db: Session, interview_id: int) -> tuple[queries.Heading, Presented]:
    headings = queries.headings(viewer, db, [interview_id])
    presented = presenting.presented(viewer, db, interview_id)
    if not headings or presented is None:
        raise NotFoundError("There is no such interview.")
    return headings[0], presented


def _facts(viewer: Viewer, presented: Presented, version: Version) -> dict[str, Any]:
    shown = presented.version is not None and presented.version.id == version.id
    return {
        "number": version.number,
        "created_at": version.created_at,
        "created_by": version.created_by if viewer.sees_others else None,
        "source": version.source,
        "shown": shown,
        "approved": shown and presented.approved_by is not None,
        "provenance": models.Provenance.model_validate(version.origin),
    }


def _breakdown(version: Version) -> models.VersionBreakdown | None:
    try:
        read = versions.read_version(version)
    except VersionError:
        return None
    return models.VersionBreakdown.model_validate(read.skill_breakdown)


def _found(viewer: Viewer, db: Session, job_id: UUID) -> Job:
    """Find a job through its interview, which the viewer must be allowed to see."""
    for found in jobs.by_id(db, [str(job_id)]):
        if queries.headings(viewer, db, [found.interview_id]):
            return found
    raise NotFoundError("There is no such job.")


def _job(viewer: Viewer, db: Session, job: Job) -> models.Job:
    told = {name: getattr(job, name) for name in models.Job.model_fields if name != "version"}
    if not viewer.sees_others:
        told["pressed_by"] = None
    made = presenting.listed(viewer, db, job.interview_id) if job.version_id else []
    number = next((version.number for version in made if version.id == job.version_id), None)
    return models.Job.model_validate({**told, "version": number})


def _let_go(db: Session) -> None:
    """End what was read until now: another connection is about to write, and what it wrote is read afterwards."""
    db.rollback()
