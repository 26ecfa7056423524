"""The newest breakdown of each of a candidate's interviews."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.access.viewer import Role, Viewer, scope
from analytics.columns import bound_id
from analytics.database.review_tables import review_requests
from analytics.database.schema import breakdown_versions
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.tables import belongs, interviews


class LatestVersion(NamedTuple):
    """An interview's title, the number of its newest breakdown, and whether it may have verdicts and requests."""

    title: str
    number: int
    judged: bool
    asked: bool


@lru_cache
def _latest_versions(role: Role) -> sa.Select[*tuple[Any, ...]]:
    version = sa.and_(breakdown_versions.c.interview_id == interviews.c.id, belongs(breakdown_versions.c.created_at))
    # Looked up here, so that where nothing was said, as most often, nothing else is read.
    said = (
        sa.exists().where(table.c.interview_id == interviews.c.id).correlate(interviews)
        for table in (verdicts, review_requests)
    )
    number = sa.func.coalesce(sa.func.max(breakdown_versions.c.number), 0)
    return (
        sa.select(interviews.c.id, interviews.c.title, number, *said)
        .outerjoin_from(interviews, breakdown_versions, version)
        .where(interviews.c.user_id == bound_id("user_id"), interviews.c.status == "completed")
        .where(scope(role, interviews.c.user_id))
        .group_by(interviews.c.id, interviews.c.title)
        .order_by(interviews.c.id)
    )


def latest_versions(viewer: Viewer, db: Session, user_id: int) -> dict[int, LatestVersion]:
    """Read the newest breakdown of each completed interview; its number is 0 without one."""
    rows = db.execute(_latest_versions(viewer.role), {"user_id": user_id, **viewer.parameters})
    return {interview_id: LatestVersion(*said) for interview_id, *said in rows}
