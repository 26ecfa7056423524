"""The content of a digest: what is new about everybody whose page its reader has looked at and may still see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer, scope
from analytics.coaching.news import State
from analytics.database.sharing_tables import looks
from analytics.interviewlab.tables import belongs, display_name, users
from analytics.views.news import NewsLine, view_digest_news

# Of so many people, those looked at last.
MOST_PEOPLE: Final = 200


@dataclass(frozen=True, slots=True)
class PersonNews:
    """What is new about one person, and the state it leads to."""

    user_id: int
    name: str
    lines: Sequence[NewsLine]
    state: State


def digest_news(viewer: Viewer, db: Session, last_at: datetime) -> list[PersonNews]:
    """Collect what the viewer has not been told by a page or a digest; empty if there is nothing.

    Of their own steps it is what no digest has told them; `last_at` is when the last one was made.
    """
    found = []
    for user_id, name in _list_people(viewer, db):
        news = view_digest_news(viewer, user_id, db, last_at=last_at)
        if news is not None and news.lines:
            found.append(PersonNews(user_id, name, news.lines, news.state))
    return sorted(found, key=lambda person: (person.name.casefold(), person.user_id))


def _list_people(viewer: Viewer, db: Session) -> list[tuple[int, str]]:
    statement = (
        sa.select(looks.c.user_id, display_name)
        .join(users, users.c.id == looks.c.user_id)
        .where(looks.c.viewer == viewer.actor, belongs(looks.c.base_at, users), scope(viewer.role, looks.c.user_id))
        .order_by(looks.c.shown_at.desc(), looks.c.user_id)
        .limit(MOST_PEOPLE)
    )
    return [(user_id, name) for user_id, name in db.execute(statement, dict(viewer.parameters))]
