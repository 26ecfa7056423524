"""Access to coaching: the person it is about, their coaches, and admins."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import NotAllowedError, Role, Viewer, scope
from analytics.columns import bound_id
from analytics.interviewlab.tables import belongs, interviews, users
from analytics.skills import SKILL_KEYS

LONGEST_TEXT = 4_000


class CoachingError(ValueError):
    """Something that cannot be saved; the message says why and may be shown to the user."""


class MissingError(CoachingError):
    """Something that does not exist or that the viewer may not see."""


def sees(viewer: Viewer, db: Session | Connection, user_id: int) -> bool:
    """Return whether the viewer may see anything about a person."""
    statement = sa.select(users.c.id).where(users.c.id == user_id, scope(viewer.role, users.c.id))
    return db.execute(statement, dict(viewer.parameters)).first() is not None


def visible_of_person(role: Role, column: sa.Column[int], moment: sa.Column[datetime]) -> sa.ColumnElement[bool]:
    """Build the clause that selects the rows of a person, bound as `user_id`, if a viewer of this role may see them.

    A row that is older than the person is about whoever had the id before.
    """
    return sa.and_(column == bound_id("user_id"), visible_rows(role, column, moment))


def visible_rows(role: Role, column: sa.Column[int], moment: sa.Column[datetime]) -> sa.ColumnElement[bool]:
    """Build the clause that selects the rows of everybody a viewer of this role may see."""
    return sa.and_(scope(role, column), sa.exists().where(users.c.id == column, belongs(moment, users)))


def coaches(viewer: Viewer, user_id: int) -> bool:
    """Return whether a viewer who sees the person acts as a coach; nobody coaches themselves."""
    return viewer.sees_others and viewer.user_id != user_id


def require_seeing(viewer: Viewer, db: Session | Connection, user_id: int) -> None:
    """Raise `MissingError` unless the viewer may see the person."""
    if not sees(viewer, db, user_id):
        raise MissingError("This candidate does not exist, or you do not have access.")


def require_coaching(viewer: Viewer, db: Session | Connection, user_id: int) -> None:
    """Raise unless the viewer coaches the person or is an admin."""
    require_seeing(viewer, db, user_id)
    if not coaches(viewer, user_id):
        raise NotAllowedError("Only a coach of this candidate or an admin may do this.")


def require_about(
    viewer: Viewer, db: Session | Connection, user_id: int, interview_id: int | None, skill: str | None
) -> None:
    """Raise unless the interview is the person's and visible to the viewer, and the skill exists."""
    if skill is not None and skill not in SKILL_KEYS:
        raise CoachingError("There is no such skill.")
    if interview_id is not None:
        theirs = sa.select(interviews.c.id).where(interviews.c.id == interview_id, interviews.c.user_id == user_id)
        seen_by = theirs.where(scope(viewer.role, interviews.c.user_id))
        if db.execute(seen_by, dict(viewer.parameters)).first() is None:
            raise CoachingError("There is no such interview of this candidate.")


def clean_text(text: str, *, longest: int = LONGEST_TEXT) -> str:
    """Return a text as stored; raises `CoachingError` if it is too long or no database can store it."""
    text = text.strip()
    if len(text) > longest:
        raise CoachingError(f"This text is too long: {len(text):,} characters, and {longest:,} are kept.")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise CoachingError("This text holds a character that cannot be kept.")
    return text
