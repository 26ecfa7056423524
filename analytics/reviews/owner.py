"""The owner of an interview that something is said about."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import NotAllowedError, Viewer, scope
from analytics.coaching.access import CoachingError, MissingError
from analytics.interviewlab.tables import interviews

LONGEST_REASON: Final = 1_000


class SettledError(CoachingError):
    """Something that was already said or answered and can no longer be changed."""


def owner_of(viewer: Viewer, db: Session | Connection, interview_id: int) -> tuple[int, datetime]:
    """Return whose interview it is and when it was made; raises `MissingError` if it may not be seen."""
    statement = sa.select(interviews.c.user_id, interviews.c.created_at).where(
        interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id)
    )
    row = db.execute(statement, dict(viewer.parameters)).first()
    if row is None:
        raise MissingError("This interview does not exist, or you do not have access.")
    return row[0], row[1]


def require_own(viewer: Viewer, db: Session | Connection, interview_id: int) -> tuple[int, datetime]:
    """Return what `owner_of` does, and raise `NotAllowedError` unless the viewer is the person interviewed."""
    user_id, created_at = owner_of(viewer, db, interview_id)
    if viewer.user_id != user_id:
        raise NotAllowedError("Only the person interviewed may do this.")
    return user_id, created_at
