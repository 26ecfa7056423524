"""Whether anything was said about an interview, in one statement, as usually nothing was."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.access.viewer import Role, Viewer, scope
from analytics.columns import bound_id
from analytics.database.review_tables import review_requests, self_ratings, struck_claims
from analytics.interviewlab.tables import interviews


class Remarks(NamedTuple):
    """Whose interview it is, and what was said about it."""

    user_id: int
    asked: bool
    struck: bool
    rated: bool


@lru_cache
def _statement(role: Role) -> sa.Select[*tuple[Any, ...]]:
    there = (
        sa.exists().where(table.c.interview_id == interviews.c.id).correlate(interviews)
        for table in (review_requests, struck_claims, self_ratings)
    )
    return sa.select(interviews.c.user_id, *there).where(
        interviews.c.id == bound_id("interview_id"), scope(role, interviews.c.user_id)
    )


def read_remarks(viewer: Viewer, db: Session, interview_id: int) -> Remarks | None:
    """Return what was said about an interview; None if it does not exist or the viewer may not see it."""
    row = db.execute(_statement(viewer.role), {"interview_id": interview_id, **viewer.parameters}).first()
    return None if row is None else Remarks(*row)
