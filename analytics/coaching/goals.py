"""Goals: the level a person is to reach in a skill, by when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.viewer import Role, Viewer
from analytics.coaching.access import CoachingError, clean_text, require_about, require_coaching, visible_of_person
from analytics.coaching.limits import GOALS, require_room
from analytics.database.coaching_tables import goals
from analytics.interviewlab.tables import moment_for

LONGEST_WHY = 500


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal of a skill; `target` is a score between 0 and 1."""

    skill: str
    target: float
    due_on: date | None
    why: str
    set_by: str
    set_at: datetime


def set_goal(
    viewer: Viewer,
    db: Connection,
    user_id: int,
    skill: str,
    target: float | None,
    *,
    due_on: date | None = None,
    why: str = "",
) -> None:
    """Set the goal of a skill in place of the former one; None removes it. For the person's coaches and admins."""
    require_coaching(viewer, db, user_id)
    require_about(viewer, db, user_id, None, skill)
    if target is not None and not 0 < target < 1:
        raise CoachingError("A goal is a score above 0 and below 1: it is reached by a level above it.")
    if target is not None:
        require_room(viewer, db, GOALS, user_id)
    elif skill not in goals_of(viewer, db, user_id):
        return
    values = {"user_id": user_id, "skill": skill, "target": target, "due_on": due_on}
    why = clean_text(why, longest=LONGEST_WHY)
    db.execute(
        sa.insert(goals).values(values | {"why": why, "set_by": viewer.actor, "set_at": moment_for(db, user_id)})
    )
    record(db, viewer.actor, "set_goal", user_id=user_id, skill=skill, target=target)


@lru_cache
def _goals_of(role: Role) -> sa.Select[*tuple[Any, ...]]:
    names = ("skill", "target", "due_on", "why", "set_by", "set_at")
    theirs = visible_of_person(role, goals.c.user_id, goals.c.set_at)
    return sa.select(*(goals.c[name] for name in names)).where(theirs).order_by(goals.c.id)


def goals_of(viewer: Viewer, db: Session | Connection, user_id: int) -> dict[str, Goal]:
    """Return a person's goals by skill; empty if the viewer may not see the person."""
    rows = db.execute(_goals_of(viewer.role), {"user_id": user_id, **viewer.parameters}).mappings()
    latest = {row["skill"]: Goal(**row) for row in rows}
    return {skill: goal for skill, goal in latest.items() if goal.target is not None}


def is_reached(goal: Goal, current: float | None, error: float | None) -> bool:
    """Return whether even the lower end of the current level's 95% interval is above the goal."""
    return current is not None and error is not None and current - error > goal.target
