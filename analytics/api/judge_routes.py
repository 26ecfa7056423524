"""The route of how far a judge may be trusted."""

from __future__ import annotations

from fastapi import APIRouter

from analytics.agreement.audits import KeptAudit
from analytics.api import judge_models as models
from analytics.api.dependencies import AnalyticsDep, ReadDep
from analytics.api.errors import error_responses
from analytics.views.judge import SkillAgreement

router = APIRouter(responses=error_responses(401, 403, 422, 429, 500, 503))


@router.get("/judges/agreement", tags=["Judge"])
def judge_agreement(analytics: AnalyticsDep, db: ReadDep) -> models.Trust:
    """Compare every judge with people, skill by skill: for coaches and admins."""
    view = analytics.get_judge_agreement(db)
    return models.Trust(
        levels=view.levels,
        judges=[
            models.JudgeAgreement(
                judge=models.Judge.model_validate(each.judge), skills=[_skill(skill) for skill in each.skills]
            )
            for each in view.judges
        ],
        audits=[_audit(kept) for kept in view.audits],
    )


def _skill(skill: SkillAgreement) -> models.SkillAgreement:
    return models.SkillAgreement(
        skill=skill.skill,
        agreement=models.Agreement.model_validate(skill.agreement),
        retest=models.Agreement.model_validate(skill.retest),
        seen=skill.seen,
        disagreements=[
            models.Disagreement(
                interview_id=each.interview.interview_id,
                interview_title=each.interview.title,
                person=each.pair.person,
                judge=each.pair.judge,
                quote=each.quote,
            )
            for each in skill.disagreements
        ],
    )


def _audit(kept: KeptAudit) -> models.Audit:
    found = kept.found
    return models.Audit(
        judge=models.Judge.model_validate(found.judge),
        measure=found.measure,
        audited_at=kept.audited_at,
        runs=found.runs,
        failed=found.failed,
        shifts=[models.Shift.model_validate(shift) for shift in found.shifts],
    )
