"""The routes: read what was asked for, ask the analytics, give the answer its shape."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator

from analytics import cohort, outlook, queries, roster
from analytics.access import NotAllowedError
from analytics.api import models
from analytics.api.dependencies import LARGEST_ID, AnalyticsDep, CandidateDep, ReadDep, SettingsDep, ViewerDep
from analytics.api.problems import documented
from analytics.service import NotFoundError
from analytics.skills import SKILL_KEYS

router = APIRouter(responses=documented(401, 403, 422, 429, 500, 503))
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


@router.get("/interviews/analytics/skills/progression", responses=documented(404), tags=["One person"])
def skill_progression(analytics: AnalyticsDep, db: ReadDep, user_id: CandidateDep) -> models.Progression:
    """List the scored interviews of each skill, by interview date."""
    return models.Progression.model_validate(analytics.get_skill_progression(user_id, db))


@router.get("/interviews/analytics/skills/averages", responses=documented(404), tags=["One person"])
def skill_averages(analytics: AnalyticsDep, db: ReadDep, user_id: CandidateDep) -> models.Averages:
    """Average each skill over the interviews in which it was scored."""
    return models.Averages.model_validate(analytics.get_skill_averages(user_id, db))


@router.get("/interviews/analytics/skills/trends", responses=documented(404), tags=["One person"])
def skill_trends(viewer: ViewerDep, db: ReadDep, user_id: CandidateDep) -> models.Trends:
    """Tell how each skill develops, and how sure that is."""
    history = queries.skill_history(viewer, db, user_id)
    if history is None:
        raise NotFoundError("There is no such candidate.")
    told = outlook.outlook(history, cohort.load(db))
    trends = {key: models.SkillTrend.model_validate(told[key]) for key in SKILL_KEYS}
    if not viewer.sees_cohort:
        trends = {key: trend.model_copy(update={"median": None, "position": None}) for key, trend in trends.items()}
    return models.Trends.model_validate(trends)


@router.get("/interviews/analytics/skills/compare", responses=documented(404), tags=["Interviews"])
def skill_comparison(analytics: AnalyticsDep, db: ReadDep, interview_ids: InterviewIds) -> models.Comparison:
    """Set the scores of several interviews side by side."""
    comparison = analytics.get_skill_comparison(interview_ids, db)
    headings = {heading.id: heading for heading in queries.headings(analytics.viewer, db, interview_ids)}
    return models.Comparison(
        comparison=models.ComparedSkills.model_validate(comparison),
        interviews=[models.InterviewHeading.model_validate(headings[number]) for number in interview_ids],
    )


@router.get("/interviews/analytics/user", responses=documented(404), tags=["One person"])
def user_analytics(analytics: AnalyticsDep, db: ReadDep, user_id: CandidateDep) -> models.UserAnalytics:
    """Count and average all interviews of a person."""
    return models.UserAnalytics.model_validate(analytics.get_user_analytics(user_id, db))


@router.get("/interviews/{interview_id}/skills", responses=documented(404), tags=["Interviews"])
def interview_skills(analytics: AnalyticsDep, db: ReadDep, interview_id: InterviewId) -> models.InterviewSkills:
    """Give the skill breakdown of one interview."""
    breakdown = analytics.get_skill_breakdown(interview_id, db)
    (heading,) = queries.headings(analytics.viewer, db, [interview_id])
    return models.InterviewSkills(
        interview_id=interview_id,
        interview_title=heading.title,
        completed_at=heading.completed_at,
        skill_breakdown=models.Breakdown.model_validate(breakdown),
    )


@router.get("/interviews/{interview_id}/insights", responses=documented(404), tags=["Interviews"])
def interview_insights(analytics: AnalyticsDep, db: ReadDep, interview_id: InterviewId) -> models.Insights:
    """Give the facts of one interview."""
    insights = analytics.get_interview_insights(interview_id, db)
    quality = models.ConversationQuality(
        overall_score=insights.overall_score,
        **{f"{key}_score": score for key, score in insights.scores.items()},
        states=models.States.model_validate(insights.states),
    )
    shown = {name: getattr(insights, name) for name in models.Insights.model_fields if name != "conversation_quality"}
    return models.Insights(**shown, conversation_quality=quality)


@router.get("/candidates", tags=["Roster"])
def candidates(
    viewer: ViewerDep,
    db: ReadDep,
    settings: SettingsDep,
    search: Annotated[str, Query(max_length=100, description="Part of a name or an e-mail.")] = "",
    within_days: Annotated[
        int | None, Query(ge=1, le=36500, description="Days since the last completed interview, at most.")
    ] = None,
    minimum_interviews: Annotated[int, Query(ge=0, le=10_000, description="Completed interviews, at least.")] = 0,
    skill: Annotated[
        Literal["communication", "technical", "problem_solving", "code_quality"] | None,
        Query(description="The skill that `below` is about; without it, any."),
    ] = None,
    below: Annotated[float | None, Query(ge=0, le=1, description="Only averages below this score.")] = None,
    sort: Annotated[roster.Sort, Query()] = roster.Sort.NAME,
    descending: Annotated[bool, Query()] = False,
    size: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=500, description="`next` of the page before.")] = None,
    before: Annotated[str | None, Query(max_length=500, description="`previous` of the page after.")] = None,
) -> models.Candidates:
    """List candidates, page by page, as prepared for the roster: for coaches and admins."""
    if not viewer.sees_others:
        raise NotAllowedError("The list of candidates is for coaches and admins.")
    filters = roster.Filters(search, within_days, minimum_interviews, skill, below)
    page = roster.page(
        viewer,
        db,
        filters=filters,
        sort=sort,
        descending=descending,
        targets=settings.targets,
        size=size,
        after=cursor,
        before=before,
    )
    rows = [
        models.CandidateRow.model_validate(
            {**row._asdict(), "averages": {key: getattr(row, key) for key in SKILL_KEYS}}
        )
        for row in page.rows
    ]
    return models.Candidates(candidates=rows, total=page.total, next=page.after, previous=page.before)
