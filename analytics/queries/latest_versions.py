"""The newest breakdown of each of a candidate's interviews."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.access.viewer import Role, Viewer, scope
from analytics.columns import bound_id
from analytics.database.schema import breakdown_versions
from analytics.interviewlab.tables import belongs, interviews


class LatestVersion(NamedTuple):
    """An interview's title, and the number of its newest breakdown."""

    title: str
    number: int


@lru_cache
def _latest_versions(role: Role) -> sa.Select[*tuple[Any, ...]]:
    version = sa.and_(breakdown_versions.c.interview_id == interviews.c.id, belongs(breakdown_versions.c.created_at))
    number = sa.func.coalesce(sa.func.max(breakdown_versions.c.number), 0)
    return (
        sa.select(interviews.c.id, interviews.c.title, number)
        .outerjoin_from(interviews, breakdown_versions, version)
        .where(interviews.c.user_id == bound_id("user_id"), interviews.c.status == "completed")
        .where(scope(role, interviews.c.user_id))
        .group_by(interviews.c.id, interviews.c.title)
        .order_by(interviews.c.id)
    )


def latest_versions(viewer: Viewer, db: Session, user_id: int) -> dict[int, LatestVersion]:
    """Read the newest breakdown of each completed interview; its number is 0 without one."""
    rows = db.execute(_latest_versions(viewer.role), {"user_id": user_id, **viewer.parameters}).all()
    return {interview_id: LatestVersion(title, number) for interview_id, title, number in rows}
