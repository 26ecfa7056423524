"""Tags of interviews: set by hand, or by a rule on titles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.access.audit import record, require_few_changes
from analytics.access.viewer import Viewer, require_adding, scope
from analytics.columns import now
from analytics.database.schema import interview_tags
from analytics.database.sessions import upsert
from analytics.importing.errors import AddError
from analytics.interviewlab.tables import interviews
from analytics.queries.tags import HARDEST, LONGEST_KIND, Tags
from analytics.skills import POSTS
from analytics.text import storable

_MOST_AT_ONCE: Final = 10_000
_LONGEST_TITLE: Final = 255
NOT_THERE: Final = "This interview does not exist, or you do not have access."


def check_tags(tags: Tags) -> Tags:
    """Return tags as stored; raises `AddError`."""
    kind = " ".join(storable(tags.kind or "").split())
    if len(kind) > LONGEST_KIND:
        raise AddError(f"A kind has at most {LONGEST_KIND} characters.")
    if tags.difficulty is not None and not 1 <= tags.difficulty <= HARDEST:
        raise AddError(f"The difficulty is a whole number from 1 to {HARDEST}, or left out.")
    if tags.post is not None and tags.post not in POSTS:
        raise AddError(f"The level of a post is one of {', '.join(POSTS)}, or left out.")
    return Tags(kind or None, tags.difficulty, tags.post)


def keep(connection: Connection, by_interview: Mapping[int, Tags], *, by: str) -> None:
    """Write validated tags; interviews without new ones keep theirs."""
    changed_by = {"changed_by": by, "changed_at": now()}
    rows = [
        {"interview_id": number, **tags._asdict(), **changed_by}
        for number, tags in by_interview.items()
        if tags != Tags()
    ]
    if not rows:
        return
    insert = upsert(connection, interview_tags)
    changed: dict[str, sa.ColumnElement[Any]] = {
        name: insert.excluded[name] for name in ("kind", "difficulty", "changed_by", "changed_at")
    }
    # Files and lists say nothing of it.
    changed["post"] = sa.func.coalesce(insert.excluded.post, interview_tags.c.post)
    connection.execute(insert.on_conflict_do_update(index_elements=["interview_id"], set_=changed), rows)


def set_tags(viewer: Viewer, connection: Connection, interview_id: int, tags: Tags) -> None:
    """Set the tags of an interview; raises `AddError`, and `NotAllowedError` for viewers who may not add interviews."""
    require_adding(viewer)
    require_few_changes(viewer, connection)
    new_tags = check_tags(tags)
    seen = sa.select(interviews.c.user_id).where(
        interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id)
    )
    user_id = connection.execute(seen, viewer.parameters).scalar()
    if user_id is None:
        raise AddError(NOT_THERE)
    if new_tags == Tags() or new_tags.post is None:
        connection.execute(sa.delete(interview_tags).where(interview_tags.c.interview_id == interview_id))
    keep(connection, {interview_id: new_tags}, by=viewer.actor)
    record(connection, viewer.actor, "tag", interview_id=interview_id, user_id=user_id, **new_tags._asdict())


def tag_by_title(viewer: Viewer, connection: Connection, title: str, tags: Tags) -> int:
    """Tag all interviews the viewer sees whose title matches, and count them.

    `*` in the title stands for any text; case does not matter. What is not said stays as it was. Raises as `set_tags`.
    """
    require_adding(viewer)
    require_few_changes(viewer, connection)
    new_tags = check_tags(tags)
    title = storable(title).strip()
    if new_tags == Tags() or not title.strip(" *"):
        raise AddError("Write a title, such as Backend*, and the kind, difficulty or level it stands for.")
    if len(title) > _LONGEST_TITLE:
        raise AddError(f"A title has at most {_LONGEST_TITLE} characters.")
    escaped = title.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_").replace("*", "%")
    fits = (
        sa.select(interviews.c.id, interview_tags.c.kind, interview_tags.c.difficulty)
        .outerjoin(interview_tags, interview_tags.c.interview_id == interviews.c.id)
        .where(interviews.c.title.ilike(escaped, escape="\\"), scope(viewer.role, interviews.c.user_id))
        .order_by(interviews.c.id)
        .limit(_MOST_AT_ONCE)
    )
    tagged = {
        row.id: Tags(new_tags.kind or row.kind, new_tags.difficulty or row.difficulty, new_tags.post)
        for row in connection.execute(fits, viewer.parameters)
    }
    keep(connection, tagged, by=viewer.actor)
    record(connection, viewer.actor, "tag_by_title", title=title, interviews=len(tagged), **new_tags._asdict())
    return len(tagged)
