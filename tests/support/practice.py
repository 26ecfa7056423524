"""An interview that the interviewee of the world keeps to themselves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from analytics.access.private import set_private
from analytics.coaching.notes import Visibility
from analytics.columns import now
from analytics.database.schema import added_interviews
from analytics.database.sessions import writing
from analytics.interviewlab.tables import interviews
from analytics.roster import refresh
from analytics.views.notes import note_in_interview
from tests.support.world import PEOPLE, World, feedback

PRACTICE, WORD = 103, "zircon"


def added_by_them(world: World, interview_id: int) -> None:
    """Let the interviewee have added an interview of theirs."""
    row = {"interview_id": interview_id, "source": f"x{interview_id}", "format": "text", "added_at": now()}
    with writing(world.database.engine) as db:
        db.execute(sa.insert(added_interviews).values(row | {"added_by": PEOPLE["interviewee"].email}))


def keep(world: World) -> None:
    """Let the interviewee have added their last interview as practice, with a word of its own and another score."""
    engine = world.database.platform_engine
    said = [{"role": "user", "content": f"I know {WORD}.", "metadata": {}}]
    values: dict[str, Any] = {"title": f"Round {WORD}", "feedback": feedback(0.13, WORD), "conversation_history": said}
    with engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == PRACTICE).values(values))
    added_by_them(world, PRACTICE)
    with writing(world.database.engine) as db:
        set_private(world.viewer("interviewee"), db, PRACTICE, private=True)
        note_in_interview(world.viewer("interviewee"), db, PRACTICE, Visibility.SHARED, f"Of {WORD}", message=1)
    brought_up_to_date(world)


def brought_up_to_date(world: World) -> None:
    with world.database.engine.begin() as connection:
        while refresh.refresh(connection):
            pass
