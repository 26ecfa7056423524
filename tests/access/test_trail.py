"""What may be changed any number of times is changed so often within a day: the trail does not grow without end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access import audit, blind, deletion, private
from analytics.access.viewer import TRUSTED, NotAllowedError, Viewer
from analytics.breakdown.versions import locking
from analytics.coaching import digests
from analytics.columns import now
from analytics.database.schema import added_interviews
from analytics.database.schema import audit as trail
from analytics.database.sessions import writing
from analytics.importing import tags
from analytics.queries.tags import Tags
from tests.support.world import World

INTERVIEW = 101
DONE = [{"actor": "", "action": "digest", "at": now(), "detail": "{}"}] * audit.MOST_CHANGES_A_DAY


Change = Callable[[Viewer, sa.Connection], object]
CHANGES: dict[str, Change] = {
    "keep to oneself": lambda viewer, db: private.set_private(viewer, db, INTERVIEW, private=True),
    "delete all": lambda viewer, db: deletion.ask_deletion(viewer, db, 30),
    "rate blind": lambda viewer, db: blind.choose(viewer, db, blind=True),
    "digests": lambda viewer, db: digests.choose_digest(viewer, db, None),
    "tag": lambda viewer, db: tags.set_tags(viewer, db, INTERVIEW, Tags("coding")),
    "tag by title": lambda viewer, db: tags.tag_by_title(viewer, db, "Round*", Tags("coding")),
    "versions": lambda viewer, db: locking.lock_for(db, viewer, INTERVIEW, write_back=False),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_changes_things_without_end_is_stopped(world: World, change: str) -> None:
    who = "interviewee" if change in ("keep to oneself", "delete all") else "coach"
    viewer, engine = world.viewer(who), world.database.engine
    with writing(engine) as db:
        added = {"interview_id": INTERVIEW, "source": "a file", "format": "text", "added_by": viewer.actor}
        db.execute(sa.insert(added_interviews).values(added | {"added_at": now()}))
        db.execute(sa.insert(trail), [row | {"actor": viewer.actor, "at": now()} for row in DONE])
    with writing(engine) as db, pytest.raises(NotAllowedError, match="5,000 changes within a day"):
        CHANGES[change](viewer, db)
    with writing(engine) as db:
        # Nobody else is stopped, nor whoever runs the program, and a day later the same person goes on.
        audit.require_few_changes(world.viewer("admin"), db)
        audit.require_few_changes(TRUSTED, db)
        db.execute(sa.update(trail).values(at=now() - timedelta(hours=25)))
        audit.require_few_changes(viewer, db)
