"""An interview that is held while what it shows changes.

Whatever changes that is one transaction that holds the interview's row, so that the platform's own writes come before
it or after it and never in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from analytics.access import NotAllowedError, Viewer, scope
from analytics.breakdown.result import InterviewFeedback
from analytics.breakdown.standing import stands
from analytics.breakdown.versions import COLUMNS, Version, VersionError, readable, version_of
from analytics.database import described, execute, parse_json, writing
from analytics.schema import breakdown_versions, interviews, shown_versions


@dataclass(frozen=True, slots=True)
class Held:
    """An interview whose row this transaction holds."""

    interview_id: int
    user_id: int
    completed: bool
    date: datetime
    text: str | None
    raw: object
    version: Version | None
    replaces: str | None
    approved_by: str | None

    def shows(self, version_id: str) -> bool:
        """Tell whether a version is what the interview shows."""
        return self.version is not None and self.version.id == version_id

    def current(self) -> tuple[Version, InterviewFeedback] | None:
        """Give the version that is shown; None where it is the platform's own feedback, newer than any version."""
        if self.version is None:
            return None
        breakdown = readable(self.version)
        if breakdown is None or not stands(self.version, breakdown, self.replaces, self.text):
            return None
        return self.version, breakdown


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """Open the one transaction of a change; raises `DatabaseError` when nothing was changed."""
    try:
        with writing(engine) as connection:
            yield connection
    except (exc.SQLAlchemyError, OSError) as error:
        raise described(error) from error


def hold(connection: Connection, interview_id: int, write_back: bool) -> Held | None:
    """Hold an interview until the transaction ends; None for one that is gone."""
    row_lock = False
    if connection.dialect.name == "postgresql":
        # Our own writers wait for each other here, also where we have no right to lock the platform's row.
        connection.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtext('skill_analytics.breakdown'), :id)"), {"id": interview_id}
        )
        row_lock = write_back
    statement = sa.select(
        interviews.c.user_id,
        interviews.c.status,
        sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at, type_=sa.DateTime(timezone=True)),
        sa.cast(interviews.c.feedback, sa.Text),
    ).where(interviews.c.id == interview_id)
    # FOR NO KEY UPDATE: what refers to the interview may still be written.
    row = connection.execute(statement.with_for_update(key_share=True) if row_lock else statement).first()
    if row is None:
        return None
    user_id, status, date, text = row
    shown = (
        sa.select(shown_versions.c.replaces, shown_versions.c.approved_by, *COLUMNS)
        .join(breakdown_versions, breakdown_versions.c.id == shown_versions.c.version_id)
        .where(shown_versions.c.interview_id == interview_id)
    )
    found = execute(connection, shown).first()
    replaces, approved_by, *columns = found or (None, None)
    return Held(
        interview_id=interview_id,
        user_id=user_id,
        completed=status == "completed",
        date=date,
        text=text,
        raw=parse_json(text),
        version=version_of(columns) if columns else None,
        replaces=replaces,
        approved_by=approved_by,
    )


def held_for(connection: Connection, viewer: Viewer, interview_id: int, write_back: bool) -> Held:
    """Hold an interview for somebody who may change what it shows; raises `VersionError` and `NotAllowedError`."""
    require_editor(viewer)
    visible = sa.select(interviews.c.id).where(
        interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id)
    )
    held = None
    if execute(connection, visible, dict(viewer.parameters)).first() is not None:
        held = hold(connection, interview_id, write_back)
    if held is None:
        raise VersionError("There is no such interview.")
    return held


def require_editor(viewer: Viewer) -> None:
    """Let only coaches and admins change what an interview shows; raises `NotAllowedError`."""
    if not viewer.sees_others:
        raise NotAllowedError("Only a coach or an admin may change a breakdown.")
