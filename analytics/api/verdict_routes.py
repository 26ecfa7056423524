"""The routes of verdicts: read, given and withdrawn."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from analytics.access.viewer import NotAllowedError, Viewer
from analytics.api import verdict_models as models
from analytics.api.dependencies import AnalyticsDep, ReadDep, ViewerDep, ViewerFirst
from analytics.api.errors import error_responses
from analytics.api.routes import InterviewId
from analytics.database.sessions import writing
from analytics.skills import SkillKey
from analytics.verdicts.verdicts import InterviewVerdicts

router = APIRouter(route_class=ViewerFirst, responses=error_responses(401, 403, 422, 429, 500, 503))
Skill = Annotated[SkillKey, Path(examples=["technical"])]


@router.get("/interviews/{interview_id}/verdicts", responses=error_responses(404), tags=["Verdicts"])
def verdicts(analytics: AnalyticsDep, db: ReadDep, interview_id: InterviewId) -> models.InterviewVerdicts:
    """Return what coaches say about each skill of an interview."""
    return _as_verdicts(interview_id, analytics.get_verdicts(interview_id, db))


@router.post("/interviews/{interview_id}/verdicts", status_code=201, responses=error_responses(404), tags=["Verdicts"])
def give_verdict(
    request: Request, viewer: ViewerDep, analytics: AnalyticsDep, interview_id: InterviewId, given: models.GivenVerdict
) -> models.InterviewVerdicts:
    """Record which level a skill shows, and why; what you said of it before stays in the history."""
    _require_coach(viewer)
    with writing(request.app.state.engine()) as db:
        analytics.give_verdict(interview_id, given.skill, given.level, given.reason, db, sentences=given.sentences)
        return _as_verdicts(interview_id, analytics.get_verdicts(interview_id, db))


@router.delete("/interviews/{interview_id}/verdicts/{skill}", responses=error_responses(404), tags=["Verdicts"])
def withdraw_verdict(
    request: Request, viewer: ViewerDep, analytics: AnalyticsDep, interview_id: InterviewId, skill: Skill
) -> models.InterviewVerdicts:
    """Withdraw what you said of a skill; the history keeps it."""
    _require_coach(viewer)
    with writing(request.app.state.engine()) as db:
        analytics.withdraw_verdict(interview_id, skill, db)
        return _as_verdicts(interview_id, analytics.get_verdicts(interview_id, db))


def _require_coach(viewer: Viewer) -> None:
    if not viewer.sees_others:
        raise NotAllowedError("Only a coach of this candidate or an admin may do this.")


def _as_verdicts(interview_id: int, found: InterviewVerdicts) -> models.InterviewVerdicts:
    return models.InterviewVerdicts(
        interview_id=interview_id,
        may_judge=found.may_judge,
        verdicts=models.VerdictsBySkill.model_validate(found.by_skill),
    )
