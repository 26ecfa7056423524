"""What jobs store of a person is given to them and removed with them, and nobody else's is."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from analytics.access import personal_data
from analytics.access.personal_data import PrivacyError
from analytics.access.viewer import Role, Viewer
from analytics.breakdown.jobs import transcription
from analytics.breakdown.jobs.context import JobTimes
from analytics.breakdown.jobs.job import Job
from analytics.database import job_store
from analytics.interviewlab.tables import interviews
from tests.support.databases import Database
from tests.support.doubles import conversation, message
from tests.support.jobs import ended, model, working
from tests.support.transcription_server import RECORDING, TranscriptionServer
from tests.support.waiting import wait_until
from tests.support.world import PEOPLE, World

THEM, OTHER = PEOPLE["interviewee"], PEOPLE["other interviewee"]
HURRIED = JobTimes(poll=0.05, tick=0.3, cancellation=0.05, batch=0.05, drain=0.1)
WORDS = {THEM.interviews[0]: "quicksilver", OTHER.interviews[0]: "lodestone"}


def exported(database: Database, user_id: int) -> str:
    return json.dumps(personal_data.export_person(database.engine, user_id))


def stored(database: Database, workflow_ids: Iterable[str]) -> str:
    with database.engine.connect() as connection:
        return repr([rows for rows in job_store.rows(connection, set(workflow_ids)).values() if rows])


def wait_for_recording(viewer: Viewer) -> None:
    wait_until(lambda: not transcription.list_recordings(viewer)[0].is_open, "the end of a recording", seconds=90)


def test_of_a_batch_each_person_is_given_their_own_part(database: Database, world: World) -> None:
    with database.platform_engine.begin() as connection:
        for number, word in WORDS.items():
            held = [*conversation(), message("user", f"First I measured the {word}, and then I changed it.")]
            changed = sa.update(interviews).where(interviews.c.id == number)
            connection.execute(changed.values(conversation_history=held))
    with working(database) as running:
        wait_until(lambda: running.unavailable() is None, "the jobs")
        pressed = running.press_together(world.viewer("admin"), list(WORDS))
        begun = [job for job in pressed.values() if isinstance(job, Job)]
        assert len(begun) == len(WORDS)
        jobs = [ended(database, job.id) for job in begun]
    assert {job.state for job in jobs} == {"finished"}
    batch = jobs[0].batch_id
    assert batch is not None
    assert all(word in stored(database, [batch]) for word in WORDS.values())
    for person, other, job_of_the_other in ((THEM, OTHER, jobs[1]), (OTHER, THEM, jobs[0])):
        given = exported(database, person.user_id)
        assert WORDS[person.interviews[0]] in given
        assert WORDS[other.interviews[0]] not in given
        assert job_of_the_other.id not in given
    personal_data.forget(database.engine, THEM.user_id)
    assert stored(database, [batch]) == "[]"
    assert jobs[1].id in exported(database, OTHER.user_id)


def test_recordings_are_their_senders_data(database: Database, world: World) -> None:
    senders = {who: Viewer(Role.INTERVIEWEE, PEOPLE[who].user_id, email=PEOPLE[who].email, adds_own=True)
               for who in ("interviewee", "other interviewee")}  # fmt: skip
    with TranscriptionServer() as server:
        settings = model(server.url).with_changes(transcribes="writer-1")
        with working(database, settings) as running:
            wait_until(lambda: running.unavailable() is None, "the jobs")
            ids = {who: transcription.send(viewer, RECORDING, per_day=10) for who, viewer in senders.items()}
            for viewer in senders.values():
                wait_for_recording(viewer)
    given = exported(database, THEM.user_id)
    assert ids["interviewee"] in given
    assert "It absorbs peaks" in given
    assert ids["other interviewee"] not in given
    others = stored(database, [ids["other interviewee"]])
    personal_data.forget(database.engine, THEM.user_id)
    assert stored(database, [ids["interviewee"]]) == "[]"
    assert stored(database, [ids["other interviewee"]]) == others != "[]"


def test_nobody_is_forgotten_while_a_recording_of_theirs_is_written_down(database: Database, world: World) -> None:
    sender = Viewer(Role.INTERVIEWEE, THEM.user_id, email=THEM.email, adds_own=True)
    # The server says nothing until the program has given up.
    with TranscriptionServer([{"hang": 120}]) as server:
        settings = model(server.url).with_changes(transcribes="writer-1")
        with working(database, settings, times=HURRIED) as running:
            wait_until(lambda: running.unavailable() is None, "the jobs")
            name = transcription.send(sender, RECORDING, per_day=10)
    with pytest.raises(PrivacyError, match="being written down"):
        personal_data.forget(database.engine, THEM.user_id)
    assert name in stored(database, [name])
    personal_data.forget(database.engine, OTHER.user_id)
