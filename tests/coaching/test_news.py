"""What is new since somebody last looked: the difference of two states, and nothing twice."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from analytics.access.personal_data import expire, export_person, forget
from analytics.breakdown.versions import save
from analytics.coaching.goals import set_goal
from analytics.coaching.news import QUIET, Change, Kind, Look, State, difference, former_look, keep, look, mark_seen
from analytics.coaching.steps import StepState, mark_step
from analytics.columns import now
from analytics.database.schema import ours
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import looks
from analytics.interviewlab.tables import interviews, users
from analytics.views.news import News, view_news
from tests.support.breakdowns import offline
from tests.support.coaching import THEM, coach_them
from tests.support.reviews import answer, ask
from tests.support.verdicts import rate, switch
from tests.support.world import PEOPLE, START, World, feedback

SKILLS = ("communication", "technical", "problem_solving", "code_quality")
TRENDS = ("improving", "declining", "steady", "not_enough_evidence")


def happened(state: State, chance: random.Random) -> State:
    """Let one thing happen; some of what can happen is nothing that is told."""
    what = chance.randrange(8)
    skill = chance.choice(SKILLS)
    if what == 0:
        return replace(state, versions={**state.versions, str(len(state.versions)): chance.choice((0, 1))})
    if what == 1 and state.versions:
        one = chance.choice(list(state.versions))
        return replace(state, versions={**state.versions, one: state.versions[one] + 1})
    if what == 2:
        return replace(state, steps={**state.steps, str(len(state.steps)): "open"})
    if what == 3 and state.steps:
        return replace(
            state, steps={**state.steps, chance.choice(list(state.steps)): chance.choice(list(StepState)).value}
        )
    if what == 4:
        return replace(state, trends={**state.trends, skill: chance.choice(TRENDS)})
    if what in (5, 6):
        # Said once more, or taken back.
        name, one = (
            ("verdicts", f"{chance.randrange(3)}:{skill}") if what == 5 else ("reviews", str(chance.randrange(3)))
        )
        numbers = dict(getattr(state, name))
        numbers[one] = max(0, numbers.get(one, 0) + chance.choice((-1, 1, 1)))
        return replace(state, **{name: numbers})
    return replace(state, reached=tuple(sorted({skill} ^ set(state.reached))))


def told(before: State, after: State) -> Counter[tuple[str, str]]:
    """The same difference, worked out from sets."""
    clear = [{skill for skill, trend in one.trends.items() if trend != TRENDS[3]} for one in (before, after)]
    done = [{step for step, state in one.steps.items() if state == "done"} for one in (before, after)]
    raised = {
        one for one in before.versions.keys() & after.versions.keys() if after.versions[one] > before.versions[one]
    }
    of_each = {
        "interview": after.versions.keys() - before.versions.keys(), "breakdown": raised, "step": done[1] - done[0],
        "goal": set(after.reached) - set(before.reached), "trend": clear[0] ^ clear[1],
        "verdict": {one for one in after.verdicts if after.verdicts[one] > before.verdicts.get(one, 0)},
        "review": {one for one in after.reviews if after.reviews[one] > before.reviews.get(one, 0)},
    }  # fmt: skip
    return Counter((kind, key) for kind, keys in of_each.items() for key in keys)


def as_told(changes: list[Change]) -> Counter[tuple[str, str]]:
    return Counter((change.kind.value, change.key) for change in changes)


@pytest.mark.heavy
def test_a_list_is_the_difference_of_two_snapshots_and_tells_nothing_twice() -> None:
    for seed in range(1_000):
        looks_through(random.Random(seed))


def looks_through(chance: random.Random) -> None:
    """Go through one history, with looks and marks here and there."""
    state, at = State(), datetime(2026, 1, 1, tzinfo=UTC)
    taken: Look | None = None
    begun, shown = state, state  # by hand: what the list begins with, and what was shown last
    ended: list[Counter[tuple[str, str]]] = []
    for _ in range(40):
        for _ in range(chance.randrange(4)):
            state = happened(state, chance)
        passed = chance.choice((timedelta(minutes=1), QUIET - timedelta(seconds=1), QUIET, timedelta(days=9)))
        at += passed
        if taken is None:
            begun = state
        elif passed >= QUIET:
            ended.append(told(begun, shown))
            begun = shown
        taken, shown = look(taken, state, at), state
        assert as_told(difference(taken.base, taken.shown)) == told(begun, state)
        # Opened twice in a short time: the same list.
        again = look(taken, state, at)
        assert difference(again.base, again.shown) == difference(taken.base, taken.shown)
        if chance.random() < 0.2:
            ended.append(told(begun, shown))
            taken, begun = mark_seen(taken), shown
            assert difference(taken.base, taken.shown) == []
    once = [change for counted in ended for change in counted.elements() if change[0] == "interview"]
    assert len(once) == len(set(once))


def looked(world: World, who: str = "coach", at: datetime | None = None) -> News:
    """Look as the page does: read, then keep."""
    viewer = world.viewer(who)
    with reading(world.database.engine) as db:
        found = view_news(viewer, THEM.user_id, db, at=at)
    assert found is not None
    if found.to_keep is not None:
        with writing(world.database.engine) as db:
            keep(viewer, db, THEM.user_id, found.to_keep)
    return found


def test_each_kind_of_news_is_told_once_to_each_viewer(world: World) -> None:
    ids = coach_them(world)
    engine = world.database.engine
    first = looked(world)
    assert (first.since, list(first.lines)) == (None, [])
    looked(world, "admin")
    with writing(engine) as db:
        mark_step(world.viewer("interviewee"), db, ids["step"], StepState.DONE, "It worked")
        set_goal(world.viewer("coach"), db, THEM.user_id, "communication", 0.01)
    save.save(engine, 101, offline(), version_id="new", by=PEOPLE["coach"].email, write_back=False)
    add_interviews(world, 5)
    news = looked(world)
    assert [line.text for line in news.lines if line.kind is Kind.STEP] == [
        "Step done: Tell it in three sentences. “It worked”"
    ]
    assert "Goal reached: communication above 0.01." in [line.text for line in news.lines]
    assert [line.interview_id for line in news.lines if line.kind is Kind.BREAKDOWN] == [101]
    assert [line.interview_id for line in news.lines if line.kind is Kind.INTERVIEW] == [901, 902, 903, 904, 905]
    assert {line.text for line in news.lines if line.kind is Kind.TREND} >= {"Technical: a clear trend now, improving."}
    assert list(looked(world).lines) == list(news.lines)
    # After a while the next list begins; the admin, who has not looked since, is still told all of it.
    assert list(looked(world, at=now() + QUIET).lines) == []
    assert list(looked(world, "admin").lines) == list(news.lines)
    assert looked(world, "interviewee").since is None


def test_what_others_said_is_told_and_never_what_one_said_oneself(world: World) -> None:
    for who in ("interviewee", "coach", "admin"):
        looked(world, who)
    request = ask(world)
    rate(world, "coach", 102, leave_out="technical")
    assert texts(world, "coach") == ["Request for review: technical, Round 1 marzipan"]
    assert len(texts(world, "admin")) == 4
    verdicts = [f"New verdict: {skill}, Round 2 marzipan" for skill in ("code quality", "communication")]
    assert texts(world, "interviewee") == [*verdicts, "New verdict: problem solving, Round 2 marzipan"]
    answer(world, request)
    assert texts(world, "interviewee")[0] == "Review answered: technical, Round 1 marzipan"
    assert texts(world, "coach") == ["Request for review: technical, Round 1 marzipan"]
    # Whoever rates before they see is told nothing of what others said of the skills.
    switch(world, "admin")
    blind = replace(world.viewer("admin"), rates_blind=True, sees_cohort=False)
    with reading(world.database.engine) as db:
        told = view_news(blind, THEM.user_id, db)
    assert told is not None
    assert [line.text for line in told.lines] == ["Review answered: technical, Round 1 marzipan"]


def texts(world: World, who: str) -> list[str]:
    return [line.text for line in looked(world, who).lines]


def add_interviews(world: World, count: int) -> None:
    rows = [
        {
            "id": 901 + place, "user_id": THEM.user_id, "resume_id": None, "title": f"Later {place}",
            "status": "completed", "conversation_history": None, "resume_context": None, "job_description": None,
            "feedback": feedback(0.6 + 0.08 * place, THEM.word), "turn_count": 2, "started_at": None,
            "completed_at": START + timedelta(days=60 + place), "created_at": START + timedelta(days=60 + place),
            "updated_at": START,
        }
        for place in range(count)
    ]  # fmt: skip
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.insert(interviews), rows)


def test_nobody_is_told_of_whom_they_do_not_see(world: World) -> None:
    coach_them(world)
    looked(world)
    for who in ("other coach", "other interviewee", "unassigned"):
        with reading(world.database.engine) as db:
            assert view_news(world.viewer(who), THEM.user_id, db) is None
            assert former_look(world.viewer(who), db, THEM.user_id) is None


def test_a_look_at_whoever_had_the_id_before_is_none(world: World) -> None:
    looked(world, "admin")
    with world.database.platform_engine.begin() as connection:
        newer = now() + timedelta(seconds=1)
        connection.execute(sa.update(users).where(users.c.id == THEM.user_id).values(created_at=newer))
    assert looked(world, "admin", at=now() + timedelta(seconds=2)).since is None


def test_looks_are_exported_to_the_person_expire_and_go_with_either(world: World) -> None:
    engine = world.database.engine
    for who in ("coach", "admin"):
        looked(world, who)
    assert len(export_person(engine, THEM.user_id)["ours"]["looks"]) == 2
    assert export_person(engine, PEOPLE["coach"].user_id)["ours"]["looks"] == []
    forget(engine, PEOPLE["coach"].user_id)
    assert viewers(world) == [PEOPLE["admin"].email]
    expire(engine, 30, at=now() + timedelta(days=29))
    assert viewers(world) == [PEOPLE["admin"].email]
    expire(engine, 30, at=now() + timedelta(days=31))
    assert viewers(world) == []
    looked(world, "admin")
    forget(engine, THEM.user_id)
    assert viewers(world) == []
    assert looks in ours.sorted_tables


def viewers(world: World) -> list[str]:
    with reading(world.database.engine) as db:
        return list(db.execute(sa.select(looks.c.viewer)).scalars())
