"""Tags of interviews: kind, difficulty and level of the post."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import Role, Viewer, scope
from analytics.columns import bound_id
from analytics.database.schema import ADDED, TAGGED, added_interviews, interview_tags
from analytics.interviewlab.tables import interviews

# What is offered; any other kind can be written.
KINDS: Final = ("coding", "system design", "behavioural", "recruiter screen", "mock", "other")
LONGEST_KIND: Final = 40
HARDEST: Final = 5


class Tags(NamedTuple):
    """The kind, difficulty (1 to 5) and level of the post of an interview; None where not set."""

    kind: str | None = None
    difficulty: int | None = None
    post: str | None = None


class AddedBy(NamedTuple):
    """Who added an interview, and from what."""

    added_by: str
    format: str


class Label(NamedTuple):
    """An interview's tags and who added it; `added` is None for the platform's own."""

    tags: Tags = Tags()
    added: AddedBy | None = None


def label(viewer: Viewer, db: Session, interview_id: int) -> Label:
    """Read an interview's tags and who added it; empty if the viewer may not see it."""
    statement = (
        sa.select(
            interview_tags.c.kind,
            interview_tags.c.difficulty,
            interview_tags.c.post,
            added_interviews.c.added_by,
            added_interviews.c.format,
        )
        .select_from(interviews)
        .outerjoin(interview_tags, TAGGED)
        .outerjoin(added_interviews, ADDED)
        .where(interviews.c.id == bound_id("interview_id"), scope(viewer.role, interviews.c.user_id))
    )
    row = db.execute(statement, {"interview_id": interview_id, **viewer.parameters}).first()
    if row is None:
        return Label()
    return Label(Tags(*row[:3]), None if row[3] is None else AddedBy(*row[3:]))


def tags(viewer: Viewer, db: Session, interview_ids: Collection[int]) -> dict[int, Tags]:
    """Read the tags of interviews by id; those without tags, or not visible to the viewer, are missing."""
    statement = (
        sa.select(interview_tags.c.interview_id, interview_tags.c.kind, interview_tags.c.difficulty)
        .join(interviews, TAGGED)
        .where(interview_tags.c.interview_id.in_(interview_ids), scope(viewer.role, interviews.c.user_id))
    )
    return {row[0]: Tags(row[1], row[2]) for row in db.execute(statement, viewer.parameters)} if interview_ids else {}


@lru_cache
def _tags_of(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(interview_tags.c.interview_id, interview_tags.c.kind, interview_tags.c.difficulty)
        .join(interviews, TAGGED)
        .where(interviews.c.user_id == bound_id("user_id"), scope(role, interviews.c.user_id))
    )


def tags_of(viewer: Viewer, db: Session, user_id: int) -> dict[int, Tags]:
    """Read the tags of a candidate's interviews; those without tags are missing."""
    found = db.execute(_tags_of(viewer.role), {"user_id": user_id, **viewer.parameters})
    return {row[0]: Tags(row[1], row[2]) for row in found}


def kinds(viewer: Viewer, db: Session, user_id: int | None = None) -> list[str]:
    """List the kinds of the interviews the viewer sees, of one candidate or of all, by name."""
    statement = (
        sa.select(interview_tags.c.kind)
        .distinct()
        .join(interviews, TAGGED)
        .where(interview_tags.c.kind.is_not(None), scope(viewer.role, interviews.c.user_id))
        .order_by(interview_tags.c.kind)
    )
    if user_id is not None:
        statement = statement.where(interviews.c.user_id == user_id)
    return list(db.execute(statement, viewer.parameters).scalars())


def find_adder(viewer: Viewer, db: Session | Connection, interview_id: int) -> AddedBy | None:
    """Return who added an interview; None if it came from InterviewLab or the viewer may not see it."""
    statement = (
        sa.select(added_interviews.c.added_by, added_interviews.c.format)
        .join(interviews, ADDED)
        .where(added_interviews.c.interview_id == bound_id("interview_id"), scope(viewer.role, interviews.c.user_id))
    )
    row = db.execute(statement, {"interview_id": interview_id, **viewer.parameters}).first()
    return None if row is None else AddedBy(*row)
