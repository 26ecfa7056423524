"""Recordings as durable jobs, on both databases: sent once, found again, gone on with, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown import ModelSettings
from analytics.breakdown.jobs import transcription
from analytics.breakdown.jobs.context import JobTimes
from analytics.breakdown.jobs.job import BudgetError, JobError
from analytics.breakdown.jobs.transcription import Recording
from tests.support import world
from tests.support.databases import Database
from tests.support.jobs import model, working
from tests.support.transcription_server import RECORDING, TranscriptionServer
from tests.support.waiting import wait_until

# What is under way when the program ends is given up at once.
HURRIED = JobTimes(poll=0.05, tick=0.3, cancellation=0.05, batch=0.05, drain=0.1)


@pytest.fixture
def people(world: world.World) -> world.World:
    return world


@pytest.fixture
def server() -> Iterator[TranscriptionServer]:
    with TranscriptionServer() as started:
        yield started


def writer(server: TranscriptionServer) -> ModelSettings:
    return model(server.url).with_changes(transcribes="writer-1")


def send(viewer: Viewer, audio: bytes = RECORDING, per_day: int = 10) -> str:
    return transcription.send(viewer, audio, per_day=per_day)


def ended(viewer: Viewer, name: str) -> Recording:
    def found() -> Recording:
        return next(one for one in transcription.list_recordings(viewer) if one.id == name)

    wait_until(lambda: not found().is_open, "the end of a recording", seconds=90)
    return found()


def test_a_recording_is_sent_once_and_is_its_owners(
    database: Database, people: world.World, server: TranscriptionServer
) -> None:
    coach, admin = people.viewer("coach"), people.viewer("admin")
    with working(database, writer(server)) as running:
        wait_until(lambda: running.unavailable() is None, "the jobs")
        done = ended(coach, send(coach))
        assert "It absorbs peaks" in done.text
        assert done.sentence == ""
        assert send(coach) == done.id
        assert transcription.list_recordings(admin) == []
        with pytest.raises(JobError, match="not yours"):
            transcription.remove(admin, done.id)
        assert ended(admin, send(admin)).id != done.id
        transcription.remove(coach, done.id)
        assert transcription.list_recordings(coach) == []
        assert [one.source for one in transcription.list_recordings(admin)] == [done.source]
    assert [form["file"][1] for form in server.requests] == [RECORDING, RECORDING]


def test_what_failed_can_be_sent_again(database: Database, people: world.World) -> None:
    coach = people.viewer("coach")
    with (
        TranscriptionServer([{"status": 400, "body": {"error": {"message": "not compatible"}}}]) as server,
        working(database, writer(server)) as running,
    ):
        wait_until(lambda: running.unavailable() is None, "the jobs")
        failed = ended(coach, send(coach))
        assert "did not take this recording" in failed.sentence
        assert failed.text == ""
        assert "It absorbs peaks" in ended(coach, send(coach)).text
        assert len(server.requests) == 2


def test_what_the_end_of_the_program_interrupts_is_gone_on_with(database: Database, people: world.World) -> None:
    coach = people.viewer("coach")
    with TranscriptionServer([{"hang": 60}]) as server:
        with working(database, writer(server), times=HURRIED) as running:
            wait_until(lambda: running.unavailable() is None, "the jobs")
            name = send(coach)
            wait_until(lambda: len(server.requests) == 1, "the call")
        with working(database, writer(server)) as second:
            wait_until(lambda: second.unavailable() is None, "the second program")
            assert "It absorbs peaks" in ended(coach, name).text
        assert len(server.requests) == 2


def test_what_is_refused(database: Database, people: world.World, server: TranscriptionServer) -> None:
    coach = people.viewer("coach")
    with working(database, writer(server)) as running:
        wait_until(lambda: running.unavailable() is None, "the jobs")
        with pytest.raises(JobError, match="no recording"):
            send(coach, b"Ann: Why a queue?\nBob: It absorbs peaks.")
        with pytest.raises(JobError, match="larger than 25 MB"):
            send(coach, RECORDING + bytes(25_000_000))
        with pytest.raises(NotAllowedError):
            send(people.viewer("interviewee"))
        send(coach, per_day=1)
        with pytest.raises(BudgetError, match="limit of 1 "):
            send(coach, RECORDING + b"another", per_day=1)
        assert len(transcription.list_recordings(coach)) == 1


def test_without_running_jobs_it_says_so(database: Database, people: world.World) -> None:
    with pytest.raises(JobError, match="right now"):
        send(people.viewer("coach"))
