"""A press becomes one job, and what becomes of it is told."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED, NotAllowedError
from analytics.breakdown import FeedbackGenerator, InterviewFeedback
from analytics.breakdown.jobs import store, workflow
from analytics.breakdown.jobs.job import Job, JobError, JobState
from analytics.breakdown.versions import save, shown
from analytics.breakdown.versions.version import Source, read_version
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from tests.support import world
from tests.support.databases import Database
from tests.support.doubles import conversation
from tests.support.jobs import CALLS, QUICK, ended, job, model, version_numbers, working
from tests.support.model_server import ModelServer
from tests.support.versions import platform_row
from tests.support.waiting import wait_until

INTERVIEW = 101


def test_a_press_makes_a_version(database: Database, people: world.World, server: ModelServer) -> None:
    with working(database, model(server.url)) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        assert pressed.state is JobState.WAITING
        done = ended(database, pressed.id)
    assert done.state is JobState.FINISHED
    assert done.sentence == "Version 2 is shown: 16 of 16 claims quoted."
    assert done.pressed_by == "coach@example.org"
    assert done.progress.done == done.progress.total == CALLS == len(server.requests)
    assert done.progress.tokens > 0
    assert set(done.progress.skills) == {"communication", "technical", "problem_solving", "code_quality"}
    with reading(database.engine) as db:
        newest = shown.history(people.viewer("coach"), db, INTERVIEW)[0]
    assert newest.id == done.version_id
    assert newest.created_by == "coach@example.org"
    assert newest.origin.usage.calls == CALLS
    assert newest.origin.seconds > 0
    assert newest.origin.asked == "double"


def test_a_draft_without_a_claim_is_told_in_words(database: Database, people: world.World) -> None:
    wishes = [
        {"role": "assistant", "content": "What would you like to do here?"},
        {"role": "user", "content": "I would like to stay with the people I know, and to learn the trade. " * 4},
    ]
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(conversation_history=wishes))
    with working(database) as at_work:
        done = ended(database, at_work.press(people.viewer("coach"), INTERVIEW).id)
    assert done.sentence.endswith(": it makes no claim.")
    assert "0 of 0" not in done.sentence


def test_two_presses_are_one_job(database: Database, people: world.World, server: ModelServer) -> None:
    server.tell([{"hang": 0.5}] * 4)
    with working(database, model(server.url)) as at_work:
        first = at_work.press(people.viewer("coach"), INTERVIEW)
        second = at_work.press(people.viewer("admin"), INTERVIEW)
        assert second.id == first.id
        pressed = []
        threads = [
            threading.Thread(target=lambda: pressed.append(at_work.press(people.viewer("coach"), INTERVIEW).id))
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(pressed) == {first.id}
        ended(database, first.id)
        assert len(server.requests) == CALLS
        assert version_numbers(database, INTERVIEW) == [2, 1]
        # What comes after it is another job.
        third = at_work.press(people.viewer("coach"), INTERVIEW)
        assert third.id != first.id
        ended(database, third.id)
    assert version_numbers(database, INTERVIEW) == [3, 2, 1]


def test_a_running_job_is_cancelled_within_a_moment(
    database: Database, people: world.World, server: ModelServer
) -> None:
    server.tell([{"hang": 60}])
    with working(database, model(server.url)) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        wait_until(lambda: len(server.requests) == 1, "the call that goes alone")
        store.cancel(people.viewer("admin"), database.engine, INTERVIEW)
        asked = job(database, pressed.id)
        assert (asked.cancel_requested, asked.sentence) == (True, "Being cancelled.")
        done = ended(database, pressed.id)
        assert (done.state, done.sentence) == (JobState.CANCELLED, "Cancelled. Nothing was changed.")
        assert len(server.requests) == 1
        assert version_numbers(database, INTERVIEW) == []
        # The way is free for the next one.
        again = at_work.press(people.viewer("coach"), INTERVIEW)
        assert ended(database, again.id).state is JobState.FINISHED


def test_who_cancels_after_the_last_look_is_heard(database: Database, people: world.World) -> None:
    def cancel_beside_the_last_call(body: dict[str, Any]) -> None:
        if len(server.requests) == CALLS:
            store.cancel(people.viewer("admin"), database.engine, INTERVIEW)

    before = platform_row(database)
    times = replace(QUICK, cancellation=1_000_000)
    with (
        ModelServer(rule=cancel_beside_the_last_call) as server,
        working(database, model(server.url), times=times) as at,
    ):
        pressed = at.press(people.viewer("coach"), INTERVIEW)
        done = ended(database, pressed.id)
        assert len(server.requests) == CALLS
    assert (done.state, done.sentence) == (JobState.CANCELLED, "Cancelled. Nothing was changed.")
    assert done.version_id is None
    assert version_numbers(database, INTERVIEW) == []
    assert platform_row(database) == before


def test_a_job_of_a_batch_is_cancelled_alone(database: Database, people: world.World, server: ModelServer) -> None:
    server.looks = 1_000_000
    with working(database, model(server.url)) as at_work:
        pressed = at_work.press_together(TRUSTED, [INTERVIEW, 102])
        first, second = pressed[INTERVIEW], pressed[102]
        assert isinstance(first, Job)
        assert isinstance(second, Job)
        wait_until(server.looked_at, "the first round at the provider's")
        store.cancel(TRUSTED, database.engine, INTERVIEW)
        # The provider is not done with the round.
        done = ended(database, first.id)
        assert (done.state, done.sentence) == (JobState.CANCELLED, "Cancelled. Nothing was changed.")
        assert job(database, second.id).is_open
        assert store.request(TRUSTED, database.engine, INTERVIEW).id != first.id
        server.looks = 0
        assert ended(database, second.id).state is JobState.FINISHED
    # The claims of both, and the rest of one; the job that was pressed next is a usual one.
    assert [len(calls) for calls in server.batches] == [8, 1, 3]
    assert version_numbers(database, 102) == [2, 1]


def test_a_batch_of_cancelled_jobs_is_not_waited_for(
    database: Database, people: world.World, server: ModelServer
) -> None:
    server.looks = 1_000_000
    with working(database, model(server.url)) as at_work:
        pressed = at_work.press_together(TRUSTED, [INTERVIEW])[INTERVIEW]
        assert isinstance(pressed, Job)
        wait_until(server.looked_at, "the round at the provider's")
        store.cancel(TRUSTED, database.engine, INTERVIEW)
        wait_until(lambda: workflow.find_ended([pressed.workflow_id]) == {pressed.workflow_id: True}, "the batch's end")
    assert job(database, pressed.id).state is JobState.CANCELLED
    assert version_numbers(database, INTERVIEW) == []


def test_a_waiting_job_is_cancelled_at_once(database: Database, people: world.World, server: ModelServer) -> None:
    pressed = store.request(people.viewer("coach"), database.engine, INTERVIEW)
    store.cancel(people.viewer("coach"), database.engine, INTERVIEW)
    done = job(database, pressed.id)
    assert (done.state, done.sentence) == (JobState.CANCELLED, "Cancelled before it began. Nothing was changed.")
    with working(database, model(server.url)) as at_work:
        workflow_of_cancelled = at_work.press(people.viewer("coach"), 102)
        ended(database, workflow_of_cancelled.id)
    assert len(server.requests) == CALLS
    assert version_numbers(database, INTERVIEW) == []
    # Where nothing is open there is nothing to cancel.
    store.cancel(people.viewer("coach"), database.engine, INTERVIEW)
    assert job(database, pressed.id) == done


def test_a_press_whose_handing_over_was_lost_is_worked_off(
    database: Database, people: world.World, server: ModelServer
) -> None:
    pressed = store.request(people.viewer("coach"), database.engine, INTERVIEW)
    with working(database, model(server.url)):
        assert ended(database, pressed.id).state is JobState.FINISHED
    assert len(server.requests) == CALLS


def test_a_model_that_fails_changes_nothing(database: Database, people: world.World, server: ModelServer) -> None:
    server.tell([{"status": 401}] * 4)
    with working(database, model(server.url)) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        done = ended(database, pressed.id)
    assert done.state is JobState.FAILED
    assert done.sentence == "The language model's server did not accept our key. Nothing was changed."
    assert version_numbers(database, INTERVIEW) == []


def test_a_skill_that_fails_is_told(database: Database, people: world.World, server: ModelServer) -> None:
    server.tell([{"refusal": "no", "when": 'skill "Technical"'}])
    with working(database, model(server.url)) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        done = ended(database, pressed.id)
    assert done.state is JobState.FINISHED
    assert done.sentence == (
        "Version 2 is shown: 12 of 12 claims quoted. Technical keeps its former value: "
        "The language model declined to assess this interview."
    )


def test_without_a_model_rules_do_it(database: Database, people: world.World) -> None:
    with working(database) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        done = ended(database, pressed.id)
    assert done.state is JobState.FINISHED
    with reading(database.engine) as db:
        assert shown.history(people.viewer("coach"), db, INTERVIEW)[0].source is Source.OFFLINE


UNFOUNDED = {"ids": ["S99"], "text": "Says something that is nowhere in this interview."}


@pytest.mark.parametrize("repaired", [False, True])
def test_a_job_makes_what_the_library_makes(
    database: Database, people: world.World, server: ModelServer, repaired: bool
) -> None:
    first = {"strengths": [UNFOUNDED], "weaknesses": [], "recommendations": []}
    behaviours = [{"answer": first, "when": 'skill "Technical"'}] if repaired else []
    server.tell(behaviours)
    settings = model(server.url)
    at_once = FeedbackGenerator(settings).generate_feedback(conversation(), names=("Robin Doe",))
    calls = len(server.requests)
    server.tell(behaviours)
    with working(database, settings) as at_work:
        ended(database, at_work.press(people.viewer("coach"), INTERVIEW).id)
    with reading(database.engine) as db:
        stored = read_version(shown.history(TRUSTED, db, INTERVIEW)[0])

    def without_times(made: InterviewFeedback) -> dict[str, object]:
        return {key: skill.model_dump(exclude={"usage": {"seconds"}}) for key, skill in made.skill_breakdown.items()}

    assert without_times(stored) == without_times(at_once)
    assert len(server.requests) == 2 * calls == 2 * (CALLS + repaired)
    assert at_once.points > 0


def test_what_would_cost_too_much_is_not_begun(database: Database, people: world.World, server: ModelServer) -> None:
    settings = model(server.url)
    object.__setattr__(settings, "token_ceiling", 1_000)
    with working(database, settings) as at_work:
        done = ended(database, at_work.press(people.viewer("coach"), INTERVIEW).id)
    assert done.state is JobState.FAILED
    assert "more tokens than one run may use" in done.sentence
    assert server.requests == []


def test_an_interview_that_goes_away_meanwhile(database: Database, people: world.World, server: ModelServer) -> None:
    server.tell([{"hang": 1}])
    with working(database, model(server.url)) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        wait_until(lambda: len(server.requests) == 1, "the call that goes alone")
        with database.platform_engine.begin() as connection:
            connection.execute(sa.delete(interviews).where(interviews.c.id == INTERVIEW))
        done = ended(database, pressed.id)
    assert done.state is JobState.FAILED
    assert done.sentence.startswith("The interview is gone")
    assert save.forget_deleted(database.engine) == 0
    with database.engine.connect() as connection:
        assert store.by_id(connection, [pressed.id]) == []


def test_nobody_waits_behind_all_that_another_one_pressed(
    database: Database, people: world.World, server: ModelServer
) -> None:
    server.tell([{"hang": 60}] * 100)
    with working(database, model(server.url)) as at_work:
        many = [at_work.press(people.viewer("admin"), interview_id) for interview_id in (101, 102, 103, 201, 301)]

        def states() -> list[str]:
            return sorted(job(database, pressed.id).state for pressed in many)

        wait_until(lambda: states().count(JobState.RUNNING) == workflow.AT_A_TIME_EACH, "three of the five")
        one = at_work.press(people.viewer("other coach"), 202)
        wait_until(lambda: job(database, one.id).state is JobState.RUNNING, "the one of somebody else")
        assert states().count(JobState.WAITING) == 2
        for interview_id in (101, 102, 103, 201, 202, 301):
            store.cancel(people.viewer("admin"), database.engine, interview_id)
        for pressed in (*many, one):
            ended(database, pressed.id)


@pytest.mark.parametrize("who", ["other coach", "interviewee", "other interviewee"])
def test_others_neither_press_nor_cancel(database: Database, people: world.World, who: str) -> None:
    viewer, stranger = people.viewer("coach"), people.viewer(who)
    with pytest.raises((JobError, NotAllowedError)):
        store.request(stranger, database.engine, INTERVIEW)
    assert store.open_jobs(database.engine) == []
    pressed = store.request(viewer, database.engine, INTERVIEW)
    if who == "other coach":
        store.cancel(stranger, database.engine, INTERVIEW)
    else:
        with pytest.raises(NotAllowedError):
            store.cancel(stranger, database.engine, INTERVIEW)
    assert job(database, pressed.id).is_open
    with reading(database.engine) as db:
        assert store.latest(viewer, db, INTERVIEW) == pressed
        assert (store.latest(stranger, db, INTERVIEW) is None) == (who != "interviewee")


def test_only_completed_interviews_are_assessed(database: Database, people: world.World) -> None:
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == INTERVIEW).values(status="in_progress"))
    with pytest.raises(JobError, match="not completed"):
        store.request(people.viewer("coach"), database.engine, INTERVIEW)
    with pytest.raises(JobError, match="does not exist"):
        store.request(people.viewer("coach"), database.engine, 99_999)
