"""What an interview shows, and its versions: found through the interview, which the viewer must be allowed to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics import queries, scores
from analytics.access import Role, Viewer, scope
from analytics.breakdown.result import InterviewFeedback
from analytics.breakdown.standing import stands
from analytics.breakdown.versions import COLUMNS, Source, Version, readable, version_of
from analytics.database import execute, parse_json
from analytics.feedback import Feedback, read_feedback
from analytics.schema import breakdown_versions, interviews, shown_versions

# The longest text of a feedback whose reading is remembered; most are a third of it.
_REMEMBERED: Final = 16_000


@dataclass(frozen=True, slots=True)
class Presented:
    """What an interview shows: `feedback` for everybody, `version` and `breakdown` where it is one of ours.

    `overwritten` is the version that was shown until the platform stored newer feedback. `waiting` is the newest
    version made since the approved one, which stands beside it.
    """

    feedback: Feedback
    version: Version | None = None
    breakdown: InterviewFeedback | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    overwritten: Version | None = None
    waiting: Version | None = None


def listed(viewer: Viewer, db: Session, interview_id: int) -> list[Version]:
    """List an interview's versions, the newest first; empty for an interview the viewer may not see."""
    statement = (
        sa.select(*COLUMNS)
        .join(interviews, interviews.c.id == breakdown_versions.c.interview_id)
        .where(breakdown_versions.c.interview_id == interview_id, scope(viewer.role, interviews.c.user_id))
        .order_by(breakdown_versions.c.number.desc())
    )
    return [version_of(row) for row in execute(db, statement, dict(viewer.parameters))]


@lru_cache
def _presented(role: Role) -> sa.Select[*tuple[Any, ...]]:
    shown = sa.join(shown_versions, breakdown_versions, breakdown_versions.c.id == shown_versions.c.version_id)
    return (
        sa.select(
            interviews.c.status,
            sa.cast(interviews.c.feedback, sa.Text),
            shown_versions.c.replaces,
            shown_versions.c.served,
            shown_versions.c.approved_by,
            shown_versions.c.approved_at,
            *COLUMNS,
        )
        .select_from(sa.outerjoin(interviews, shown, shown_versions.c.interview_id == interviews.c.id))
        .where(interviews.c.id == sa.bindparam("interview_id", type_=sa.Integer), scope(role, interviews.c.user_id))
    )


def presented(viewer: Viewer, db: Session, interview_id: int) -> Presented | None:
    """Read what an interview shows; None for one that does not exist or that the viewer may not see."""
    row = execute(db, _presented(viewer.role), {"interview_id": interview_id, **viewer.parameters}).first()
    if row is None:
        return None
    status, text, replaces, served, approved_by, approved_at, *columns = row
    if status != "completed":
        return Presented(read_feedback(None, completed=False))
    if columns[0] is None:
        return Presented(_read(text))
    version = version_of(columns)
    breakdown = readable(version)
    if breakdown is None or not stands(version, breakdown, replaces, text):
        return Presented(_read(text), overwritten=version)
    return Presented(
        feedback=_read(text if served is None else served),
        version=version,
        breakdown=breakdown,
        approved_by=approved_by,
        approved_at=queries.as_utc(approved_at),
        waiting=_newest_after(db, version) if approved_by else None,
    )


def _read(stored: str | None) -> Feedback:
    return _read_before(stored) if stored is None or len(stored) <= _REMEMBERED else read_feedback(parse_json(stored))


@lru_cache(maxsize=256)
def _read_before(stored: str | None) -> Feedback:
    return read_feedback(parse_json(stored))


@lru_cache
def _feedback_of(role: Role, latest: int | None) -> sa.Select[*tuple[Any, ...]]:
    statement = queries.feedback_statement(role, latest).add_columns(shown_versions.c.served)
    return statement.outerjoin(shown_versions, scores.replaced(sa.cast(interviews.c.feedback, sa.Text)))


def feedback_of(viewer: Viewer, db: Session, user_id: int, *, latest: int | None = None) -> list[queries.FeedbackRow]:
    """Read a candidate's feedback as it is shown, the latest interview first: all, or that of the latest completed."""
    rows = execute(db, _feedback_of(viewer.role, latest), {"user_id": user_id, **viewer.parameters})
    return [
        held if served is None else held._replace(feedback=parse_json(served))
        for held, served in ((queries.feedback_row(row), row[-1]) for row in rows)
    ]


def _newest_after(db: Session | Connection, version: Version) -> Version | None:
    later = (
        sa.select(*COLUMNS)
        .where(
            breakdown_versions.c.interview_id == version.interview_id,
            breakdown_versions.c.number > version.number,
            breakdown_versions.c.source != Source.PLATFORM,
        )
        .order_by(breakdown_versions.c.number.desc())
    )
    row = execute(db, later.limit(1)).first()
    return None if row is None else version_of(row)
