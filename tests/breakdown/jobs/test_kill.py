"""The process is ended at every boundary between two steps, twice: one version, no lost answer, no second bill."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from analytics.access import audit
from analytics.access.viewer import TRUSTED
from analytics.breakdown import ModelSettings
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.versions.shown import history, shown_breakdown
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from tests.support import killed_worker, world
from tests.support.databases import Database
from tests.support.doubles import conversation
from tests.support.jobs import job, model
from tests.support.model_server import ModelServer, prompt_of
from tests.support.platform_rows import add, interview

# Claims for each skill, one of them asked again, their support, levels in one order and by the claims alone.
CALLS = 4 + 1 + 1 + 1 + 1
# These, and: begin, read the interview, end.
STEPS = CALLS + 3
# Cites what is not there, so that there is something to repair.
UNFOUNDED = {
    "answer": {
        "strengths": [{"ids": ["S99"], "text": "Says something that is nowhere in this interview."}],
        "weaknesses": [],
        "recommendations": [],
    },
    "when": 'skill "Technical"',
}


@pytest.fixture
def people(world: world.World) -> world.World:
    return world


def one_by_one(server: ModelServer) -> ModelSettings:
    # One call at a time: what is under way when the process ends has no answer yet, and must be asked again.
    return model(server.url).with_changes(samples=1, concurrency=1)


def interview_for(database: Database, number: int) -> None:
    add(database.platform_engine, rows=[interview(number, 11, conversation_history=conversation(), feedback={})])


def check(database: Database, interview_id: int, job_id: str, *, calls: int = CALLS) -> None:
    done = job(database, job_id)
    assert done.state is JobState.FINISHED, done.sentence
    with reading(database.engine) as db:
        stored = history(TRUSTED, db, interview_id)
        shown = shown_breakdown(TRUSTED, db, interview_id)
        trail = [row.action for row in audit.trail(TRUSTED, db) if row.interview_id == interview_id]
    assert [version.number for version in stored] == [2, 1]
    assert stored[0].id == done.version_id
    assert shown is not None
    assert shown.version == stored[0]
    assert shown.breakdown is not None
    assert all(skill.levels == (4,) or skill.levels == (3,) for skill in shown.breakdown.skill_breakdown.values())
    assert stored[0].origin.usage.calls == calls
    assert trail == ["generate breakdown", "start breakdown"]


def test_at_every_boundary_twice(database: Database, people: world.World, server: ModelServer) -> None:
    settings = one_by_one(server)
    boundaries: list[killed_worker.Boundary] = [*range(1, STEPS + 1), "saved"]
    for place, boundary in enumerate(boundaries):
        interview_id = 1000 + place
        interview_for(database, interview_id)
        server.forget()
        server.tell([UNFOUNDED])
        pressed = store.request(TRUSTED, database.engine, interview_id)
        codes = [
            killed_worker.ended(killed_worker.start(database.url, settings, boundary, "exit")),
            # The next process is struck after the next step; behind the last one nothing is left to be struck at.
            killed_worker.ended(killed_worker.start(database.url, settings, 1, "kill")),
            killed_worker.ended(killed_worker.start(database.url, settings)),
        ]
        left = boundary != STEPS
        assert codes == [killed_worker.STRUCK["exit"], killed_worker.STRUCK["kill"] if left else 0, 0], boundary
        check(database, interview_id, pressed.id)
        asked = Counter(prompt_of(body) for body in server.requests)
        assert len(server.requests) == CALLS, boundary
        assert set(asked.values()) == {1}


def test_with_calls_side_by_side_no_stored_answer_is_asked_again(
    database: Database, people: world.World, server: ModelServer
) -> None:
    settings = one_by_one(server).with_changes(concurrency=4)
    for place, boundary in enumerate((3, 5, 8)):
        interview_id = 1000 + place
        interview_for(database, interview_id)
        server.forget()
        pressed = store.request(TRUSTED, database.engine, interview_id)
        assert (
            killed_worker.ended(killed_worker.start(database.url, settings, boundary, "kill"))
            == killed_worker.STRUCK["kill"]
        )
        assert killed_worker.ended(killed_worker.start(database.url, settings)) == 0
        check(database, interview_id, pressed.id, calls=CALLS - 1)
        # At most the three that were under way beside the one that was stored last.
        assert CALLS - 1 <= len(server.requests) <= CALLS + 2


def test_a_running_copy_takes_over_from_one_that_is_gone(
    database: Database, people: world.World, server: ModelServer
) -> None:
    settings = one_by_one(server)
    interview_for(database, 1000)
    interview_for(database, 1001)
    server.tell([{"hang": 30, "when": "Locates"}])
    pressed = store.request(TRUSTED, database.engine, 1000)
    gone = killed_worker.start(database.url, settings, 5, "kill")
    assert killed_worker.ended(gone) == killed_worker.STRUCK["kill"]
    # Two copies are started at once on what it left; only one of them goes on with it.
    both = [killed_worker.start(database.url, settings) for _ in range(2)]
    assert [killed_worker.ended(process) for process in both] == [0, 0]
    assert job(database, pressed.id).state is JobState.FINISHED
    with reading(database.engine) as db:
        assert [version.number for version in history(TRUSTED, db, 1000)] == [2, 1]
        assert history(TRUSTED, db, 1001) == []
    assert len(server.requests) == CALLS - 1


def test_the_models_key_is_changed_with_a_breakdown_under_way(
    database: Database, people: world.World, server: ModelServer
) -> None:
    settings = one_by_one(server)
    new_key = f"{settings.key}-next"
    interview_for(database, 1000)
    pressed = store.request(TRUSTED, database.engine, 1000)
    assert killed_worker.ended(killed_worker.start(database.url, settings, 4, "exit")) == killed_worker.STRUCK["exit"]
    before = len(server.requests)
    assert 0 < before < CALLS - 1
    # The former key counts no more; the next process has the new one and nothing else.
    assert killed_worker.ended(killed_worker.start(database.url, settings.with_changes(api_key=new_key))) == 0
    check(database, 1000, pressed.id, calls=CALLS - 1)
    used = [headers["authorization"].removeprefix("Bearer ") for headers in server.headers]
    assert used == [settings.key] * before + [new_key] * (CALLS - 1 - before)


def test_what_changes_meanwhile_does_not_mix_into_what_was_read(
    database: Database, people: world.World, server: ModelServer
) -> None:
    settings = one_by_one(server)
    interview_for(database, 1000)
    server.tell([UNFOUNDED])
    pressed = store.request(TRUSTED, database.engine, 1000)
    assert killed_worker.ended(killed_worker.start(database.url, settings, 4, "exit")) == killed_worker.STRUCK["exit"]
    changed = [*conversation(), {"role": "user", "content": "One more thing came to my mind.", "metadata": {}}]
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 1000).values(conversation_history=changed))
    assert killed_worker.ended(killed_worker.start(database.url, settings)) == 0
    check(database, 1000, pressed.id)
    assert len(server.requests) == CALLS
    assert not any("One more thing" in prompt_of(body) for body in server.requests)
