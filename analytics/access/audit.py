"""The record of who changed what: rows are added beside the change, in its transaction, and never touched again."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer, require_admin
from analytics.columns import now
from analytics.database.schema import audit


class AuditRow(NamedTuple):
    """One change: when, by whom, what, and about which interview or candidate."""

    id: int
    at: datetime
    actor: str
    action: str
    interview_id: int | None
    user_id: int | None
    detail: dict[str, Any]


def record(
    db: Session | Connection,
    actor: str,
    action: str,
    *,
    interview_id: int | None = None,
    user_id: int | None = None,
    **detail: Any,
) -> None:
    """Add one row to the trail, in the caller's transaction; `detail` holds plain JSON values."""
    db.execute(
        sa.insert(audit).values(
            at=now(),
            actor=actor,
            action=action,
            interview_id=interview_id,
            user_id=user_id,
            detail=json.dumps(detail, ensure_ascii=False),
        ),
    )


def trail(viewer: Viewer, db: Session, *, size: int = 50, before: int | None = None) -> list[AuditRow]:
    """Read the trail, the latest first; `before` is the id that the last page ended with."""
    require_admin(viewer)
    statement = sa.select(*(audit.c[name] for name in AuditRow._fields)).order_by(audit.c.id.desc()).limit(size)
    if before is not None:
        statement = statement.where(audit.c.id < before)
    rows = [AuditRow(*row) for row in db.execute(statement)]
    return [row._replace(detail=_detail(row.detail)) for row in rows]


def _detail(stored: Any) -> dict[str, Any]:
    try:
        read = json.loads(stored)
    except ValueError:
        read = stored
    return read if isinstance(read, dict) else {"note": read}
