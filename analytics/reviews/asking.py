"""Asking for a review, answering it, and asking once more."""

from __future__ import annotations

import uuid
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.access import orphans
from analytics.access.audit import record
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.coaching.access import CoachingError, clean_text, require_coaching
from analytics.coaching.limits import REVIEWS, require_room
from analytics.columns import now
from analytics.database.review_tables import review_requests, review_steps
from analytics.database.schema import stale_candidates
from analytics.database.sessions import upsert
from analytics.reviews.owner import LONGEST_REASON, SettledError, require_own
from analytics.reviews.requests import ReviewRequest, ReviewState, ReviewTarget, Step, find_request

_IDS: Final = uuid.UUID("0d9a1c1e-6a53-4d2b-8b1f-6f6f4b8f3a52")


def ask_review(viewer: Viewer, db: Connection, about: ReviewTarget, reason: str, *, sentence: str = "") -> str:
    """Request a review of the viewer's own score or claim and return the request's id.

    The same thing can be asked about once. Whether it is shown at all is the caller's to look. Raises `CoachingError`
    for what cannot be asked, and `NotAllowedError` for anybody but the person interviewed.
    """
    user_id, created_at = require_own(viewer, db, about.interview_id)
    reason = clean_text(reason, longest=LONGEST_REASON)
    if not reason:
        raise CoachingError("Say how you see it.")
    require_room(viewer, db, REVIEWS, about.interview_id)
    orphans.remove(db, about.interview_id)
    # The same thing has the same id, so that two presses are one request.
    name = (about.interview_id, created_at.isoformat(), about.skill, about.kind, about.claim, about.score)
    request_id = str(uuid.uuid5(_IDS, repr(name)))
    values = {
        "id": request_id,
        "user_id": user_id,
        "interview_id": about.interview_id,
        "skill": about.skill,
        "kind": about.kind,
        "claim": about.claim,
        "score": about.score,
        "reason": reason,
        "sentence": sentence,
        "asked_by": viewer.actor,
        "asked_at": max(now(), created_at),
    }
    insert = upsert(db, review_requests).values(values).on_conflict_do_nothing().returning(review_requests.c.id)
    if db.execute(insert).first() is None:
        raise SettledError("You have asked about this already.")
    _note_change(viewer, db, "ask_review", user_id=user_id, about=about, request=request_id)
    return request_id


def answer_review(
    viewer: Viewer, db: Connection, request_id: str, step: Step, words: str, *, level: int | None = None
) -> ReviewRequest:
    """Answer a request as a coach of the candidate or an admin; a second request is for admins, whose answer is final.

    Gives the request as it was before. Raises `CoachingError` for what is answered already or cannot be the answer.
    """
    request = find_request(viewer, db, request_id)
    require_coaching(viewer, db, request.user_id)
    if request.state is ReviewState.AGAIN and not viewer.administers:
        raise NotAllowedError("This was asked once more: an admin answers it.")
    if not request.state.is_open:
        raise SettledError("This request has been answered.")
    possible = {Step.KEPT, Step.STRUCK if request.about.kind else Step.VERDICT}
    if step not in possible:
        raise CoachingError("A score is kept or given another level; a claim is kept or marked as wrong.")
    if level is not None and not (step is Step.VERDICT and 1 <= level <= 5):
        raise CoachingError("A level is a whole number from 1 to 5, for another level of a score.")
    _append(viewer, db, request, step, words, level=level)
    return request


def ask_again(viewer: Viewer, db: Connection, request_id: str, words: str) -> int:
    """Ask an admin once more about the viewer's own answered request, and return the interview.

    Raises as `answer_review` does.
    """
    request = find_request(viewer, db, request_id)
    if viewer.user_id != request.user_id:
        raise NotAllowedError("Only the person interviewed may ask once more.")
    if request.state is not ReviewState.ANSWERED:
        raise SettledError("You can ask once more after the first answer, and only once.")
    _append(viewer, db, request, Step.AGAIN, words)
    return request.about.interview_id


def _append(
    viewer: Viewer, db: Connection, request: ReviewRequest, step: Step, words: str, *, level: int | None = None
) -> None:
    words = clean_text(words, longest=LONGEST_REASON)
    if not words:
        raise CoachingError("Say why, in a sentence.")
    values: dict[str, Any] = {
        "request_id": request.id,
        "number": len(request.steps) + 1,
        "interview_id": request.about.interview_id,
        "step": step.value,
        "level": level,
        "words": words,
        "taken_by": viewer.actor,
        "taken_at": max(now(), request.waits_since),
    }
    insert = upsert(db, review_steps).values(values).on_conflict_do_nothing().returning(review_steps.c.number)
    if db.execute(insert).first() is None:
        raise SettledError("Somebody has just answered this request. Open it again to see the answer.")
    name = "ask_review_again" if step is Step.AGAIN else "answer_review"
    _note_change(viewer, db, name, user_id=request.user_id, about=request.about, request=request.id, step=step.value)


def _note_change(
    viewer: Viewer, db: Connection, action: str, *, user_id: int, about: ReviewTarget, **detail: Any
) -> None:
    """Note a change in the trail, which never says what was written, and have the roster told."""
    detail |= {"skill": about.skill}
    record(db, viewer.actor, action, interview_id=about.interview_id, user_id=user_id, **detail)
    db.execute(sa.insert(stale_candidates).values(user_id=user_id))
