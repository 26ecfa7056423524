"""The audit trail: an append-only record of who changed what, written in the transaction of the change."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import TRUSTED, NotAllowedError, Viewer, require_admin
from analytics.columns import now
from analytics.database.schema import audit

# What is done with an interview of one's own; which of them came last says whether others may see it.
ADD: Final = "add_interview"
WITHDRAW: Final = "withdraw_interview"
SHARE: Final = "share_interview"
# Nobody makes as many by hand; without a bound what is switched on and off again would fill the trail.
MOST_CHANGES_A_DAY: Final = 5_000


class AuditRow(NamedTuple):
    """One change: when, by whom, what, and which interview or candidate it was about."""

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
    """Append a row to the trail in the caller's transaction; `detail` holds plain JSON values."""
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


def require_few_changes(viewer: Viewer, db: Session | Connection) -> None:
    """Raise `NotAllowedError` once the viewer has made too many changes within a day.

    For what may be changed any number of times. Whoever runs the program is not counted.
    """
    recent = sa.select(audit.c.id).where(audit.c.at > now() - timedelta(days=1), audit.c.actor == viewer.actor)
    counted = sa.select(sa.func.count()).select_from(recent.limit(MOST_CHANGES_A_DAY).subquery())
    if viewer != TRUSTED and db.execute(counted).scalar_one() >= MOST_CHANGES_A_DAY:
        raise NotAllowedError(f"You have made {MOST_CHANGES_A_DAY:,} changes within a day. Go on tomorrow.")


def trail(viewer: Viewer, db: Session, *, size: int = 50, before: int | None = None) -> list[AuditRow]:
    """Read the trail, newest first; `before` is the last id of the previous page.

    What somebody did with an interview that they keep to themselves is left out. Whoever rates blind is told that
    something was said about an interview, and not what.
    """
    require_admin(viewer)
    seen = sa.or_(audit.c.interview_id.is_(None), audit.c.interview_id.not_in(_select_practice()))
    columns = (audit.c[name] for name in AuditRow._fields)
    statement = sa.select(*columns).where(seen).order_by(audit.c.id.desc()).limit(size)
    if before is not None:
        statement = statement.where(audit.c.id < before)
    rows = [AuditRow(*row) for row in db.execute(statement)]
    blind = viewer.rates_blind
    return [row._replace(detail={} if blind and row.interview_id else _detail(row.detail)) for row in rows]


def _select_practice() -> sa.Select[int]:
    """Select the interviews that only the person sees, deleted ones too: the trail says which were taken back."""

    def last(*actions: str) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.max(sa.case((audit.c.action.in_(actions), audit.c.id))), 0)

    ids = sa.select(audit.c.interview_id).where(audit.c.interview_id.is_not(None)).group_by(audit.c.interview_id)
    return ids.having(last(WITHDRAW) > last(SHARE, ADD))


def _detail(stored: Any) -> dict[str, Any]:
    try:
        read = json.loads(stored)
    except ValueError:
        read = stored
    return read if isinstance(read, dict) else {"note": read}
