"""The program that works jobs off: how it starts, ends, is named and goes on, and what keeps it from working."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos import DBOS

from analytics.breakdown.jobs import store, workflow
from analytics.breakdown.jobs.instances import adopt, register
from analytics.breakdown.jobs.job import JobError, JobState
from analytics.breakdown.jobs.preparation import Preparation
from analytics.breakdown.jobs.worker import JobWorker
from analytics.breakdown.rubric import STANDARD
from analytics.breakdown.versions import shown
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from tests.support import world
from tests.support.databases import Database, Databases
from tests.support.doubles import long_interview
from tests.support.jobs import CALLS, QUICK, ended, job, model, version_numbers, working
from tests.support.model_server import ModelServer
from tests.support.waiting import wait_until

INTERVIEW = 101


def test_the_program_ends_without_losing_a_job(database: Database, people: world.World, server: ModelServer) -> None:
    server.tell([{"hang": 60, "when": 'skill "Technical"'}])
    with working(database, model(server.url), times=replace(QUICK, drain=0.2)) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        wait_until(lambda: job(database, pressed.id).progress.done == 3, "three of the four answers")
    assert job(database, pressed.id).is_open
    asked = len(server.requests)
    with working(database, model(server.url)):
        assert ended(database, pressed.id).state is JobState.FINISHED
    # Only the call that was given up is asked again.
    assert len(server.requests) == CALLS + 1
    assert asked == 4
    assert version_numbers(database, INTERVIEW) == [2, 1]


@pytest.mark.parametrize("changed", ["model", "rubric"])
def test_another_model_or_rubric_after_a_restart_is_not_mixed_in(
    database: Database, people: world.World, server: ModelServer, tmp_path: Path, changed: str
) -> None:
    other = None
    if changed == "rubric":
        file = tmp_path / "own.toml"
        file.write_text(STANDARD.read_text().replace("Answers miss the question", "Nobody understands a word"))
        other = model(server.url).with_changes(rubric_file=str(file))
    server.tell([{"hang": 60, "when": 'skill "Technical"'}])
    with working(database, model(server.url), times=replace(QUICK, drain=0.2)) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        wait_until(lambda: job(database, pressed.id).progress.done == 3, "three of the four answers")
    with working(database, other):
        done = ended(database, pressed.id)
    assert done.state is JobState.FAILED
    assert "was changed meanwhile" in done.sentence
    assert version_numbers(database, INTERVIEW) == []
    assert len(server.requests) == 4


def test_a_database_that_is_not_set_up_is_told(databases: Databases, people: world.World) -> None:
    with databases.fresh(ours=False) as bare, working(bare) as at_work:
        with pytest.raises(JobError, match="python -m analytics setup"):
            at_work.press(people.viewer("coach"), INTERVIEW)
        assert "python -m analytics setup" in str(at_work.unavailable())


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_database_that_takes_no_changes_is_told_until_it_does(database: Database, people: world.World) -> None:
    def read_only(state: str) -> None:
        with database.platform_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            name = database.engine.url.database
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = {state}")
        database.engine.dispose()

    read_only("on")
    with working(database) as at_work:
        with pytest.raises(JobError, match="read-only"):
            at_work.press(people.viewer("coach"), INTERVIEW)
        with reading(database.engine) as db:
            assert shown.shown_breakdown(people.viewer("coach"), db, INTERVIEW) is not None
        read_only("off")
        wait_until(lambda: at_work.unavailable() is None, "the jobs")
        assert ended(database, at_work.press(people.viewer("coach"), INTERVIEW).id).state is JobState.FINISHED


def test_a_setting_that_cannot_be_used_is_told(database: Database, people: world.World) -> None:
    def wrong() -> None:
        raise ValueError("MODEL_SAMPLES must be a whole number, not 'many'")

    at_work = JobWorker(lambda: database.engine, write_back=True, generator=wrong)  # type: ignore[arg-type, return-value]
    at_work.start()
    try:
        with pytest.raises(JobError, match="MODEL_SAMPLES must be a whole number"):
            at_work.press(people.viewer("coach"), INTERVIEW)
    finally:
        at_work.stop()


def test_each_running_copy_has_a_name_of_its_own(database: Database) -> None:
    first, second = register(database.engine), register(database.engine)
    assert (first.name, second.name) == ("copy-1", "copy-2")
    assert first.is_held()
    assert adopt(database.engine, "copy-1") is None
    first.release()
    taken = adopt(database.engine, "copy-1")
    assert taken is not None
    taken.release()
    assert adopt(database.engine, "somebody else's") is None
    third = register(database.engine)
    assert third.name == "copy-1"
    third.release()
    second.release()


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_broken_connection_loses_the_name(database: Database) -> None:
    held = register(database.engine)
    with database.engine.connect() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
    assert not held.is_held()
    held.release()


def test_what_was_cancelled_while_no_program_ran_is_not_gone_on_with(
    database: Database, people: world.World, server: ModelServer
) -> None:
    server.tell([{"hang": 60, "when": 'skill "Technical"'}])
    with working(database, model(server.url), times=replace(QUICK, drain=0.2)) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        wait_until(lambda: job(database, pressed.id).progress.done == 3, "three of the four answers")
    store.cancel(people.viewer("coach"), database.engine, INTERVIEW)
    asked = len(server.requests)
    with working(database, model(server.url)):
        done = ended(database, pressed.id)
    assert (done.state, done.sentence) == (JobState.CANCELLED, "Cancelled. Nothing was changed.")
    assert len(server.requests) == asked
    assert version_numbers(database, INTERVIEW) == []


def test_an_interview_that_cannot_be_read_in_time_fails_alone(
    database: Database, people: world.World, server: ModelServer
) -> None:
    with database.platform_engine.begin() as connection:
        endless = sa.update(interviews).where(interviews.c.id == INTERVIEW)
        connection.execute(endless.values(conversation_history=long_interview(20_000)))
    with working(database, model(server.url), preparation=Preparation(seconds=1.0)) as at_work:
        poisoned = at_work.press(people.viewer("coach"), INTERVIEW)
        honest = at_work.press(people.viewer("other coach"), 202)
        assert ended(database, honest.id).state is JobState.FINISHED
        done = ended(database, poisoned.id)
    assert done.state is JobState.FAILED
    assert "could not be read within 1 s" in done.sentence
    assert version_numbers(database, INTERVIEW) == []


def test_the_queue_does_not_say_who_pressed(database: Database, people: world.World) -> None:
    with working(database) as at_work:
        ended(database, at_work.press(people.viewer("coach"), INTERVIEW).id)
        kept = [status.queue_partition_key for status in DBOS.list_workflows()]
    assert kept == [workflow.queue_of("coach@example.org")]
    assert "coach" not in str(kept)
