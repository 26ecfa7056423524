"""What one person may write ends somewhere, with one sentence; others write on, and what is there can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.api import PREFIX
from analytics.coaching.access import CoachingError
from analytics.coaching.goals import goals_of, set_goal
from analytics.coaching.limits import GOALS, LIMITS, LINKS, MARKS, NOTES, REVIEWS, STEPS, STRUCK, VERDICTS, Limit
from analytics.coaching.links import make_link
from analytics.coaching.notes import Visibility, rewrite_note, write_note
from analytics.coaching.steps import StepState, agree_step, mark_step
from analytics.database.sessions import reading, writing
from analytics.reviews.asking import ask_review
from analytics.reviews.requests import ReviewTarget
from analytics.reviews.struck import ClaimKey, strike
from analytics.verdicts.verdicts import give_verdict, withdraw_verdict
from tests.support.api_client import bearer, client, platform_token
from tests.support.coaching import THEM, coach_them
from tests.support.world import PEOPLE, World

INTERVIEW = THEM.interviews[0]
Write = Callable[[World, str, Connection, str], object]
# How one of each is written, by whom, and who else may write one.
WAYS: dict[Limit, tuple[Write, str, str]] = {
    NOTES: (
        lambda world, who, db, _: write_note(world.viewer(who), db, THEM.user_id, Visibility.SHARED, "Here"),
        "interviewee", "coach",
    ),
    STEPS: (lambda world, who, db, _: agree_step(world.viewer(who), db, THEM.user_id, "Do it"), "coach", "admin"),
    MARKS: (
        lambda world, who, db, step: mark_step(world.viewer(who), db, step, StepState.TRIED), "interviewee", "coach",
    ),
    GOALS: (
        lambda world, who, db, _: set_goal(world.viewer(who), db, THEM.user_id, "technical", 0.9), "coach", "admin",
    ),
    LINKS: (lambda world, who, db, _: make_link(world.viewer(who), db, THEM.user_id), "interviewee", "coach"),
    REVIEWS: (
        lambda world, who, db, _: ask_review(world.viewer(who), db, ReviewTarget(INTERVIEW, "technical"), "No"),
        "interviewee", "",
    ),
    VERDICTS: (
        lambda world, who, db, _: give_verdict(world.viewer(who), db, INTERVIEW, "technical", 3, reason="So"),
        "coach", "admin",
    ),
    STRUCK: (
        lambda world, who, db, _: strike(
            world.viewer(who), db, INTERVIEW, [ClaimKey("technical", "strength", "Knows it")], "Not so"
        ),
        "coach", "admin",
    ),
}  # fmt: skip


def fill(db: Connection, limit: Limit, row: dict[str, Any]) -> None:
    """Repeat a row until nothing more may be written."""
    table = limit.about.table
    values = [dict(row) for _ in range(limit.most - 1)]
    for place, value in enumerate(values):
        value.pop("id", None)
        for column in table.c:
            if column.primary_key or column.unique:
                if isinstance(column.type, sa.String):
                    value[column.name] = f"copy {place}"
                elif column.name == "number":
                    value[column.name] = 1
    db.execute(sa.insert(table), values)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.about.table.name)
@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_at_the_limit_one_sentence_says_so_and_others_write_on(world: World, limit: Limit) -> None:
    step = coach_them(world)["step"]
    write, who, other = WAYS[limit]
    with writing(world.database.engine) as db:
        db.execute(sa.delete(limit.about.table))
        write(world, who, db, step)
        (row,) = db.execute(sa.select(limit.about.table)).mappings()
        fill(db, limit, dict(row))
        with pytest.raises(CoachingError) as refused:
            write(world, who, db, step)
        if other:
            write(world, other, db, step)
    assert str(refused.value) == f"You have reached the limit of {limit.most:,} {limit.what}."


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_was_written_is_taken_back_at_the_limit_too_and_the_api_says_the_sentence(world: World) -> None:
    coach = world.viewer("coach")
    with writing(world.database.engine) as db:
        note = write_note(coach, db, THEM.user_id, Visibility.SHARED, "Here")
        set_goal(coach, db, THEM.user_id, "technical", 0.9)
        give_verdict(coach, db, INTERVIEW, "technical", 3, reason="So")
        for limit in (NOTES, GOALS, VERDICTS):
            (row,) = db.execute(sa.select(limit.about.table)).mappings()
            fill(db, limit, dict(row))
        with pytest.raises(CoachingError, match="reached the limit"):
            rewrite_note(coach, db, note, "There")
    answer = client(world).post(
        f"{PREFIX}/interviews/analytics/coaching/notes?user_id={THEM.user_id}",
        headers=bearer(platform_token(PEOPLE["coach"].user_id)),
        json={"text": "One more"},
    )
    assert (answer.status_code, "reached the limit of 1,000 notes" in answer.json()["detail"]) == (422, True)
    with writing(world.database.engine) as db:
        rewrite_note(coach, db, note, "")
        withdraw_verdict(coach, db, INTERVIEW, "technical")
        set_goal(coach, db, THEM.user_id, "technical", None)
        set_goal(coach, db, THEM.user_id, "technical", None)
        taken = db.execute(sa.select(sa.func.count()).select_from(GOALS.about.table)).scalar_one()
    # Taking away what is not there writes nothing.
    assert taken == GOALS.most + 1
    with reading(world.database.engine) as session:
        assert goals_of(coach, session, THEM.user_id) == {}
