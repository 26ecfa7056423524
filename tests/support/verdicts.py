"""Verdicts in the small world."""

from __future__ import annotations

from analytics.access.blind import choose
from analytics.database.sessions import writing
from analytics.skills import SKILL_KEYS
from analytics.verdicts.verdicts import give_verdict
from tests.support.world import World


def rate(world: World, who: str, interview_id: int, level: int | None = 3, *, leave_out: str = "") -> None:
    """Have somebody judge the skills of an interview."""
    with writing(world.database.engine) as db:
        for skill in SKILL_KEYS:
            if skill != leave_out:
                give_verdict(world.viewer(who), db, interview_id, skill, level, reason="As the anchors say")


def switch(world: World, who: str, *, blind: bool = True) -> None:
    """Have somebody choose whether they rate before they see."""
    with writing(world.database.engine) as db:
        choose(world.viewer(who), db, blind=blind)
