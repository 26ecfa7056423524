"""Review requests, struck claims and self-ratings of an interview: read, and made about what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.blind import find_hidden
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown.reading.transcript import remembered_transcript
from analytics.breakdown.versions.shown import ShownBreakdown, shown_breakdown
from analytics.breakdown.versions.struck import keys_to_strike
from analytics.coaching.access import CoachingError, MissingError, coaches, require_coaching
from analytics.queries import interviews
from analytics.reviews import asking, requests, self_ratings, struck
from analytics.reviews.overview import read_remarks
from analytics.reviews.owner import owner_of, require_own
from analytics.reviews.requests import QueuedRequest, ReviewRequest, ReviewTarget, Step
from analytics.reviews.self_ratings import self_ratings_of
from analytics.reviews.struck import ClaimKey, StruckClaim
from analytics.skills import BY_KEY
from analytics.verdicts.verdicts import give_verdict

_POINTS: Final = {"strength": "strengths", "weakness": "weaknesses", "recommendation": "recommendations"}


@dataclass(frozen=True, slots=True)
class ReviewsView:
    """What was said about an interview: review requests, newest first, and struck claims.

    Of an interview that the viewer has to rate first neither is told: both name scores and claims.

    `own` is whether it is the viewer's own interview, `coaching` whether they may answer; struck claims are told to
    those only. `self_ratings` is None where the person was not asked, or has not answered yet.
    """

    interview_id: int
    own: bool
    coaching: bool
    requests: tuple[ReviewRequest, ...]
    struck: tuple[StruckClaim, ...]
    self_ratings: Mapping[str, int | None] | None

    def about(self, skill: str, kind: str | None = None, claim: str = "") -> tuple[ReviewRequest, ...]:
        """Return the requests about the score of a skill, or about one of its claims."""
        wanted = (skill, kind, claim)
        return tuple(one for one in self.requests if (one.about.skill, one.about.kind, one.about.claim) == wanted)


NO_REVIEWS: Final = ReviewsView(0, False, False, (), (), None)


def view_reviews(viewer: Viewer, interview_id: int, db: Session) -> ReviewsView | None:
    """Read what was said about an interview; None if it does not exist or the viewer may not see it."""
    said = read_remarks(viewer, db, interview_id)
    if said is None:
        return None
    coaching = coaches(viewer, said.user_id)
    unrated = bool(find_hidden(viewer, db, interview_ids=[interview_id]))
    asked, crossed_out = said.asked and not unrated, said.struck and coaching and not unrated
    rated = self_ratings_of(viewer, db, interview_id=interview_id) if said.rated else {}
    return ReviewsView(
        interview_id=interview_id,
        own=viewer.user_id == said.user_id,
        coaching=coaching,
        requests=requests.requests_about(viewer, db, interview_id=interview_id) if asked else (),
        struck=struck.struck_claims(db, interview_id=interview_id) if crossed_out else (),
        self_ratings=rated.get(interview_id),
    )


def view_queue(viewer: Viewer, db: Session) -> tuple[QueuedRequest, ...]:
    """List the requests that wait for this viewer's answer; raises `NotAllowedError` for interviewees."""
    if not viewer.sees_others:
        raise NotAllowedError("Requests for review are answered by coaches and admins.")
    waiting = requests.open_requests(viewer, db)
    unrated = find_hidden(viewer, db, interview_ids=[one.request.about.interview_id for one in waiting])
    return tuple(_blank(one) if one.request.about.interview_id in unrated else one for one in waiting)


def _blank(one: QueuedRequest) -> QueuedRequest:
    """Leave of a request what tells nothing of what the viewer has to rate first."""
    about = replace(one.request.about, claim="", score=None)
    return replace(one, request=replace(one.request, about=about, reason="", steps=()))


def request_review(viewer: Viewer, db: Connection, about: ReviewTarget, reason: str, *, sentence: str = "") -> str:
    """Request a review of what the viewer's interview shows, and return the request's id."""
    require_own(viewer, db, about.interview_id)
    shown = _find_shown(viewer, db, about.interview_id, about.skill)
    score = shown.feedback.skills[about.skill].score
    if about.kind is None and score is None:
        raise CoachingError("There is no score to review.")
    if about.kind is not None and not _claim(shown, about.skill, about.kind, about.claim):
        raise CoachingError("There is no such claim in what is shown.")
    if sentence and not _is_said(viewer, db, about.interview_id, sentence):
        raise CoachingError("There is no such sentence of yours in this interview. Write its id, such as S12.")
    asked = ReviewTarget(about.interview_id, about.skill, about.kind, about.claim if about.kind else "", score)
    return asking.ask_review(viewer, db, asked, reason, sentence=sentence)


def answer_request(
    viewer: Viewer, db: Connection, request_id: str, step: Step, words: str, *, level: int | None = None
) -> int:
    """Answer a request and carry the answer out (a verdict, or a struck claim); returns the interview.

    Raises as `answer_review` does.
    """
    asked = requests.find_request(viewer, db, request_id)
    if find_hidden(viewer, db, interview_ids=[asked.about.interview_id]):
        raise CoachingError("Rate the skills of this interview first; then you see what the request is about.")
    request = asking.answer_review(viewer, db, request_id, step, words, level=level)
    about = request.about
    if step is Step.VERDICT:
        # Speakers may have been changed since, and sentences are numbered anew then.
        sentence = request.sentence
        rests_on = [sentence] if sentence and _is_said(viewer, db, about.interview_id, sentence) else []
        give_verdict(viewer, db, about.interview_id, about.skill, level, reason=words, sentences=rests_on)
    if step is Step.STRUCK and about.kind is not None:
        shown = _find_shown(viewer, db, about.interview_id, about.skill)
        keys = _claim(shown, about.skill, about.kind, about.claim)
        struck.strike(viewer, db, about.interview_id, keys or (ClaimKey(about.skill, about.kind, about.claim),), words)
    return about.interview_id


def _is_said(viewer: Viewer, db: Connection, interview_id: int, sentence: str) -> bool:
    """Return whether an interview's conversation has a sentence of this id."""
    return remembered_transcript(interviews.conversation(viewer, db, interview_id)).quote(sentence) is not None


def strike_claim(viewer: Viewer, db: Connection, interview_id: int, claim: ClaimKey, reason: str) -> None:
    """Strike a shown claim, and with a weakness the advice on it; for coaches and admins."""
    user_id, _ = owner_of(viewer, db, interview_id)
    require_coaching(viewer, db, user_id)
    keys = _claim(_find_shown(viewer, db, interview_id, claim.skill), claim.skill, claim.kind, claim.claim)
    if not keys:
        raise CoachingError("There is no such claim in what is shown.")
    struck.strike(viewer, db, interview_id, keys, reason)


def rate_own(viewer: Viewer, db: Connection, interview_id: int, levels: Mapping[str, int | None]) -> None:
    """Store the viewer's self-rating of a scored interview; raises as `rate_oneself` does."""
    if not viewer.rates_self:
        raise NotAllowedError("Rating oneself is switched off here.")
    require_own(viewer, db, interview_id)
    interview = interviews.interview(viewer, db, interview_id)
    if interview is None or interview.status != "completed":
        raise CoachingError("This interview is not completed yet.")
    self_ratings.rate_oneself(viewer, db, interview_id, levels)


def _find_shown(viewer: Viewer, db: Connection, interview_id: int, skill: str) -> ShownBreakdown:
    shown = shown_breakdown(viewer, db, interview_id)
    if shown is None:
        raise MissingError("This interview does not exist, or you do not have access.")
    if skill not in BY_KEY:
        raise CoachingError("There is no such skill.")
    return shown


def _claim(shown: ShownBreakdown, skill: str, kind: str, text: str) -> tuple[ClaimKey, ...]:
    """Find a claim in what is shown, with what falls with it; nothing where there is none."""
    if shown.breakdown is not None and shown.version is not None and not shown.version.origin.is_platform:
        return keys_to_strike(shown.breakdown.skill_breakdown[skill], kind, text)
    points = getattr(shown.feedback.skills[skill], _POINTS.get(kind, ""), ())
    return (ClaimKey(skill, kind, text),) if text in points else ()
