"""The routes of coaching: what is shared with a person, read and written by the same rules as on the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from analytics.api import coaching_models as models
from analytics.api.dependencies import AnalyticsDep, CandidateDep, ReadDep, SessionDep, ViewerDep, ViewerFirst
from analytics.api.errors import error_responses
from analytics.coaching.access import CoachingError, require_about, require_seeing
from analytics.coaching.goals import set_goal
from analytics.coaching.notes import Note, Visibility, rewrite_note, write_note
from analytics.coaching.steps import Step, agree_step, mark_step
from analytics.database.sessions import writing
from analytics.skills import SkillKey
from analytics.views.notes import note_in_interview, view_found_notes
from analytics.views.session import SessionView

router = APIRouter(route_class=ViewerFirst, responses=error_responses(401, 403, 422, 429, 500, 503))
_PATH = "/interviews/analytics/coaching"


@router.get("/notes", tags=["Coaching"])
def found_notes(
    viewer: ViewerDep,
    db: ReadDep,
    search: Annotated[str, Query(min_length=1, max_length=100, description="Words of a note, or of what it is about.")],
    size: Annotated[int, Query(ge=1, le=100, description="At most so many, the latest.")] = 20,
) -> models.FoundNotes:
    """Search the shared notes about everybody you may see; notes that are not shared are never found here."""
    found = view_found_notes(viewer, search, db)
    notes = [
        models.FoundNote(**_note(one.note), user_id=one.note.user_id, candidate=one.candidate) for one in found[:size]
    ]
    return models.FoundNotes(total=len(found), notes=notes)


@router.get(_PATH, responses=error_responses(404), tags=["One person"])
def coaching(analytics: AnalyticsDep, db: ReadDep, user_id: CandidateDep) -> models.Coaching:
    """Return the shared notes, the next steps and the goals of a person."""
    return _as_coaching(analytics.get_coaching(user_id, db))


@router.post(_PATH + "/notes", status_code=201, responses=error_responses(404), tags=["Coaching"])
def write_shared_note(
    request: Request,
    viewer: ViewerDep,
    analytics: AnalyticsDep,
    db: SessionDep,
    user_id: CandidateDep,
    *,
    note: models.NewNote,
) -> models.SharedNote:
    """Write a note that the person and their coaches may read; notes for fewer people are written on the page."""
    part = note.model_dump(include={"message", "submission", "line"}, exclude_none=True)
    with writing(request.app.state.engine()) as connection:
        require_seeing(viewer, connection, user_id)
        require_about(viewer, connection, user_id, note.interview_id, note.skill)
        if part and note.interview_id is not None:
            about: dict[str, Any] = {"skill": note.skill, **part}
            note_id = note_in_interview(viewer, connection, note.interview_id, Visibility.SHARED, note.text, **about)
        elif part:
            raise CoachingError("Name the interview that the message or the line is of.")
        else:
            about = {"interview_id": note.interview_id, "skill": note.skill}
            note_id = write_note(viewer, connection, user_id, Visibility.SHARED, note.text, **about)
    return next(one for one in _as_coaching(analytics.get_coaching(user_id, db)).notes if one.id == note_id)


@router.patch(_PATH + "/notes/{note_id}", responses=error_responses(404), tags=["Coaching"])
def rewrite_shared_note(
    request: Request,
    viewer: ViewerDep,
    analytics: AnalyticsDep,
    db: SessionDep,
    note_id: UUID,
    *,
    note: models.NoteText,
) -> models.SharedNote:
    """Rewrite a shared note of your own; its former wordings stay in its history."""
    if not note.text.strip():
        raise CoachingError("Write something first.")
    with writing(request.app.state.engine()) as connection:
        user_id = rewrite_note(viewer, connection, str(note_id), note.text, shared=True)
    return next(one for one in _as_coaching(analytics.get_coaching(user_id, db)).notes if one.id == str(note_id))


@router.delete(_PATH + "/notes/{note_id}", status_code=204, responses=error_responses(404), tags=["Coaching"])
def take_back_shared_note(request: Request, viewer: ViewerDep, note_id: UUID) -> None:
    """Take back a shared note of your own."""
    with writing(request.app.state.engine()) as connection:
        rewrite_note(viewer, connection, str(note_id), "", shared=True)


@router.post(_PATH + "/steps", status_code=201, responses=error_responses(404), tags=["Coaching"])
def agree_next_step(
    request: Request,
    viewer: ViewerDep,
    analytics: AnalyticsDep,
    db: SessionDep,
    user_id: CandidateDep,
    *,
    step: models.NewStep,
) -> models.NextStep:
    """Write down a step that was agreed with a person: for their coaches and admins."""
    with writing(request.app.state.engine()) as connection:
        step_id = agree_step(viewer, connection, user_id, step.text, **step.model_dump(exclude={"text"}))
    return next(one for one in _as_coaching(analytics.get_coaching(user_id, db)).steps if one.id == step_id)


@router.patch(_PATH + "/steps/{step_id}", responses=error_responses(404), tags=["Coaching"])
def mark_next_step(
    request: Request,
    viewer: ViewerDep,
    analytics: AnalyticsDep,
    db: SessionDep,
    step_id: UUID,
    *,
    mark: models.StepMark,
) -> models.NextStep:
    """Record what became of a step: for the person, and for whoever may see them."""
    with writing(request.app.state.engine()) as connection:
        user_id = mark_step(viewer, connection, str(step_id), mark.state, mark.word)
    return next(one for one in _as_coaching(analytics.get_coaching(user_id, db)).steps if one.id == str(step_id))


@router.post(_PATH + "/goals", status_code=201, responses=error_responses(404), tags=["Coaching"])
def set_skill_goal(
    request: Request,
    viewer: ViewerDep,
    analytics: AnalyticsDep,
    db: SessionDep,
    user_id: CandidateDep,
    *,
    goal: models.NewGoal,
) -> models.SkillGoal:
    """Set the goal of a skill in place of the former one: for coaches of the person and admins."""
    with writing(request.app.state.engine()) as connection:
        set_goal(viewer, connection, user_id, goal.skill, goal.target, due_on=goal.due_on, why=goal.why)
    return next(one for one in _as_coaching(analytics.get_coaching(user_id, db)).goals if one.skill == goal.skill)


@router.delete(_PATH + "/goals/{skill}", status_code=204, responses=error_responses(404), tags=["Coaching"])
def remove_skill_goal(request: Request, viewer: ViewerDep, user_id: CandidateDep, skill: SkillKey) -> None:
    """Take the goal of a skill away; a skill that has none stays so."""
    with writing(request.app.state.engine()) as connection:
        set_goal(viewer, connection, user_id, skill, None)


def _as_coaching(view: SessionView) -> models.Coaching:
    return models.Coaching(
        notes=[models.SharedNote(**_note(note)) for note in view.notes],
        steps=[models.NextStep(**asdict(step), outcome=_outcome(view, step)) for step in view.steps],
        goals=[
            models.SkillGoal(**asdict(one.goal), current=one.current, reached=one.reached, forecast=one.forecast)
            for one in view.goals
        ],
    )


def _outcome(view: SessionView, step: Step) -> models.StepOutcome | None:
    outcome = view.outcome_of(step)
    return None if outcome is None else models.StepOutcome(**asdict(outcome))


def _note(note: Note) -> dict[str, Any]:
    return {name: getattr(note, name) for name in ("id", "text", "skill", "interview_id", "written_by")} | {
        "quote": None if note.place is None else note.place.quote,
        "line": None if note.place is None else note.place.line,
        "written_at": note.history[0].written_at,
        "changed_at": note.history[-1].written_at,
    }
