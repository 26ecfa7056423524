"""Reads about jobs for the pages: progress, and the cost of another one; as in `reads`."""

from __future__ import annotations

from collections.abc import Sequence

from analytics import runtime
from analytics.access.viewer import Viewer
from analytics.breakdown import Estimate, FeedbackGenerator
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import Budget, Job
from analytics.breakdown.jobs.source import forecast_of
from analytics.views import rescoring
from analytics.views.candidate import CandidateView
from analytics.views.interview import InterviewView
from pages.parts import reads


def latest_job(viewer: Viewer, interview_id: int) -> Job | None:
    """Return the last job of an interview."""
    with reads.reading() as db:
        return store.latest(viewer, db, interview_id)


def with_open_job(viewer: Viewer, interview_ids: Sequence[int]) -> list[int]:
    """Return those of these interviews that have an open job."""
    with reads.reading() as db:
        return store.with_open_job(viewer, db, interview_ids)


def forecast(view: InterviewView) -> Estimate | None:
    """Return the cost of a new breakdown of an interview the viewer sees; None as in `forecast_of`."""
    with reads.reading() as db:
        return forecast_of(db, view.interview.interview_id, FeedbackGenerator(runtime.model_settings()))


def budget(viewer: Viewer) -> Budget | None:
    """Return how many breakdowns the viewer may still request today; None without a limit."""
    with reads.reading() as db:
        return runtime.jobs().budget(viewer, db)


def can_rescore(viewer: Viewer, view: CandidateView) -> bool:
    """Return whether left-out scores of a candidate can be given again by the present judge."""
    try:
        settings = runtime.model_settings()
    except ValueError:
        return False
    with reads.reading() as db:
        return rescoring.can_rescore(viewer, view, settings, db)


def rescoring_forecast(view: CandidateView) -> Estimate:
    """Return the cost of the rescoring that `can_rescore` allows."""
    with reads.reading() as db:
        return rescoring.estimate(view, runtime.model_settings(), db)
