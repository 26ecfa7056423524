"""The routes: read what was asked for, ask the analytics, give the answer its shape."""

from __future__ import annotations

import dataclasses
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BeforeValidator

from analytics.access.viewer import NotAllowedError
from analytics.api import comparison_models, models
from analytics.api.dependencies import AnalyticsDep, CandidateDep, ReadDep, ViewerDep, refresh_roster
from analytics.api.errors import error_responses
from analytics.columns import LARGEST_ID
from analytics.roster import order
from analytics.roster import page as roster_page
from analytics.roster.filters import Filters
from analytics.scores import version_scores
from analytics.skills import SkillKey
from analytics.views.comparison import score_differences, view_scatter

router = APIRouter(responses=error_responses(401, 403, 422, 429, 500, 503))
_MOST_COMPARED = 20


def _separate(values: Any) -> Any:
    """Take ids apart that stand in one parameter, separated by commas."""
    if not isinstance(values, list):
        return values
    entries = [entry.strip() for value in values for entry in str(value).split(",")]
    if not all(re.fullmatch("[0-9]{1,10}", entry) for entry in entries):
        raise ValueError("Write ids as whole numbers, separated by commas")
    return list(dict.fromkeys(entries))


InterviewId = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[301])]
InterviewIds = Annotated[
    list[Annotated[int, Path(ge=1, le=LARGEST_ID)]],
    BeforeValidator(_separate),
    Query(
        min_length=1,
        max_length=_MOST_COMPARED,
        description="Ids separated by commas, or the parameter repeated.",
        examples=[[301, 302]],
    ),
]


@router.get("/interviews/analytics/skills/progression", responses=error_responses(404), tags=["One person"])
def skill_progression(analytics: AnalyticsDep, db: ReadDep, user_id: CandidateDep) -> models.Progression:
    """List the scored interviews of each skill, by interview date."""
    return models.Progression.model_validate(analytics.get_skill_progression(user_id, db))


@router.get("/interviews/analytics/skills/averages", responses=error_responses(404), tags=["One person"])
def skill_averages(analytics: AnalyticsDep, db: ReadDep, user_id: CandidateDep) -> models.JudgedAverages:
    """Average each skill over the interviews in which it was scored, on the scale of its newest interview's judge."""
    told = analytics.get_judged_averages(user_id, db)
    return models.JudgedAverages.model_validate(told.averages | {"judges": told.judges})


@router.get("/interviews/analytics/skills/trends", responses=error_responses(404), tags=["One person"])
def skill_trends(analytics: AnalyticsDep, db: ReadDep, user_id: CandidateDep) -> models.Trends:
    """Return how each skill develops, and how sure that is."""
    return models.Trends.model_validate(analytics.get_skill_trends(user_id, db))


@router.get("/interviews/analytics/skills/compare", responses=error_responses(404), tags=["Interviews"])
def skill_comparison(analytics: AnalyticsDep, db: ReadDep, interview_ids: InterviewIds) -> comparison_models.Comparison:
    """Set the scores of several interviews side by side."""
    comparison = analytics.get_comparison(interview_ids, db)
    return comparison_models.Comparison(
        comparison=comparison_models.ComparedSkills.model_validate(comparison.scores),
        verdicts=comparison_models.ComparedSkills.model_validate(comparison.verdicts),
        judge=comparison_models.ComparedJudges.model_validate(comparison.judges),
        judged_at=comparison_models.ComparedMoments.model_validate(comparison.judged_at),
        differences=comparison_models.ComparedDifferences.model_validate(
            score_differences(comparison, view_scatter(analytics.viewer, comparison, db))
        ),
        interviews=[
            comparison_models.InterviewHeading(
                id=row.interview_id, title=row.interview_title, completed_at=row.completed_at
            )
            for row in comparison.interviews
        ],
    )


@router.get("/interviews/analytics/user", responses=error_responses(404), tags=["One person"])
def user_analytics(analytics: AnalyticsDep, db: ReadDep, user_id: CandidateDep) -> models.UserAnalytics:
    """Count and average all interviews of a person."""
    return models.UserAnalytics.model_validate(analytics.get_user_analytics(user_id, db))


@router.get("/interviews/{interview_id}/skills", responses=error_responses(404), tags=["Interviews"])
def interview_skills(analytics: AnalyticsDep, db: ReadDep, interview_id: InterviewId) -> models.InterviewSkills:
    """Return the skill breakdown of one interview."""
    view = analytics.get_shown_skills(interview_id, db)
    return models.InterviewSkills(
        interview_id=interview_id,
        interview_title=view.interview.title,
        completed_at=view.interview.completed_at,
        skill_breakdown=models.Breakdown.model_validate(
            {
                key: models.SkillDetail.model_validate(skill).model_copy(
                    update=models.judge_fields(view.current.judged.get(key))
                )
                for key, skill in view.feedback.skills.items()
            }
        ),
    )


@router.get("/judges", tags=["Interviews"])
def judges(_viewer: ViewerDep, db: ReadDep) -> models.Judges:
    """List who gives scores here: the platform, and each model with the instructions and the rubric it had."""
    return models.Judges(
        judges=[models.Judge(**dataclasses.asdict(judge), name=judge.label) for judge in version_scores.all_judges(db)]
    )


@router.get("/interviews/{interview_id}/insights", responses=error_responses(404), tags=["Interviews"])
def interview_insights(analytics: AnalyticsDep, db: ReadDep, interview_id: InterviewId) -> models.Insights:
    """Return the facts of one interview."""
    insights = analytics.get_interview_insights(interview_id, db)
    quality = models.ConversationQuality(
        overall_score=insights.overall_score,
        **{f"{key}_score": score for key, score in insights.scores.items()},
        states=models.States.model_validate(insights.states),
    )
    fields = {name: getattr(insights, name) for name in models.Insights.model_fields if name != "conversation_quality"}
    return models.Insights(**fields, conversation_quality=quality)


@router.get("/candidates", tags=["Roster"], dependencies=[Depends(refresh_roster)])
def candidates(
    viewer: ViewerDep,
    db: ReadDep,
    search: Annotated[str, Query(max_length=100, description="Part of a name or an e-mail.")] = "",
    within_days: Annotated[
        int | None, Query(ge=1, le=36500, description="Days since the last completed interview, at most.")
    ] = None,
    minimum_interviews: Annotated[int, Query(ge=0, le=10_000, description="Completed interviews, at least.")] = 0,
    skill: Annotated[
        SkillKey | None,
        Query(description="The skill that `below` is about; without it, any."),
    ] = None,
    below: Annotated[float | None, Query(ge=0, le=1, description="Only averages below this score.")] = None,
    kind: Annotated[str | None, Query(max_length=40, description="Only who has an interview of this kind.")] = None,
    difficulty: Annotated[int | None, Query(ge=1, le=5, description="Only who has an interview this hard.")] = None,
    judge: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Only whose latest score of `skill`, or without it of every skill, this judge gave.",
        ),
    ] = None,
    sort: Annotated[order.Sort, Query()] = order.Sort.NAME,
    descending: Annotated[bool, Query()] = False,
    size: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=500, description="`next` of the page before.")] = None,
    before: Annotated[str | None, Query(max_length=500, description="`previous` of the page after.")] = None,
) -> models.Candidates:
    """List candidates, page by page, as prepared for the roster: for coaches and admins."""
    if not viewer.sees_others:
        raise NotAllowedError("The list of candidates is for coaches and admins.")
    filters = Filters(
        search, within_days, minimum_interviews, skill, below, kind=kind, difficulty=difficulty, judge=judge
    )
    page = roster_page.page(
        viewer,
        db,
        filters=filters,
        sort=sort,
        descending=descending,
        size=size,
        after=cursor,
        before=before,
    )
    rows = [models.CandidateRow.model_validate(row) for row in page.rows]
    return models.Candidates(candidates=rows, total=page.total, next=page.after, previous=page.before)
