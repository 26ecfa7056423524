"""What is new about a candidate since the viewer last looked, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer
from analytics.candidate.skill_trends import SkillTrend
from analytics.coaching.goals import Goal
from analytics.coaching.news import Kind, Look, State, difference, former_look, is_worth_keeping, look
from analytics.coaching.steps import Step
from analytics.columns import now
from analytics.queries.latest_versions import latest_versions
from analytics.skills import BY_KEY
from analytics.trends.labels import Trend
from analytics.views.candidate import view_trends
from analytics.views.session import SessionView, view_session


@dataclass(frozen=True, slots=True)
class NewsLine:
    """One change in words, and the interview it is about, where it is about one."""

    kind: Kind
    text: str
    interview_id: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What is new since a moment, None at the first look; `to_keep` is the look to be kept, if it says anything new."""

    since: datetime | None
    lines: Sequence[NewsLine]
    to_keep: Look | None


@dataclass(frozen=True, slots=True)
class _Snapshot:
    interviews: Mapping[int, tuple[str, int]]
    steps: Mapping[str, Step]
    trends: Mapping[str, str]
    goals: Mapping[str, Goal]
    reached: tuple[str, ...]

    @property
    def state(self) -> State:
        return State(
            versions={str(key): number for key, (_, number) in self.interviews.items()},
            steps={key: step.state.value for key, step in self.steps.items()},
            trends=self.trends,
            reached=self.reached,
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
    """Compare a candidate with what the viewer was shown last; None for one whom the viewer may not see.

    `trends`, over all interviews, and `session` spare reading them again where they are at hand.
    """
    session = session or view_session(viewer, user_id, db)
    if session is None:
        return None
    if trends is None:
        trends = view_trends(viewer, user_id, db) or {}
    known = _known(viewer, session, trends, db)
    former = former_look(viewer, db, user_id)
    taken = look(former, known.state, at or now())
    return News(
        since=None if former is None else taken.base_at,
        lines=list(_lines(taken.base, taken.shown, known)),
        to_keep=taken if is_worth_keeping(former, taken) else None,
    )


def _known(viewer: Viewer, session: SessionView, trends: Mapping[str, SkillTrend], db: Session) -> _Snapshot:
    return _Snapshot(
        interviews=latest_versions(viewer, db, session.user_id),
        steps={step.id: step for step in session.steps},
        trends={key: trend.trend.value for key, trend in trends.items()},
        goals={view.goal.skill: view.goal for view in session.goals},
        reached=tuple(view.goal.skill for view in session.goals if view.reached),
    )


def _lines(before: State, after: State, known: _Snapshot) -> Iterator[NewsLine]:
    for change in difference(before, after):
        if change.kind is Kind.STEP:
            step = known.steps[change.key]
            said = f" “{step.word}”" if step.word else ""
            yield NewsLine(
                change.kind,
                f"Step done: {step.text}.{said}" if step.text[-1] not in ".!?" else f"Step done: {step.text}{said}",
            )
        elif change.kind is Kind.GOAL:
            label = BY_KEY[change.key].label.lower()
            yield NewsLine(change.kind, f"Goal reached: {label} above {known.goals[change.key].target:.2f}.")
        elif change.kind is Kind.TREND:
            yield NewsLine(change.kind, _trend(change.key, after.trends[change.key]))
        else:
            title, number = known.interviews[int(change.key)]
            new = (
                f"New interview: {title}"
                if change.kind is Kind.INTERVIEW
                else f"New breakdown: {title}, version {number}"
            )
            yield NewsLine(change.kind, new, int(change.key))


def _trend(skill: str, trend: str) -> str:
    label = BY_KEY[skill].label
    if trend == Trend.NOT_ENOUGH_EVIDENCE:
        return f"{label}: the trend is no longer clear."
    return f"{label}: a clear trend now, {trend}."
