"""The routes of self-ratings, requests for review, and claims marked as wrong."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request

from analytics.access.viewer import Viewer
from analytics.api import review_models as models
from analytics.api.dependencies import AnalyticsDep, ReadDep, ViewerDep, ViewerFirst
from analytics.api.errors import error_responses
from analytics.api.routes import InterviewId
from analytics.database.sessions import reading, writing
from analytics.reviews.asking import ask_again
from analytics.reviews.requests import ReviewRequest, ReviewTarget, Step
from analytics.reviews.struck import ClaimKey, take_back
from analytics.service import NotFoundError
from analytics.views import reviews
from analytics.views.reviews import ReviewsView

router = APIRouter(route_class=ViewerFirst, responses=error_responses(401, 403, 422, 429, 500, 503))
ReviewId = Annotated[UUID, Path(examples=["3f0c7a52-6c1e-4a57-9f0e-2d1b8a6f4c10"])]


@router.get("/reviews", tags=["Reviews"])
def open_reviews(viewer: ViewerDep, db: ReadDep) -> models.Queue:
    """List the requests for review that wait for your answer: for coaches and admins."""
    return models.Queue(
        reviews=[
            models.QueuedReview(**_fields(one.request), candidate=one.candidate, interview_title=one.interview_title)
            for one in reviews.view_queue(viewer, db)
        ]
    )


@router.get("/interviews/{interview_id}/reviews", responses=error_responses(404), tags=["Reviews"])
def interview_reviews(
    viewer: ViewerDep, _looked: AnalyticsDep, db: ReadDep, interview_id: InterviewId
) -> models.Reviews:
    """Return what was said about the scores and claims of an interview."""
    return _reviews(reviews.view_reviews(viewer, interview_id, db))


@router.post(
    "/interviews/{interview_id}/reviews", status_code=201, responses=error_responses(404, 409), tags=["Reviews"]
)
def ask_for_review(
    request: Request, viewer: ViewerDep, interview_id: InterviewId, body: models.AskReview
) -> models.Reviews:
    """Ask for a review of a score or a claim of your own interview."""
    about = ReviewTarget(interview_id, body.skill, body.kind, body.claim)
    with writing(request.app.state.engine()) as db:
        reviews.request_review(viewer, db, about, body.reason, sentence=body.sentence)
    return _after(request, viewer, interview_id)


@router.post("/reviews/{review_id}/answer", responses=error_responses(404, 409), tags=["Reviews"])
def answer_review(
    request: Request, viewer: ViewerDep, review_id: ReviewId, body: models.AnswerReview
) -> models.Reviews:
    """Answer a request for review: as a coach of the candidate, and asked once more as an admin."""
    with writing(request.app.state.engine()) as db:
        interview_id = reviews.answer_request(
            viewer, db, str(review_id), Step(body.answer), body.words, level=body.level
        )
    return _after(request, viewer, interview_id)


@router.post("/reviews/{review_id}/again", responses=error_responses(404, 409), tags=["Reviews"])
def ask_once_more(request: Request, viewer: ViewerDep, review_id: ReviewId, body: models.AskAgain) -> models.Reviews:
    """Ask an admin once more about a request of your own that was answered."""
    with writing(request.app.state.engine()) as db:
        interview_id = ask_again(viewer, db, str(review_id), body.words)
    return _after(request, viewer, interview_id)


@router.post("/interviews/{interview_id}/struck", responses=error_responses(404), tags=["Reviews"])
def strike_claim(
    request: Request, viewer: ViewerDep, interview_id: InterviewId, body: models.StrikeClaim
) -> models.Reviews:
    """Mark a claim as wrong, so that it is struck from what is shown, or show it again: for coaches and admins."""
    with writing(request.app.state.engine()) as db:
        claim = ClaimKey(body.skill, body.kind, body.claim)
        if body.struck:
            reviews.strike_claim(viewer, db, interview_id, claim, body.reason)
        else:
            take_back(viewer, db, interview_id, claim)
    return _after(request, viewer, interview_id)


@router.post(
    "/interviews/{interview_id}/self-ratings", status_code=201, responses=error_responses(404, 409), tags=["Reviews"]
)
def rate_oneself(
    request: Request, viewer: ViewerDep, interview_id: InterviewId, body: models.RateOneself
) -> models.Reviews:
    """Rate yourself in an interview of your own, once; without levels it is skipped."""
    with writing(request.app.state.engine()) as db:
        reviews.rate_own(viewer, db, interview_id, body.levels)
    return _after(request, viewer, interview_id)


def _after(request: Request, viewer: Viewer, interview_id: int) -> models.Reviews:
    """Answer with what stands now."""
    with reading(request.app.state.engine()) as db:
        return _reviews(reviews.view_reviews(viewer, interview_id, db))


def _reviews(view: ReviewsView | None) -> models.Reviews:
    if view is None:
        raise NotFoundError("This interview does not exist, or you do not have access.")
    return models.Reviews(
        interview_id=view.interview_id,
        reviews=[models.Review(**_fields(one)) for one in view.requests],
        struck=[
            models.Struck(
                **{name: getattr(one.key, name) for name in ("skill", "kind", "claim")},
                **{name: getattr(one, name) for name in ("reason", "struck_by", "struck_at")},
            )
            for one in view.struck
        ],
        self_ratings=None if view.self_ratings is None else models.Levels.model_validate(view.self_ratings),
    )


def _fields(request: ReviewRequest) -> dict[str, Any]:
    own = ("id", "reason", "sentence", "asked_at", "state", "waits_since")
    return {
        **asdict(request.about),
        **{name: getattr(request, name) for name in own},
        "steps": [asdict(step) | {"taken_by": step.taken_by or None} for step in request.steps],
    }
