"""The rating queue: interviews drawn at random for a person to rate blind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.blind import choose
from analytics.access.viewer import NotAllowedError, Viewer, scope
from analytics.columns import now
from analytics.database.agreement_tables import rating_queue
from analytics.database.schema import skill_scores
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.feedback import State
from analytics.interviewlab.tables import belongs, display_name, interview_date, interviews, users

DRAWN: Final = 10


@dataclass(frozen=True, slots=True)
class QueuedInterview:
    """An interview in the viewer's queue; `rated` says whether they have given a verdict on it since."""

    interview_id: int
    title: str
    date: datetime
    candidate: str
    drawn_at: datetime
    rated: bool


def draw(viewer: Viewer, db: Connection, count: int = DRAWN) -> int:
    """Add random interviews that the viewer has not judged to their queue, and return how many there were.

    Only completed interviews that a judge scored, and never one's own. Rating before seeing is switched on for the
    viewer, so that the scores are hidden until they have rated.
    """
    if not viewer.sees_others:
        raise NotAllowedError("Only coaches and admins rate interviews.")
    statement = _drawable(viewer).order_by(sa.func.random()).limit(count)
    rows = [
        {"interview_id": interview_id, "rater": viewer.actor, "drawn_at": max(now(), created_at)}
        for interview_id, created_at in db.execute(statement, dict(viewer.parameters))
    ]
    if rows:
        db.execute(sa.insert(rating_queue), rows)
        if viewer.email:
            choose(viewer, db, blind=True)
        record(db, viewer.actor, "draw_interviews", interviews=[row["interview_id"] for row in rows])
    return len(rows)


def can_draw(viewer: Viewer, db: Session) -> bool:
    """Return whether any interview is left for the viewer to draw."""
    return db.execute(_drawable(viewer).limit(1), dict(viewer.parameters)).first() is not None


def queue_of(viewer: Viewer, db: Session) -> list[QueuedInterview]:
    """List the viewer's queue in the order it was drawn, unrated interviews first."""
    statement = (
        sa.select(
            interviews.c.id,
            interviews.c.title,
            interview_date,
            display_name,
            rating_queue.c.drawn_at,
            _has_judged(viewer),
        )
        .select_from(rating_queue)
        .join(interviews, interviews.c.id == rating_queue.c.interview_id)
        .join(users, users.c.id == interviews.c.user_id)
        .where(_is_queued(viewer), scope(viewer.role, interviews.c.user_id))
        .order_by(rating_queue.c.id)
    )
    found = [
        QueuedInterview(row[0], row[1], row[2], row[3], row[4], bool(row[5]))
        for row in db.execute(statement, dict(viewer.parameters))
    ]
    return sorted(found, key=lambda each: each.rated)


def _drawable(viewer: Viewer) -> sa.Select[int, datetime]:
    scored = sa.exists().where(skill_scores.c.interview_id == interviews.c.id, skill_scores.c.state == State.SCORED)
    return sa.select(interviews.c.id, interviews.c.created_at).where(
        interviews.c.status == "completed",
        interviews.c.user_id != (viewer.user_id or -1),
        scope(viewer.role, interviews.c.user_id),
        scored,
        ~_has_judged(viewer),
        ~sa.exists().where(_is_queued(viewer)),
    )


def _is_queued(viewer: Viewer) -> sa.ColumnElement[bool]:
    return sa.and_(
        rating_queue.c.interview_id == interviews.c.id,
        rating_queue.c.rater == viewer.actor,
        belongs(rating_queue.c.drawn_at),
    )


def _has_judged(viewer: Viewer) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            verdicts.c.interview_id == interviews.c.id,
            verdicts.c.given_by == viewer.actor,
            belongs(verdicts.c.given_at),
        )
        .correlate(interviews)
    )
