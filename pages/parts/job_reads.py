"""What the pages show of jobs: how far they are, and what another one would take; read as in `reads`."""

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
    """Find the last job of an interview."""
    with reads.reading() as db:
        return store.latest(viewer, db, interview_id)


def with_open_job(viewer: Viewer, interview_ids: Sequence[int]) -> list[int]:
    """List those of these interviews that a job is at."""
    with reads.reading() as db:
        return store.with_open_job(viewer, db, interview_ids)


def forecast(view: InterviewView) -> Estimate | None:
    """Show what a new breakdown of an interview that the viewer sees would take; None where it is not completed."""
    with reads.reading() as db:
        return forecast_of(db, view.interview.interview_id, FeedbackGenerator(runtime.model_settings()))


def budget(viewer: Viewer) -> Budget | None:
    """Return how many breakdowns the viewer may still have made today; None where that is not bounded."""
    with reads.reading() as db:
        return runtime.jobs().budget(viewer, db)


def can_rescore(viewer: Viewer, view: CandidateView) -> bool:
    """Return whether scores that are left out of a candidate's trends can be given again by the present judge."""
    try:
        settings = runtime.model_settings()
    except ValueError:
        return False
    with reads.reading() as db:
        return rescoring.can_rescore(viewer, view, settings, db)


def rescoring_forecast(view: CandidateView) -> Estimate:
    """Show what scoring again takes that `can_rescore` allows."""
    with reads.reading() as db:
        return rescoring.estimate(view, runtime.model_settings(), db)
