"""Next steps: what was agreed, by when, who does it, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.viewer import Role, Viewer
from analytics.coaching.access import (
    CoachingError,
    MissingError,
    clean_text,
    require_about,
    require_coaching,
    sees,
    visible_of_person,
)
from analytics.coaching.limits import MARKS, STEPS, require_room
from analytics.database.coaching_tables import next_steps, step_changes
from analytics.interviewlab.tables import moment_for

LONGEST_STEP = 500
# As long as the kind of an interview.
LONGEST_STEP_KIND = 40


class Doer(StrEnum):
    """Who does a step."""

    CANDIDATE = "candidate"
    COACH = "coach"


class StepState(StrEnum):
    """What became of a step."""

    OPEN = "open"
    TRIED = "tried"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Step:
    """A step with its latest mark; `word` is empty without a comment."""

    id: str
    user_id: int
    skill: str | None
    text: str
    due_on: date | None
    doer: Doer
    agreed_by: str
    agreed_at: datetime
    kind: str | None = None
    state: StepState = StepState.OPEN
    word: str = ""
    changed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Return whether the step is still to be done."""
        return self.state in {StepState.OPEN, StepState.TRIED}


def agree_step(
    viewer: Viewer,
    db: Connection,
    user_id: int,
    text: str,
    *,
    doer: Doer = Doer.CANDIDATE,
    due_on: date | None = None,
    skill: str | None = None,
    kind: str | None = None,
) -> str:
    """Record a step agreed with a person and return its id; for the person's coaches and admins.

    With a kind only interviews of that kind tell what came of it.
    """
    require_coaching(viewer, db, user_id)
    require_about(viewer, db, user_id, None, skill)
    text = clean_text(text, longest=LONGEST_STEP)
    if not text:
        raise CoachingError("Write down what was agreed.")
    require_room(viewer, db, STEPS, user_id)
    step_id = str(uuid4())
    kind = clean_text(kind or "", longest=LONGEST_STEP_KIND) or None
    values = {"id": step_id, "user_id": user_id, "skill": skill, "text": text, "due_on": due_on, "doer": doer.value}
    agreed = {"kind": kind, "agreed_by": viewer.actor, "agreed_at": moment_for(db, user_id)}
    db.execute(sa.insert(next_steps).values(values | agreed))
    record(db, viewer.actor, "agree_step", user_id=user_id, step=step_id)
    return step_id


def mark_step(viewer: Viewer, db: Connection, step_id: str, state: StepState, word: str = "") -> int:
    """Record what became of a step, with a comment; for the person and whoever may see them.

    Returns the id of the person.
    """
    user_id = db.execute(sa.select(next_steps.c.user_id).where(next_steps.c.id == step_id)).scalar()
    if user_id is None or not sees(viewer, db, user_id):
        raise MissingError("There is no such step.")
    require_room(viewer, db, MARKS, user_id)
    values = {
        "step_id": step_id,
        "user_id": user_id,
        "state": state.value,
        "word": clean_text(word, longest=LONGEST_STEP),
        "changed_by": viewer.actor,
        "changed_at": moment_for(db, user_id),
    }
    db.execute(sa.insert(step_changes).values(values))
    record(db, viewer.actor, "mark_step", user_id=user_id, step=step_id, state=state.value)
    return int(user_id)


@lru_cache
def _steps_of(role: Role) -> sa.Select[*tuple[Any, ...]]:
    other = step_changes.alias()
    newest = sa.select(sa.func.max(other.c.id)).where(other.c.step_id == next_steps.c.id).scalar_subquery()
    return (
        sa.select(next_steps, *(step_changes.c[name] for name in ("state", "word", "changed_at")))
        .outerjoin_from(next_steps, step_changes, step_changes.c.id == newest)
        .where(visible_of_person(role, next_steps.c.user_id, next_steps.c.agreed_at))
        .order_by(next_steps.c.agreed_at.desc(), next_steps.c.id)
    )


def steps_of(viewer: Viewer, db: Session, user_id: int) -> list[Step]:
    """List a person's steps, newest first; empty if the viewer may not see the person."""
    rows = db.execute(_steps_of(viewer.role), {"user_id": user_id, **viewer.parameters}).all()
    return [_step(row) for row in rows]


def states_at(db: Session, step_ids: Sequence[str], moment: datetime) -> dict[str, str]:
    """Return the states that these steps had at a moment; those that nobody had marked yet are missing."""
    changes = step_changes.c
    marked = sa.select(changes.step_id, changes.state).where(
        changes.step_id.in_(step_ids), changes.changed_at <= moment
    )
    rows = db.execute(marked.order_by(changes.id)).all() if step_ids else []
    # The last one of each counts.
    return dict(rows)


def _step(row: Sequence[Any]) -> Step:
    step_id, user_id, skill, text, due_on, doer, agreed_by, agreed_at, kind, state, word, changed_at = row
    return Step(
        id=step_id,
        user_id=user_id,
        skill=skill,
        text=text,
        due_on=due_on,
        doer=Doer(doer),
        agreed_by=agreed_by,
        agreed_at=agreed_at,
        kind=kind,
        state=StepState(state or StepState.OPEN),
        word=word or "",
        changed_at=changed_at,
    )
