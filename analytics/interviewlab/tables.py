"""The interview platform's tables, as far as this program reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.columns import UtcDateTime, now

# No hash ever equals it: nobody can sign in to the platform as a person of the demo or of an import.
UNUSABLE_PASSWORD: Final = "!"

platform: Final = MetaData()
users: Final = Table(
    "users",
    platform,
    Column("id", Integer, primary_key=True),
    Column("email", String(255), nullable=False, unique=True),
    Column("hashed_password", String(255), nullable=False),
    Column("full_name", String(255)),
    Column("is_active", Boolean, nullable=False),
    Column("is_verified", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
resumes: Final = Table(
    "resumes",
    platform,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("file_name", String(255), nullable=False),
    Column("file_path", String(500), nullable=False),
    Column("file_size", Integer, nullable=False),
    Column("file_type", String(50), nullable=False),
    Column("extracted_data", JSON(none_as_null=True)),
    Column("analysis_status", String(50), nullable=False),
    Column("analysis_error", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
interviews: Final = Table(
    "interviews",
    platform,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("resume_id", ForeignKey("resumes.id")),
    Column("title", String(255), nullable=False),
    Column("status", String(50), nullable=False),
    Column("conversation_history", JSON(none_as_null=True)),
    Column("resume_context", JSON(none_as_null=True)),
    Column("job_description", Text),
    Column("feedback", JSON(none_as_null=True)),
    Column("turn_count", Integer, nullable=False),
    Column("started_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
display_name = sa.func.coalesce(sa.func.nullif(sa.func.trim(users.c.full_name), ""), users.c.email)
interview_date = sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at)


def belongs(moment: sa.ColumnElement[datetime], owner: sa.FromClause = interviews) -> sa.ColumnElement[bool]:
    """Build the condition that a row of ours from this moment is about the present owner of the id it names.

    Ids are given out again after `TRUNCATE ... RESTART IDENTITY`: a row that is older is about whoever had it before.
    """
    return moment >= owner.c.created_at


def moment_for(db: Session | Connection, user_id: int | None) -> datetime:
    """Return the moment of what is noted of a person now: not before they are there, if our clock is behind."""
    made = None if user_id is None else db.execute(sa.select(users.c.created_at).where(users.c.id == user_id)).scalar()
    return now() if made is None else max(now(), made)


def create_platform(connection: Connection) -> None:
    """Create the platform's tables if they are missing; otherwise change nothing."""
    inspector = sa.inspect(connection)
    if not any(inspector.has_table(name) for name in platform.tables):
        platform.create_all(connection, checkfirst=False)
