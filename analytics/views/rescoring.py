"""What it takes to score interviews again with the judge of a candidate's newest ones."""

from __future__ import annotations

from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer
from analytics.breakdown import Estimate, FeedbackGenerator
from analytics.breakdown.assessment.result import MODEL_ANALYST
from analytics.breakdown.jobs import selection
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.versions.diff import newer_than
from analytics.breakdown.versions.shown import shown_origins
from analytics.views.candidate import CandidateView


def can_rescore(viewer: Viewer, view: CandidateView, settings: ModelSettings, db: Session) -> bool:
    """Return whether the left-out scores can be given again by the judge of all others.

    That is so where it is the language model connected now, under the instructions and the rubric of now.
    """
    judges = {trend.judge for trend in view.trends.values() if trend.left_out}
    if not viewer.sees_others or not judges or not settings.is_configured:
        return False
    latest = {record.judge: record.interview_id for record in view.history if record.score is not None}
    origins = shown_origins(viewer, db, view.candidate.user_id)
    for judge in judges:
        origin = origins.get(latest[judge]) if judge is not None else None
        if origin is None or origin.analyst != MODEL_ANALYST:
            return False
        if newer_than(origin, origin.transcript_hash, settings):
            return False
    return True


def estimate(view: CandidateView, settings: ModelSettings, db: Session) -> Estimate:
    """Estimate the cost of scoring again the interviews that a view leaves out."""
    return selection.estimate(db, view.left_out, FeedbackGenerator(settings))
