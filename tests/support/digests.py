"""Digests in the small world: chosen, due, and what there is to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import sqlalchemy as sa

from analytics.access.viewer import Viewer
from analytics.coaching.digests import Channel, Every, choose_digest
from analytics.coaching.news import keep
from analytics.coaching.steps import StepState, mark_step
from analytics.columns import now
from analytics.database.schema import ours
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import digest_deliveries, digests
from analytics.digests.sender import SendTimes
from analytics.settings import Settings
from analytics.views.news import view_news
from tests.support.coaching import THEM
from tests.support.world import World

SETTINGS = Settings()
AT_ONCE = SendTimes(pause=timedelta(0))


def look_at(world: World, viewer: Viewer, user_id: int = THEM.user_id) -> None:
    """Look as the page does: read, then keep."""
    with reading(world.database.engine) as db:
        found = view_news(viewer, user_id, db)
    if found is not None and found.to_keep is not None:
        with writing(world.database.engine) as db:
            keep(viewer, db, user_id, found.to_keep)


def choose(
    world: World,
    who: str,
    every: Every = Every.DAY,
    channel: Channel = Channel.MAIL,
    *,
    scores: bool = False,
    role_of: Viewer | None = None,
) -> Viewer:
    """Have somebody look at the interviewee and choose digests, some days ago."""
    viewer = role_of or world.viewer(who)
    look_at(world, viewer)
    with writing(world.database.engine) as db:
        choose_digest(viewer, db, every, channel, with_scores=scores)
        db.execute(sa.update(digests).values(chosen_at=now() - timedelta(days=8)))
    return viewer


def mark_done(world: World, step: str, word: str = "It worked") -> None:
    with writing(world.database.engine) as db:
        mark_step(replace(world.viewer("interviewee"), user_id=THEM.user_id), db, step, StepState.DONE, word)


def tomorrow(days: int = 1) -> datetime:
    return now() + timedelta(days=days)


def states(world: World) -> dict[str, str]:
    """Give where the latest digest of each person stands."""
    rows = sa.select(digest_deliveries.c.email, digest_deliveries.c.state).order_by(digest_deliveries.c.due_on)
    with reading(world.database.engine) as db:
        return {row.email: row.state for row in db.execute(rows)}


def texts(message: EmailMessage) -> str:
    """Give all that a message says, headers included."""
    bodies = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), *bodies])


def everything_kept(world: World) -> str:
    with reading(world.database.engine) as db:
        return "\n".join(repr(db.execute(sa.select(table)).all()) for table in ours.sorted_tables)
