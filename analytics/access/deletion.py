"""Deletion on request: asked for by the person, cancelled within the waiting time, or carried out after it."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics.access.audit import record, require_few_changes
from analytics.access.personal_data import PrivacyError, forget
from analytics.access.viewer import NotAllowedError, Role, Viewer
from analytics.columns import now
from analytics.database.sessions import reading, upsert, writing
from analytics.database.sharing_tables import deletion_requests
from analytics.interviewlab.tables import belongs, moment_for, users

_log = logging.getLogger(__name__)


def may_ask(viewer: Viewer) -> bool:
    """Return whether the viewer may request deletion: coaches and admins, who are part of others' records, may not."""
    return viewer.role is Role.INTERVIEWEE and viewer.user_id is not None


def ask_deletion(viewer: Viewer, db: Connection, days: int) -> datetime:
    """Request deletion of the viewer's data after so many days and return the date; an earlier request stands."""
    if not may_ask(viewer):
        raise NotAllowedError("Only interviewees delete their own data. Ask an admin.")
    if (due := due_at(viewer, db)) is not None:
        return due
    require_few_changes(viewer, db)
    moment = moment_for(db, viewer.user_id)
    due = moment + timedelta(days=days)
    values = {"user_id": viewer.user_id, "asked_at": moment, "due_at": due}
    kept = upsert(db, deletion_requests).values(values)
    db.execute(kept.on_conflict_do_update(index_elements=["user_id"], set_=values))
    record(db, viewer.actor, "ask_deletion", user_id=viewer.user_id, days=days)
    return due


def cancel_deletion(viewer: Viewer, db: Connection) -> None:
    """Cancel the viewer's own request; without one, do nothing."""
    done = db.execute(sa.delete(deletion_requests).where(deletion_requests.c.user_id == viewer.user_id))
    if done.rowcount:
        record(db, viewer.actor, "cancel_deletion", user_id=viewer.user_id)


def due_at(viewer: Viewer, db: Session | Connection) -> datetime | None:
    """Return when the viewer's data will be deleted; None without a request."""
    if viewer.user_id is None:
        return None
    statement = sa.select(deletion_requests.c.due_at).where(deletion_requests.c.user_id == viewer.user_id, _of_them())
    due: datetime | None = db.execute(statement).scalar()
    return due


def delete_due(engine: Engine, *, admins: Collection[str] = (), at: datetime | None = None) -> int:
    """Delete the data of everybody whose waiting time is over and count them; people with an open job wait.

    So do those who have become coaches or admins meanwhile. The settings may name further `admins`.
    """
    with reading(engine) as db:
        # Whoever has been deleted on the platform meanwhile has asked all the same.
        nobodys = ~sa.exists().where(users.c.id == deletion_requests.c.user_id)
        is_due = deletion_requests.c.due_at <= (at or now())
        due = sa.select(deletion_requests.c.user_id).where(is_due, sa.or_(_of_them(), nobodys))
        user_ids = db.execute(due).scalars().all()
    forgotten = 0
    for user_id in user_ids:
        try:
            forget(engine, user_id, admins=admins)
        except PrivacyError as error:
            _log.info("A deletion waits: %s", error)
            continue
        forgotten += 1
    if forgotten:
        with writing(engine) as db:
            record(db, "retention", "deletion", people=forgotten)
    return forgotten


def _of_them() -> sa.ColumnElement[bool]:
    """Build the condition that a request is from whoever has the id now."""
    return sa.exists().where(users.c.id == deletion_requests.c.user_id, belongs(deletion_requests.c.asked_at, users))
