"""Locks an interview while the version it shows changes.

Whatever changes that is one transaction that holds the interview's row, so that the platform's own writes come before
it or after it and never in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access import orphans
from analytics.access.audit import require_few_changes
from analytics.access.viewer import NotAllowedError, Viewer, is_private, scope
from analytics.breakdown.assessment.result import InterviewFeedback
from analytics.breakdown.versions.current import is_current
from analytics.breakdown.versions.version import COLUMNS, Version, VersionError, readable, version_of
from analytics.database.json_text import parse_json
from analytics.database.schema import breakdown_versions, shown_versions
from analytics.interviewlab.tables import interviews

_STAFF: Final = "Only a coach or an admin may change a breakdown."


@dataclass(frozen=True, slots=True)
class LockedInterview:
    """An interview whose row this transaction has locked."""

    interview_id: int
    user_id: int
    created_at: datetime
    completed: bool
    date: datetime
    text: str | None
    raw: object
    version: Version | None
    replaces: str | None
    approved_by: str | None

    def shows(self, version_id: str) -> bool:
        """Return whether the interview shows this version."""
        return self.version is not None and self.version.id == version_id

    @property
    def is_approved(self) -> bool:
        """Return whether what is shown is approved; an approval ends with the version that the platform replaced."""
        return self.approved_by is not None and self.current() is not None

    def current(self) -> tuple[Version, InterviewFeedback] | None:
        """Return the shown version; None if it is the platform's own feedback, newer than any version."""
        if self.version is None:
            return None
        breakdown = readable(self.version)
        if breakdown is None or not is_current(self.version, breakdown, self.replaces, self.text):
            return None
        return self.version, breakdown


def lock(connection: Connection, interview_id: int, write_back: bool) -> LockedInterview | None:
    """Lock an interview until the transaction ends; None if it is gone.

    What is kept of an interview that had its id before is deleted.
    """
    row_lock = False
    if connection.dialect.name == "postgresql":
        # Our own writers wait for each other here, also where we have no right to lock the platform's row.
        connection.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtext('skill_analytics.breakdown'), :id)"), {"id": interview_id}
        )
        row_lock = write_back
    statement = sa.select(
        interviews.c.user_id,
        interviews.c.created_at,
        interviews.c.status,
        sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at),
        sa.cast(interviews.c.feedback, sa.Text),
    ).where(interviews.c.id == interview_id)
    # FOR NO KEY UPDATE: what refers to the interview may still be written.
    row = connection.execute(statement.with_for_update(key_share=True) if row_lock else statement).first()
    if row is None:
        return None
    user_id, created_at, status, date, text = row
    orphans.remove(connection, interview_id)
    statement_of_version = (
        sa.select(shown_versions.c.replaces, shown_versions.c.approved_by, *COLUMNS)
        .join(breakdown_versions, breakdown_versions.c.id == shown_versions.c.version_id)
        .where(shown_versions.c.interview_id == interview_id)
    )
    version_row = connection.execute(statement_of_version).first()
    replaces, approved_by, *columns = version_row or (None, None)
    return LockedInterview(
        interview_id=interview_id,
        user_id=user_id,
        created_at=created_at,
        completed=status == "completed",
        date=date,
        text=text,
        raw=parse_json(text),
        version=version_of(columns) if columns else None,
        replaces=replaces,
        approved_by=approved_by,
    )


def lock_for(
    connection: Connection, viewer: Viewer, interview_id: int, write_back: bool, *, staff: bool = True
) -> LockedInterview:
    """Lock an interview for a viewer who may change what it shows; raises `VersionError` and `NotAllowedError`.

    With `staff` only coaches and admins may.
    """
    if staff and not viewer.sees_others:
        raise NotAllowedError(_STAFF)
    require_editor(viewer, connection, interview_id)
    require_few_changes(viewer, connection)
    visible = sa.select(interviews.c.id).where(
        interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id)
    )
    interview = None
    if connection.execute(visible, dict(viewer.parameters)).first() is not None:
        interview = lock(connection, interview_id, write_back)
    if interview is None:
        raise VersionError("This interview does not exist, or you do not have access.")
    return interview


def is_editor(viewer: Viewer, db: Session | Connection, interview_id: int) -> bool:
    """Return whether the viewer may request breakdowns of interviews they see.

    Coaches and admins may; an interviewee may of an interview that they keep to themselves.
    """
    if viewer.sees_others:
        return True
    own = sa.select(interviews.c.id).where(
        interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id), is_private(interviews.c.id)
    )
    return db.execute(own, dict(viewer.parameters)).first() is not None


def require_editor(viewer: Viewer, db: Session | Connection, interview_id: int) -> None:
    """Raise `NotAllowedError` unless the viewer may request breakdowns of an interview."""
    if not is_editor(viewer, db, interview_id):
        raise NotAllowedError(_STAFF)
