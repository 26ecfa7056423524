"""Who may give verdicts: coaches of the candidate and admins, never about themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import NotAllowedError, Viewer, scope
from analytics.coaching.access import CoachingError, coaches
from analytics.columns import bound_id
from analytics.interviewlab.tables import interviews, users


class JudgedInterview(NamedTuple):
    """The interview of a verdict."""

    interview_id: int
    user_id: int
    email: str
    status: str
    created_at: datetime


def select_interview(viewer: Viewer) -> sa.Select[*tuple[Any, ...]]:
    """Build the statement that finds an interview (`interview_id`) for a viewer, as a `JudgedInterview`."""
    columns = (interviews.c.id, users.c.id, users.c.email, interviews.c.status, interviews.c.created_at)
    return (
        sa.select(*columns)
        .select_from(interviews)
        .join(users, users.c.id == interviews.c.user_id)
        .where(interviews.c.id == bound_id("interview_id"), scope(viewer.role, interviews.c.user_id))
    )


def find(viewer: Viewer, db: Session | Connection, interview_id: int) -> JudgedInterview | None:
    """Find an interview; None if it does not exist or the viewer may not see it."""
    row = db.execute(select_interview(viewer), {"interview_id": interview_id, **viewer.parameters}).first()
    return None if row is None else JudgedInterview(*row)


def may_judge(viewer: Viewer, interview: JudgedInterview) -> bool:
    """Return whether a viewer who sees the interview may judge it; accounts with the same e-mail are one person."""
    own = bool(viewer.email) and interview.email.strip().casefold() == viewer.email.casefold()
    return coaches(viewer, interview.user_id) and not own


def require_judging(viewer: Viewer, db: Session | Connection, interview_id: int) -> JudgedInterview:
    """Raise unless the viewer may judge this interview.

    Raises `CoachingError` for an interview as for one that does not exist, and for one that is not completed;
    `NotAllowedError` for everybody who may only read.
    """
    interview = find(viewer, db, interview_id)
    if interview is None:
        raise CoachingError("This interview does not exist, or you do not have access.")
    if not may_judge(viewer, interview):
        raise NotAllowedError("Only a coach of this candidate or an admin may do this, and nobody for themselves.")
    if interview.status != "completed":
        raise CoachingError("The interview is not completed, so there is nothing to judge yet.")
    return interview
