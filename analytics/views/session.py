"""A coaching session: notes, agreed steps, and goals with their current level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session as Database

from analytics import cohort
from analytics.access.viewer import Viewer
from analytics.candidate.forecast import CANNOT_TELL, forecast_sentence
from analytics.candidate.skill_trends import SkillTrend
from analytics.candidate.step_outcome import StepOutcome, step_outcome
from analytics.coaching.access import coaches
from analytics.coaching.goals import Goal, goals_of, is_reached
from analytics.coaching.notes import Note, latest_notes, notes_about
from analytics.coaching.steps import Step, steps_of
from analytics.columns import now
from analytics.queries import candidates
from analytics.queries.candidates import Known
from analytics.queries.tags import tags_of
from analytics.skills import SKILL_KEYS
from analytics.views.candidate import CandidateView, view_trends


@dataclass(frozen=True, slots=True)
class GoalView:
    """A goal and the current level of its skill (None if it cannot be told).

    `reached` only where the lower end of the level's interval is above the goal; `forecast` says when it may be, empty
    where it is.
    """

    goal: Goal
    current: float | None
    reached: bool
    forecast: str = ""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A person's notes and steps (newest first) and goals (in the order of the skills).

    `notes` may be the newest only; `note_count` counts them all. `coaching` is whether the viewer may agree steps and
    set goals. `outcome_of` works out how the skill of a step stood before and since, None for one about no skill: when
    it is asked for, as a page shows few of many steps.
    """

    known: Known
    coaching: bool
    notes: Sequence[Note]
    note_count: int
    steps: Sequence[Step]
    goals: Sequence[GoalView]
    outcome_of: Callable[[Step], StepOutcome | None]

    @property
    def user_id(self) -> int:
        """Return the id of the person."""
        return self.known.candidate.user_id


def view_session(
    viewer: Viewer,
    user_id: int,
    db: Database,
    *,
    private: bool = False,
    most_notes: int | None = None,
    candidate: CandidateView | None = None,
) -> SessionView | None:
    """Read a session; None if the person does not exist or the viewer may not see them.

    Notes that are not shared are read only with `private`, all of them unless `most_notes` says how many. What the
    viewer was just shown of the `candidate` is not read again.
    """
    known = candidate.known if candidate else candidates.known_candidate(viewer, db, user_id)
    if known is None:
        return None
    goals = goals_of(viewer, db, user_id) if known.goals else {}
    steps = steps_of(viewer, db, user_id) if known.steps else []
    # Coaching is about all interviews, whatever is filtered.
    whole = candidate if candidate and not candidate.is_filtered else None
    trends: Mapping[str, SkillTrend]
    if whole:
        trends = whole.trends
    else:
        needed = goals or any(step.skill for step in steps)
        trends = (view_trends(viewer, user_id, db) or {}) if needed else {}
    notes, note_count = _notes(viewer, user_id, db, private=private, most=most_notes) if known.notes else ([], 0)
    return SessionView(
        known=known,
        coaching=coaches(viewer, user_id),
        notes=notes,
        note_count=note_count,
        steps=steps,
        goals=[_goal(goals[key], trends.get(key)) for key in SKILL_KEYS if key in goals],
        outcome_of=_outcome_of(viewer, user_id, db, steps=steps, trends=trends, whole=whole),
    )


def _notes(
    viewer: Viewer, user_id: int, db: Database, *, private: bool, most: int | None
) -> tuple[Sequence[Note], int]:
    if most is not None:
        return latest_notes(viewer, db, user_id, most, private=private)
    notes = notes_about(viewer, db, user_id, private=private)
    return notes, len(notes)


def _outcome_of(
    viewer: Viewer,
    user_id: int,
    db: Database,
    *,
    steps: Sequence[Step],
    trends: Mapping[str, SkillTrend],
    whole: CandidateView | None,
) -> Callable[[Step], StepOutcome | None]:
    if not any(step.skill in trends for step in steps):
        return _no_outcome
    history = whole.history if whole else candidates.skill_history(viewer, db, user_id) or []
    tags = tags_of(viewer, db, user_id) if any(step.kind for step in steps) else {}
    everybody = whole.everybody if whole else cohort.load(db)
    return partial(step_outcome, trends=trends, history=history, tags=tags, cohort=everybody)


def _no_outcome(_step: Step) -> None:
    return None


def _goal(goal: Goal, trend: SkillTrend | None) -> GoalView:
    if trend is None:
        return GoalView(goal, None, reached=False, forecast=CANNOT_TELL)
    reached = is_reached(goal, trend.current, trend.current_error)
    forecast = "" if reached else forecast_sentence(trend, goal.target, now().date())
    return GoalView(goal, trend.current, reached, forecast)
