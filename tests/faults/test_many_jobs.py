"""A hundred jobs of three people at once: bounded, fair, told while they last, and stopped when somebody says so."""

from __future__ import annotations

import dataclasses
import re
import string
import threading
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.breakdown.jobs import store, workflow
from analytics.breakdown.jobs.job import Job, JobState
from analytics.breakdown.versions import version
from analytics.database.schema import breakdown_jobs, breakdown_versions
from tests.support import world
from tests.support.databases import Database
from tests.support.doubles import conversation, message
from tests.support.jobs import model, working
from tests.support.model_server import ModelServer, marked_answer, prompt_of
from tests.support.platform_rows import add, interview
from tests.support.waiting import wait_until

# Who presses for how many interviews, of whom.
PRESSING = {"coach": (80, 11), "other coach": (15, 12), "admin": (5, 13)}
NUMBERS = range(1000, 1100)
CONCURRENCY = 4
# The first call of a job goes alone, the other three for claims go together.
TOGETHER = 3
# Claims of four skills, their support, levels in one order and by the claims alone.
CALLS = 7
NEVER = datetime.max.replace(tzinfo=UTC)
# No word of a prompt begins like this.
_MARK = re.compile(r"\b(zmark[a-z]{2})\b")


class Held:
    """A model that answers nobody before it is let go; `most` is how many requests were open at the same time.

    What nobody waits for any more, since its job was cancelled, does not count.
    """

    def __init__(self) -> None:
        self.open: Counter[int] = Counter()
        self.most = 0
        self.cancelled: set[int] = set()
        self.go_on = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, prompt: str) -> dict[str, Any]:
        mark = _MARK.search(prompt)
        assert mark
        number = MARKS[mark[1]]
        with self._lock:
            self.open[number] += 1
            self.most = max(self.most, self.count())
        assert self.go_on.wait(120)
        with self._lock:
            self.open[number] -= 1
        return marked_answer(prompt, mark[1])

    def count(self) -> int:
        return sum(count for number, count in self.open.items() if number not in self.cancelled)


def mark_of(number: int) -> str:
    return "zmark" + string.ascii_lowercase[number // 26 % 26] + string.ascii_lowercase[number % 26]


MARKS = {mark_of(number): number for number in NUMBERS}


def number_in(prompt: str) -> int:
    """Tell which interview a prompt is about."""
    found = _MARK.search(prompt)
    assert found
    return MARKS[found[1]]


@pytest.fixture
def people(database: Database) -> world.World:
    populated = world.populate(database)
    users = [user_id for count, user_id in PRESSING.values() for _ in range(count)]
    rows = []
    for number, user_id in zip(NUMBERS, users, strict=True):
        said = [*conversation(), message("user", f"The project was called {mark_of(number)}.")]
        rows.append(interview(number, user_id, conversation_history=said, feedback={}))
    add(database.platform_engine, rows=rows)
    return populated


class Followed:
    """All jobs as they go on: looked at again and again until they have ended."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.between = 0
        self._done: Counter[str] = Counter()

    def look(self) -> list[Job]:
        """Look at all jobs; what one has done never becomes less."""
        with self._database.engine.connect() as connection:
            ids = connection.execute(sa.select(breakdown_jobs.c.id)).scalars().all()
            found = store.by_id(connection, ids)
        for job in found:
            assert job.progress.done >= self._done[job.id]
            self._done[job.id] = job.progress.done
            self.between += job.state is JobState.RUNNING and 0 < job.progress.done < CALLS
        return found

    def states(self) -> Counter[str]:
        return Counter(job.state for job in self.look())

    def running(self) -> Counter[str]:
        """Count what is running by who pressed."""
        return Counter(job.pressed_by for job in self.look() if job.state is JobState.RUNNING)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_hundred_jobs_of_three_people(database: Database, people: world.World) -> None:
    held, followed, numbers = Held(), Followed(database), iter(NUMBERS)
    own = {who: list(islice(numbers, count)) for who, (count, _user_id) in PRESSING.items()}
    coach, other, admin = (people.viewer(who).email for who in PRESSING)
    with ModelServer(answer=held) as server:
        settings = model(server.url).with_changes(samples=1, concurrency=CONCURRENCY, timeout=120)
        with working(database, settings) as at_work:
            for number in own["coach"]:
                at_work.press(people.viewer("coach"), number)
            # However much one person asks for, one place is left for others.
            wait_until(lambda: held.count() == workflow.AT_A_TIME_EACH, "the calls of three jobs")
            for who in ("other coach", "admin"):
                for number in own[who]:
                    at_work.press(people.viewer(who), number)
            wait_until(lambda: held.count() == workflow.AT_A_TIME, "the calls of four jobs")
            assert followed.running()[coach] == workflow.AT_A_TIME_EACH
            assert followed.states() == {JobState.RUNNING: workflow.AT_A_TIME, JobState.WAITING: 96}
            told = {(job.progress.done, job.progress.total) for job in followed.look() if job.started_at}
            assert told == {(0, CALLS)}

            # One that is running and two that wait are cancelled; the next one takes its place.
            stopped = next(number for number in held.open if number in own["coach"])
            held.cancelled.add(stopped)
            for number in (stopped, own["coach"][-1], own["admin"][-1]):
                store.cancel(people.viewer("admin"), database.engine, number)
            wait_until(lambda: followed.states()[JobState.CANCELLED] == 3, "three to be cancelled")
            wait_until(lambda: held.count() == workflow.AT_A_TIME, "the call of the next job")

            held.go_on.set()
            wait_until(lambda: followed.states()[JobState.FINISHED] == 97, "the end of all the others", 200)
    assert workflow.AT_A_TIME <= held.most <= workflow.AT_A_TIME * TOGETHER
    assert followed.between > 0
    made = sorted((job for job in followed.look() if job.version_id), key=lambda job: job.finished_at or NEVER)
    places = {who: [place for place, job in enumerate(made) if job.pressed_by == who] for who in (coach, other, admin)}
    assert {who: len(found) for who, found in places.items()} == {coach: 78, other: 15, admin: 4}
    # Whoever asked for little was done while most of what another one asked for was still to come.
    assert places[admin][-1] < 60
    assert places[other][-1] < 90
    counted = sa.select(breakdown_versions.c.interview_id).where(breakdown_versions.c.source == version.Source.MODEL)
    with database.engine.connect() as connection:
        found = connection.execute(counted).scalars().all()
    assert sorted(found) == sorted(set(NUMBERS) - {stopped, own["coach"][-1], own["admin"][-1]})
    asked = Counter(number_in(prompt_of(body)) for body in server.requests)
    assert asked == dict.fromkeys(found, CALLS) | {stopped: 1}


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_without_a_queue_for_each_person_the_few_would_wait_for_the_many(
    database: Database, people: world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue = workflow.enqueue
    monkeypatch.setattr(workflow, "enqueue", lambda job: enqueue(dataclasses.replace(job, pressed_by="everybody")))
    held, followed = Held(), Followed(database)
    with ModelServer(answer=held) as server:
        settings = model(server.url).with_changes(samples=1, concurrency=CONCURRENCY)
        with working(database, settings) as at_work:
            for number in NUMBERS[:12]:
                at_work.press(people.viewer("coach"), number)
            for number in NUMBERS[-2:]:
                at_work.press(people.viewer("admin"), number)
            held.go_on.set()
            wait_until(lambda: followed.states()[JobState.FINISHED] == 14, "the end of all", 60)
    begun = sorted(followed.look(), key=lambda job: job.started_at or NEVER)
    places = [place for place, job in enumerate(begun) if job.pressed_by == people.viewer("admin").email]
    # Those that begin together may do so in any order, and on a slow machine those that begin as these end.
    assert min(places) >= 12 - 2 * workflow.AT_A_TIME_EACH > workflow.AT_A_TIME
