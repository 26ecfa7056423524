"""Review requests: what somebody sees differently, what became of it, and who has to answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.blind import find_hidden
from analytics.access.viewer import Viewer, is_private, scope
from analytics.coaching.access import MissingError, coaches
from analytics.database.review_tables import review_requests, review_steps
from analytics.database.schema import AWAY
from analytics.interviewlab.feedback import Reason
from analytics.interviewlab.tables import belongs, display_name, interviews, users

MOST_LISTED: Final = 50


class ReviewState(StrEnum):
    """The state of a request: whose turn it is, or that it is settled."""

    OPEN = "open"
    ANSWERED = "answered"
    AGAIN = "again"
    FINAL = "final"

    @property
    def is_open(self) -> bool:
        """Return whether the request needs an answer."""
        return self in {ReviewState.OPEN, ReviewState.AGAIN}


class Step(StrEnum):
    """A step of a request: kept as it is, another level, the claim struck; or asked once more."""

    KEPT = "kept"
    VERDICT = "verdict"
    STRUCK = "struck"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class ReviewTarget:
    """The subject of a request: the score of a skill, or with `kind` a claim; both as shown then."""

    interview_id: int
    skill: str
    kind: str | None = None
    claim: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """One step in a request; `level` is a verdict's, None for *not assessed*."""

    step: Step
    level: int | None
    words: str
    taken_by: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """A request with its steps.

    `sentence` is the id of what the person said that speaks for them, or empty. Who answered is told to coaches and
    admins only, and not of their own requests: `taken_by` is empty otherwise.
    """

    id: str
    user_id: int
    about: ReviewTarget
    reason: str
    sentence: str
    asked_by: str
    asked_at: datetime
    state: ReviewState
    steps: tuple[ReviewStep, ...] = ()

    @property
    def waits_since(self) -> datetime:
        """Return since when the request is in this state."""
        return self.steps[-1].taken_at if self.steps else self.asked_at

    @property
    def answer(self) -> ReviewStep | None:
        """Return the last answer; None without any."""
        return next((step for step in reversed(self.steps) if step.step is not Step.AGAIN), None)


@dataclass(frozen=True, slots=True)
class QueuedRequest:
    """A request that waits for an answer, with its person and interview."""

    request: ReviewRequest
    candidate: str
    interview_title: str


def requests_about(
    viewer: Viewer, db: Session | Connection, *, interview_id: int | None = None, user_id: int | None = None
) -> tuple[ReviewRequest, ...]:
    """List the requests about an interview or a person, newest first; empty if they may not be seen."""
    column = interviews.c.id if user_id is None else interviews.c.user_id
    condition = column == (interview_id if user_id is None else user_id)
    return tuple(queued.request for queued in _read(viewer, db, condition))


def find_request(viewer: Viewer, db: Session | Connection, request_id: str) -> ReviewRequest:
    """Find a request through its interview; raises `MissingError` if that may not be seen."""
    for queued in _read(viewer, db, review_requests.c.id == request_id):
        return queued.request
    raise MissingError("This request does not exist, or you do not have access.")


def open_requests(viewer: Viewer, db: Session) -> tuple[QueuedRequest, ...]:
    """List the requests that wait for this viewer's answer, longest waiting first, at most `MOST_LISTED`.

    A coach answers what was asked the first time, an admin everything; nobody what they asked themselves.
    """
    waiting = _is_waiting() if viewer.administers else ~sa.exists().where(_of_request)
    others = review_requests.c.user_id != (viewer.user_id or -1)
    listed = _read(viewer, db, sa.and_(waiting, others), most=MOST_LISTED)
    return tuple(sorted(listed, key=lambda queued: queued.request.waits_since))


def waiting_since(db: Session | Connection, user_ids: Iterable[int]) -> dict[int, tuple[datetime, str]]:
    """Return, for each of these candidates, since when the oldest open request waits, and its skill."""
    statement = (
        sa.select(review_requests.c.user_id, review_requests.c.asked_at, review_requests.c.skill)
        .join(interviews, interviews.c.id == review_requests.c.interview_id)
        .where(_is_waiting(), belongs(review_requests.c.asked_at), ~is_private(interviews.c.id))
        .order_by(review_requests.c.asked_at.desc())
    )
    wanted = set(user_ids)
    return {row[0]: (row[1], row[2]) for row in db.execute(statement) if row[0] in wanted}


_of_request: Final = review_steps.c.request_id == review_requests.c.id


def _is_waiting() -> sa.ColumnElement[bool]:
    later = review_steps.alias()
    newer = sa.exists().where(later.c.request_id == review_steps.c.request_id, later.c.number > review_steps.c.number)
    last = sa.exists().where(_of_request, review_steps.c.step != Step.AGAIN, ~newer)
    return ~last


def _read(
    viewer: Viewer, db: Session | Connection, condition: sa.ColumnElement[bool], *, most: int | None = None
) -> list[QueuedRequest]:
    statement = (
        sa.select(review_requests, display_name.label("candidate"), interviews.c.title)
        .join(interviews, interviews.c.id == review_requests.c.interview_id)
        .join(users, users.c.id == interviews.c.user_id)
        .where(condition, belongs(review_requests.c.asked_at), scope(viewer.role, interviews.c.user_id))
        .order_by(review_requests.c.asked_at.desc() if most is None else review_requests.c.asked_at)
        .limit(most)
    )
    rows = db.execute(statement, dict(viewer.parameters)).mappings().all()
    if not rows:
        return []
    taken: dict[str, list[ReviewStep]] = {}
    ids = [row["id"] for row in rows]
    coached = {row["id"] for row in rows if coaches(viewer, row["user_id"])}
    steps = sa.select(review_steps).where(review_steps.c.request_id.in_(ids)).order_by(review_steps.c.number)
    for step in db.execute(steps).mappings():
        taken.setdefault(step["request_id"], []).append(
            ReviewStep(
                step=Step(step["step"]),
                level=step["level"],
                words=step["words"],
                taken_by=step["taken_by"] if step["request_id"] in coached else "",
                taken_at=step["taken_at"],
            )
        )
    unrated = find_hidden(viewer, db, interview_ids=[row["interview_id"] for row in rows])
    listed = [
        QueuedRequest(_request(row, tuple(taken.get(row["id"], ()))), row["candidate"], row["title"]) for row in rows
    ]
    return [_hide_score(one) if one.request.about.interview_id in unrated else one for one in listed]


def _hide_score(queued: QueuedRequest) -> QueuedRequest:
    """Return a request without the score or the claim it is about, and without words that may repeat them."""
    request = queued.request
    about = replace(request.about, claim="", score=None)
    steps = tuple(replace(step, level=None, words="") for step in request.steps)
    return replace(queued, request=replace(request, about=about, reason=Reason.UNRATED.sentence, steps=steps))


def _request(row: sa.RowMapping, steps: tuple[ReviewStep, ...]) -> ReviewRequest:
    about = ReviewTarget(**{name: row[name] for name in ("interview_id", "skill", "kind", "claim", "score")})
    names = ("id", "user_id", "reason", "sentence", "asked_by", "asked_at")
    named = {name: row[name] for name in names}
    if row["sentence"].startswith(AWAY):
        named["sentence"] = ""
    return ReviewRequest(about=about, state=_state(steps), steps=steps, **named)


def _state(steps: tuple[ReviewStep, ...]) -> ReviewState:
    if not steps:
        return ReviewState.OPEN
    if steps[-1].step is Step.AGAIN:
        return ReviewState.AGAIN
    return ReviewState.ANSWERED if len(steps) == 1 else ReviewState.FINAL
