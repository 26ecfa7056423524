"""What is new about a candidate since the viewer last looked, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer
from analytics.candidate.skill_trends import SkillTrend
from analytics.coaching.goals import Goal
from analytics.coaching.news import (
    Kind,
    Look,
    State,
    difference,
    former_look,
    is_worth_keeping,
    look,
    read_last_reported,
)
from analytics.coaching.steps import Step, states_at
from analytics.columns import now
from analytics.queries.latest_versions import LatestVersion, latest_versions
from analytics.queries.verdicts import newest_by_others
from analytics.reviews.requests import ReviewRequest, requests_about
from analytics.reviews.requests import Step as ReviewStep
from analytics.skills import BY_KEY
from analytics.trends.labels import Trend
from analytics.views.candidate import view_trends
from analytics.views.session import SessionView, view_session


@dataclass(frozen=True, slots=True)
class NewsLine:
    """One change in words, and its interview if it has one; `brief` mentions no score and no trend."""

    kind: Kind
    text: str
    interview_id: int | None = None
    brief: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What is new since a moment, None at the first look; `to_keep` is the look to store, if it says anything new."""

    since: datetime | None
    lines: Sequence[NewsLine]
    to_keep: Look | None


@dataclass(frozen=True, slots=True)
class DigestNews:
    """What is new since the viewer was last told, by page or digest, and the state it leads to."""

    lines: Sequence[NewsLine]
    state: State


@dataclass(frozen=True, slots=True)
class _Review:
    """A request for review: whether it was asked, asked again or answered last, counting only what others did."""

    skill: str
    interview_id: int
    times: int
    last: str


@dataclass(frozen=True, slots=True)
class _Snapshot:
    interviews: Mapping[int, LatestVersion]
    steps: Mapping[str, Step]
    trends: Mapping[str, str]
    goals: Mapping[str, Goal]
    reached: tuple[str, ...]
    verdicts: Mapping[str, int]
    reviews: Mapping[str, _Review]

    @property
    def state(self) -> State:
        return State(
            versions={str(key): interview.number for key, interview in self.interviews.items()},
            steps={key: step.state.value for key, step in self.steps.items()},
            trends=self.trends,
            reached=self.reached,
            verdicts=self.verdicts,
            reviews={key: review.times for key, review in self.reviews.items()},
        )


def view_news(
    viewer: Viewer,
    user_id: int,
    db: Session,
    *,
    at: datetime | None = None,
    trends: Mapping[str, SkillTrend] | None = None,
    session: SessionView | None = None,
) -> News | None:
    """Compare a candidate with what the viewer was last shown; None if the viewer may not see the candidate.

    `trends`, over all interviews, and `session` spare reading them again where they are at hand.
    """
    session = session or view_session(viewer, user_id, db)
    if session is None:
        return None
    if trends is None:
        trends = view_trends(viewer, user_id, db) or {}
    known = _take_snapshot(viewer, session, trends, db)
    former = former_look(viewer, db, user_id)
    taken = look(former, known.state, at or now())
    return News(
        since=None if former is None else taken.base_at,
        lines=list(_lines(taken.base, taken.shown, known)),
        to_keep=taken if is_worth_keeping(former, taken) else None,
    )


def view_digest_news(viewer: Viewer, user_id: int, db: Session, *, last_at: datetime) -> DigestNews | None:
    """Compare a candidate with what the viewer was last told; None if never looked at, or not visible.

    Their own steps are compared with the last digest alone: on their page they see a step as done the moment they mark
    it. `last_at` is when that digest was made, or before the first one when they chose them.
    """
    told = read_last_reported(viewer, db, user_id)
    session = None if told is None else view_session(viewer, user_id, db)
    if told is None or session is None:
        return None
    known = _take_snapshot(viewer, session, view_trends(viewer, user_id, db) or {}, db)
    if user_id == viewer.user_id:
        told = replace(told, steps=states_at(db, list(known.steps), last_at))
    return DigestNews(list(_lines(told, known.state, known)), known.state)


def _take_snapshot(viewer: Viewer, session: SessionView, trends: Mapping[str, SkillTrend], db: Session) -> _Snapshot:
    interviews = latest_versions(viewer, db, session.user_id)
    newest = newest_by_others(viewer, db, session.user_id) if session.known.verdicts else {}
    requests = requests_about(viewer, db, user_id=session.user_id) if session.known.review_requests else ()
    return _Snapshot(
        interviews=interviews,
        steps={step.id: step for step in session.steps},
        trends={key: trend.trend.value for key, trend in trends.items()},
        goals={view.goal.skill: view.goal for view in session.goals},
        reached=tuple(view.goal.skill for view in session.goals if view.reached),
        verdicts={f"{interview_id}:{skill}": number for (interview_id, skill), number in newest.items()},
        reviews={one.id: review for one in requests if (review := _review(viewer, one))},
    )


def _review(viewer: Viewer, request: ReviewRequest) -> _Review | None:
    """Count what others did about a request; None where that is nothing."""
    done = [(request.asked_by, "Request for review")]
    for step in request.steps:
        again = step.step is ReviewStep.AGAIN
        # Who answered is not told to an interviewee, and it was never themselves.
        done.append((request.asked_by if again else step.taken_by, "Asked once more" if again else "Review answered"))
    by_others = [what for who, what in done if who != viewer.actor]
    about = request.about
    return _Review(about.skill, about.interview_id, len(by_others), by_others[-1]) if by_others else None


def _lines(before: State, after: State, known: _Snapshot) -> Iterator[NewsLine]:
    for change in difference(before, after):
        if change.kind is Kind.STEP:
            step = known.steps[change.key]
            said = f" “{step.word}”" if step.word else ""
            text = f"Step done: {step.text}{'' if step.text[-1] in '.!?' else '.'}{said}"
            yield NewsLine(change.kind, text, brief=text)
        elif change.kind is Kind.GOAL:
            label = BY_KEY[change.key].label.lower()
            text = f"Goal reached: {label} above {known.goals[change.key].target:.2f}."
            yield NewsLine(change.kind, text, brief=f"Goal reached: {label}.")
        elif change.kind is Kind.TREND:
            yield _trend(change.key, after.trends[change.key])
        elif change.kind is Kind.VERDICT:
            interview_id, skill = change.key.split(":")
            yield _about(change.kind, "New verdict", skill, int(interview_id), known)
        elif change.kind is Kind.REVIEW:
            review = known.reviews[change.key]
            yield _about(change.kind, review.last, review.skill, review.interview_id, known)
        else:
            title, number, *_ = known.interviews[int(change.key)]
            new = (
                f"New interview: {title}"
                if change.kind is Kind.INTERVIEW
                else f"New breakdown: {title}, version {number}"
            )
            yield NewsLine(change.kind, new, int(change.key), new)


def _about(kind: Kind, what: str, skill: str, interview_id: int, known: _Snapshot) -> NewsLine:
    interview = known.interviews.get(interview_id)
    text = f"{what}: {BY_KEY[skill].label.lower()}" + (f", {interview.title}" if interview else "")
    return NewsLine(kind, text, interview_id, text)


def _trend(skill: str, trend: str) -> NewsLine:
    label = BY_KEY[skill].label
    if trend == Trend.NOT_ENOUGH_EVIDENCE:
        text = f"{label}: the trend is no longer clear."
        return NewsLine(Kind.TREND, text, brief=text)
    return NewsLine(Kind.TREND, f"{label}: a clear trend now, {trend}.", brief=f"{label}: a clear trend now.")
