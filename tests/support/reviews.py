"""Saying something about scores and claims in the small world."""

from __future__ import annotations

from analytics.database.sessions import reading, writing
from analytics.reviews.requests import ReviewTarget, Step
from analytics.reviews.struck import ClaimKey
from analytics.views.reviews import ReviewsView, answer_request, request_review, strike_claim, view_reviews
from tests.support.world import World

WRONG = ClaimKey("technical", "weakness", "weaknesses about marzipan")


def ask(
    world: World, skill: str = "technical", *, who: str = "interviewee", interview: int = 101, reason: str = ""
) -> str:
    """Let somebody ask for a review of a score; the request's id."""
    with writing(world.database.engine) as db:
        about = ReviewTarget(interview, skill)
        return request_review(world.viewer(who), db, about, reason or "I did say why")


def answer(
    world: World, request_id: str, step: Step = Step.KEPT, *, who: str = "coach", level: int | None = None
) -> None:
    with writing(world.database.engine) as db:
        answer_request(world.viewer(who), db, request_id, step, f"Said by the {who}", level=level)


def strike(world: World, claim: ClaimKey = WRONG, *, who: str = "coach", interview: int = 101) -> None:
    with writing(world.database.engine) as db:
        strike_claim(world.viewer(who), db, interview, claim, "It was not so")


def seen(world: World, who: str = "interviewee", interview: int = 101) -> ReviewsView:
    with reading(world.database.engine) as db:
        view = view_reviews(world.viewer(who), interview, db)
    assert view is not None
    return view
