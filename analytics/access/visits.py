"""Visits: who looked at a person's data and when, one row per day, kept for that person."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer, scope
from analytics.columns import now
from analytics.database.errors import DatabaseError
from analytics.database.sessions import upsert, writing
from analytics.database.sharing_tables import visits
from analytics.interviewlab.tables import belongs, interviews, users

_log = logging.getLogger(__name__)
# Of somebody who stays on a page, or whose program asks without end, the time is written this seldom.
_SECONDS: Final = 300.0
_MOST_REMEMBERED: Final = 10_000
_MOST_LISTED: Final = 100
_noted: dict[tuple[str, str, str, str], float] = {}


class Visit(NamedTuple):
    """One person's last look of a day at somebody's data."""

    last_at: datetime
    viewer: str
    what: str


def note_visit(viewer: Viewer, engine: Engine, what: str, user_ids: Collection[int]) -> None:
    """Record that a viewer was shown something about people they may see.

    Looking at oneself is no visit. What cannot be written does not keep anybody from reading.
    """
    others = sorted(set(user_ids) - {viewer.user_id})
    key = (str(engine.url), viewer.actor, what, repr(others))
    # An interviewee sees only themselves.
    if not others or not viewer.sees_others or time.monotonic() - _noted.get(key, -_SECONDS) < _SECONDS:
        return
    moment = now()
    row = {"viewer": viewer.actor, "what": what, "on_day": moment.date(), "last_at": moment}
    try:
        with writing(engine) as db:
            noted = upsert(db, visits).values([{"user_id": user_id} | row for user_id in others])
            names = ["user_id", "viewer", "what", "on_day"]
            db.execute(noted.on_conflict_do_update(index_elements=names, set_={"last_at": moment}))
    except DatabaseError as error:
        _log.info("A visit is not noted: %s", error)
        return
    if len(_noted) >= _MOST_REMEMBERED:
        _noted.clear()
    _noted[key] = time.monotonic()


def people_behind(
    viewer: Viewer, db: Session, user_ids: Collection[int], interview_ids: Collection[int]
) -> Sequence[int]:
    """Return those of these people, and of these interviews' people, whom the viewer may see."""
    owned = sa.select(interviews.c.user_id).where(interviews.c.id.in_(interview_ids))
    asked = sa.or_(users.c.id.in_(user_ids), users.c.id.in_(owned))
    statement = sa.select(users.c.id).where(asked, scope(viewer.role, users.c.id))
    return db.execute(statement, dict(viewer.parameters)).scalars().all()


def visits_to(viewer: Viewer, db: Session, user_id: int) -> list[Visit]:
    """List who looked at a person, newest first; empty unless the viewer is that person."""
    if viewer.user_id != user_id:
        return []
    statement = (
        sa.select(visits.c.last_at, visits.c.viewer, visits.c.what)
        .join(users, sa.and_(users.c.id == visits.c.user_id, belongs(visits.c.last_at, users)))
        .where(visits.c.user_id == user_id)
        .order_by(visits.c.last_at.desc(), visits.c.viewer, visits.c.what)
        .limit(_MOST_LISTED)
    )
    return [Visit(*row) for row in db.execute(statement)]
