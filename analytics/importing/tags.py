"""Tags of interviews: set by hand, or by a rule on titles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.access.audit import record, require_few_changes
from analytics.access.viewer import Viewer, require_adding, scope
from analytics.columns import now
from analytics.database.schema import TAGGED, interview_tags
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
    """Write validated tags; what is not said stays as it was."""
    said = {number: tags for number, tags in by_interview.items() if tags != Tags()}
    if not said:
        return
    earlier = ~sa.exists().where(TAGGED).correlate(interview_tags)
    connection.execute(sa.delete(interview_tags).where(interview_tags.c.interview_id.in_(said), earlier))
    moment = now()
    # Not before the interview is there, whoever's clock is behind.
    begun = sa.select(interviews.c.id, interviews.c.created_at).where(interviews.c.created_at > moment)
    ahead: dict[int, datetime] = dict(connection.execute(begun.where(interviews.c.id.in_(said))).all())
    rows = [
        {"interview_id": number, **tags._asdict(), "changed_by": by, "changed_at": ahead.get(number, moment)}
        for number, tags in said.items()
    ]
    insert = upsert(connection, interview_tags)
    changed: dict[str, sa.ColumnElement[Any]] = {
        name: sa.func.coalesce(insert.excluded[name], interview_tags.c[name]) for name in Tags._fields
    }
    changed |= {name: insert.excluded[name] for name in ("changed_by", "changed_at")}
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
    connection.execute(sa.delete(interview_tags).where(interview_tags.c.interview_id == interview_id))
    keep(connection, {interview_id: new_tags}, by=viewer.actor)
    record(connection, viewer.actor, "tag", interview_id=interview_id, user_id=user_id, **new_tags._asdict())


def tag_by_title(viewer: Viewer, connection: Connection, title: str, tags: Tags) -> int:
    """Tag the interviews the viewer sees whose title matches and that lack these tags, and count them.

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
    said = {name: value for name, value in new_tags._asdict().items() if value is not None}
    lacking = sa.or_(*(interview_tags.c[name].is_distinct_from(value) for name, value in said.items()))
    fits = (
        sa.select(interviews.c.id)
        .outerjoin(interview_tags, TAGGED)
        .where(interviews.c.title.ilike(escaped, escape="\\"), lacking, scope(viewer.role, interviews.c.user_id))
        .order_by(interviews.c.id)
        .limit(_MOST_AT_ONCE)
    )
    tagged = connection.execute(fits, viewer.parameters).scalars().all()
    keep(connection, dict.fromkeys(tagged, new_tags), by=viewer.actor)
    record(connection, viewer.actor, "tag_by_title", title=title, interviews=len(tagged), **new_tags._asdict())
    return len(tagged)
