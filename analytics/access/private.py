"""Practice interviews: those that a person added and keeps to themselves."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import SHARE, WITHDRAW, record, require_few_changes
from analytics.access.viewer import NotAllowedError, Role, Viewer, is_private
from analytics.columns import now
from analytics.database.schema import ADDED, added_interviews, stale_candidates
from analytics.database.sessions import upsert
from analytics.database.sharing_tables import batch_reports, private_interviews
from analytics.interviewlab.tables import interviews

_NOT_YOURS: Final = "Only an interview that you added yourself can be practice."


def may_be_private(viewer: Viewer, user_id: int, added_by: str | None) -> bool:
    """Return whether the viewer may make an interview practice: it must be about them and added by them."""
    own = viewer.role is Role.INTERVIEWEE and viewer.user_id == user_id
    return own and added_by is not None and added_by == viewer.actor


def set_private(viewer: Viewer, db: Connection, interview_id: int, *, private: bool) -> None:
    """Make an interview practice or share it; raises `NotAllowedError` unless it is the viewer's own.

    It leaves others' lists, averages and reports at once, and comes back with what was said about it.
    """
    statement = (
        sa.select(interviews.c.user_id, interviews.c.created_at, added_interviews.c.added_by)
        .outerjoin(added_interviews, ADDED)
        .where(interviews.c.id == interview_id)
    )
    row = db.execute(statement).first()
    if row is None or not may_be_private(viewer, row.user_id, row.added_by):
        raise NotAllowedError(_NOT_YOURS)
    require_few_changes(viewer, db)
    db.execute(sa.delete(private_interviews).where(private_interviews.c.interview_id == interview_id))
    if private:
        # Not before the interview is there, whoever's clock is behind.
        values = {"interview_id": interview_id, "user_id": row.user_id, "since": max(now(), row.created_at)}
        db.execute(upsert(db, private_interviews).values(values).on_conflict_do_nothing())
    # Reports of them that wait to be taken are made anew.
    again = {"state": "waiting", "until": now(), "attempts": 0, "file_name": None, "content": None}
    waiting = batch_reports.c.state.in_(("waiting", "made"))
    db.execute(sa.update(batch_reports).where(batch_reports.c.user_id == row.user_id, waiting).values(again))
    # What the roster has of them, and what was learned from everybody, is made again.
    db.execute(sa.insert(stale_candidates).values(user_id=row.user_id))
    record(db, viewer.actor, WITHDRAW if private else SHARE, interview_id=interview_id, user_id=row.user_id)


def private_among(db: Session | Connection, user_id: int) -> frozenset[int]:
    """Return a person's practice interviews among these."""
    statement = sa.select(interviews.c.id).where(interviews.c.user_id == user_id, is_private(interviews.c.id))
    return frozenset(db.execute(statement).scalars())
