"""The database breaks at every exchange of a change, or behind its commit: all of it or none of it, and once."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from analytics.access.viewer import TRUSTED
from analytics.breakdown import FeedbackGenerator, InterviewFeedback
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.context import JobContext
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.jobs.run import JobRun
from analytics.breakdown.versions import review, save
from analytics.breakdown.versions.append import SavedVersion
from analytics.breakdown.versions.version import PLATFORM, Source
from analytics.columns import now
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError
from analytics.database.json_text import parse_json
from analytics.database.schema import audit, breakdown_jobs, breakdown_versions, shown_versions, skill_scores
from analytics.interviewlab.tables import interviews
from analytics.skills import SKILL_KEYS
from tests.support import world
from tests.support.breaking_connection import Line, Lost, Rule, line_to
from tests.support.databases import Database, Databases
from tests.support.doubles import SETTINGS, Double, conversation, honest
from tests.support.jobs import CALLS, ended, give_conversations, model, working
from tests.support.model_server import ModelServer
from tests.support.platform_rows import add, interview
from tests.support.postgres import _SETTINGS, Server, own_server

COACH = "coach@example.org"
VERSION_IDS = uuid.UUID("0b0e5c5e-52a5-4c53-8f5b-0f0c6a1b7f11")


@dataclass(frozen=True)
class Held:
    """All that the database holds of an interview, without what differs from one interview to the next."""

    versions: tuple[tuple[int, str, str, str], ...]
    shown: tuple[object, ...] | None
    feedback: str
    scores: frozenset[tuple[str, str, float | None]]
    trail: tuple[tuple[str, str, str], ...]
    jobs: tuple[tuple[object, ...], ...]


def held(database: Database, interview_id: int) -> Held:
    with database.engine.connect() as connection:

        def rows(table: sa.Table, *columns: str) -> list[tuple[Any, ...]]:
            statement = sa.select(*(table.c[name] for name in columns)).where(table.c.interview_id == interview_id)
            return sorted(tuple(row) for row in connection.execute(statement))

        numbers = {row[0]: row[1] for row in rows(breakdown_versions, "id", "number")}
        shown = rows(shown_versions, "version_id", "approved_by", "replaces", "served", "changed_by")
        feedback = sa.select(sa.cast(interviews.c.feedback, sa.Text)).where(interviews.c.id == interview_id)
        return Held(
            versions=tuple(rows(breakdown_versions, "number", "source", "created_by", "breakdown")),
            shown=(numbers[shown[0][0]], *shown[0][1:]) if shown else None,
            feedback=connection.execute(feedback).scalar_one(),
            scores=frozenset(rows(skill_scores, "skill", "state", "score")),
            trail=tuple(row[1:] for row in rows(audit, "id", "actor", "action", "detail")),
            jobs=tuple(
                (*row[1:-1], numbers.get(row[-1]))
                for row in rows(
                    breakdown_jobs, "id", "pressed_by", "state", "cancel_requested", "sentence", "version_id"
                )
            ),
        )


@cache
def made(level: int) -> InterviewFeedback:
    double = Double(lambda call: {"level": level} if call.answer == "rating" else honest(call))
    return FeedbackGenerator(SETTINGS, client=double).generate_feedback(conversation())


def saved(engine: Engine, interview_id: int, level: int = 5, *, write_back: bool = True) -> SavedVersion | None:
    version_id = str(uuid.uuid5(VERSION_IDS, f"{interview_id} {level}"))
    return save.save(engine, interview_id, made(level), version_id=version_id, by=COACH, write_back=write_back)


def finished(engine: Engine, interview_id: int) -> None:
    """Take the last step of a job, which saves what it made and ends it."""
    statement = sa.select(breakdown_jobs.c.id).where(breakdown_jobs.c.interview_id == interview_id)
    with engine.connect() as connection:
        job_id = connection.execute(statement).scalar_one()
    room = JobContext(engine, FeedbackGenerator(SETTINGS), write_back=True)
    assert JobRun(room, job_id, now()).end(made(5)) == JobState.FINISHED


Change = Callable[[Engine, int], object]


def nothing(engine: Engine, interview_id: int) -> None:
    """What most changes begin with."""


def pressed(engine: Engine, interview_id: int) -> None:
    store.request(TRUSTED, engine, interview_id)


def one_shown(engine: Engine, interview_id: int) -> None:
    saved(engine, interview_id, 2)


def one_approved(engine: Engine, interview_id: int) -> None:
    one_shown(engine, interview_id)
    review.approve(TRUSTED, engine, interview_id, 2)


def one_beside(engine: Engine, interview_id: int) -> None:
    one_approved(engine, interview_id)
    saved(engine, interview_id)


@dataclass(frozen=True)
class Case:
    """A change, and what stands before it."""

    change: Change
    before: Change = nothing


CASES = {
    "end of a job": Case(finished, pressed),
    "save": Case(saved, one_shown),
    "save, nothing written back": Case(partial(saved, write_back=False)),
    "save beside the approved one": Case(saved, one_approved),
    "restore": Case(lambda engine, number: review.restore(TRUSTED, engine, number, 1, write_back=True), one_shown),
    "accept": Case(lambda engine, number: review.accept(TRUSTED, engine, number, 3, write_back=True), one_beside),
    "approve": Case(lambda engine, number: review.approve(TRUSTED, engine, number, 2), one_shown),
    "withdraw": Case(lambda engine, number: review.approve(TRUSTED, engine, number, 2, approved=False), one_approved),
    "press": Case(pressed),
    "cancel": Case(lambda engine, number: store.cancel(TRUSTED, engine, number), pressed),
}


@pytest.fixture
def people(world: world.World) -> world.World:
    return world


@pytest.fixture
def line(database: Database) -> Iterator[Line]:
    port = database.engine.url.port
    assert port is not None
    with line_to(port) as line:
        yield line


@pytest.fixture
def engine(database: Database, line: Line) -> Iterator[Engine]:
    """An engine whose connections all go over the line."""
    engine = over(database, line)
    yield engine
    engine.dispose()


def over(database: Database, line: Line) -> Engine:
    return create_engine_for(database.engine.url.set(port=line.port).render_as_string(hide_password=False))


class Broken:
    """A change that is broken at one exchange after the other, each time on an interview of its own."""

    def __init__(self, database: Database, line: Line, engine: Engine, case: Case) -> None:
        self.database = database
        self.line = line
        self.engine = engine
        self.case = case
        self._numbers = itertools.count(1000)

    def prepared(self) -> int:
        """Give an interview on which the change may be done, over a connection that stands."""
        number = next(self._numbers)
        add(self.database.platform_engine, rows=[interview(number, 11, feedback=world.feedback(0.6, "marzipan"))])
        self.case.before(self.database.engine, number)
        # A new one: a connection that did the same before has statements prepared, and takes other exchanges.
        self.engine.dispose()
        with self.engine.connect():
            return number

    def undisturbed(self) -> tuple[list[bytes], Held]:
        """Do the change; gives what was asked of the server and what it holds then."""
        # The first breakdown also names its judge; every later one takes the same exchanges.
        self.case.change(self.database.engine, self.prepared())
        number = self.prepared()
        self.line.arm()
        self.case.change(self.engine, number)
        return list(self.line.asked), held(self.database, number)

    def at(self, place: int, lost: Lost) -> tuple[int, Held, bool]:
        """Do the change and break it there; gives the interview, what was held before, and whether it failed."""
        number = self.prepared()
        before = held(self.database, number)
        self.line.arm(lambda carried: lost if len(carried) == place + 1 else None)
        try:
            self.case.change(self.engine, number)
        except (DatabaseError, sa.exc.SQLAlchemyError):
            failed = True
        else:
            failed = False
        assert self.line.broken.wait(5)
        return number, before, failed

    def check(self, place: int, lost: Lost, asked: bytes, after: Held) -> bool:
        """Show that it is whole or not there; gives whether it failed."""
        number, before, failed = self.at(place, lost)
        where = f"the {lost} of exchange {place}: {asked[:60]!r}"
        committed = b"COMMIT\x00" in asked and lost is Lost.ANSWER
        found = held(self.database, number)
        assert found == (after if committed or not failed else before), where
        # Whoever has to believe that it failed does it again; where it was done, that changes nothing more.
        self.case.change(self.database.engine, number)
        assert held(self.database, number) == after, where
        return failed


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", CASES)
def test_broken_at_any_exchange_it_is_whole_or_not_there(
    database: Database, people: world.World, line: Line, engine: Engine, name: str
) -> None:
    broken = Broken(database, line, engine, CASES[name])
    asked, after = broken.undisturbed()
    assert b"COMMIT\x00" in asked[-1]
    failures = {
        (place, lost)
        for place, question in enumerate(asked)
        for lost in Lost
        if broken.check(place, lost, question, after)
    }
    # Only what asks whether a connection stands, or whether somebody cancelled, may fail without anybody's noticing.
    assert len(failures) >= 2 * (len(asked) - 7)
    assert (len(asked) - 1, Lost.QUESTION) in failures
    assert (len(asked) - 1, Lost.ANSWER) in failures


def agrees(found: Held) -> None:
    """Show that version, feedback, scores, trail and job tell of the same one change."""
    assert [version[:3] for version in found.versions] == [
        (1, Source.PLATFORM, PLATFORM),
        (2, Source.MODEL, "command line"),
    ]
    stored, feedback = InterviewFeedback.from_json(found.versions[1][3]), parse_json(found.feedback)
    assert isinstance(feedback, dict)
    assert feedback["summary"] == "summary marzipan"
    assert {key: feedback[f"{key}_score"] for key in SKILL_KEYS} == {
        key: skill.score for key, skill in stored.skill_breakdown.items()
    }
    assert found.scores == {(key, "scored", feedback[f"{key}_score"]) for key in SKILL_KEYS}
    assert found.shown == (2, None, None, None, "command line")
    assert [row[1] for row in found.trail] == ["start breakdown", "generate breakdown"]
    assert '"version": 2' in found.trail[1][2]
    ((by, state, cancelled, _sentence, version),) = found.jobs
    assert (by, state, cancelled, version) == ("command line", JobState.FINISHED, False, 2)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_what_a_job_leaves_agrees(database: Database, people: world.World, line: Line, engine: Engine) -> None:
    _asked, after = Broken(database, line, engine, CASES["end of a job"]).undisturbed()
    agrees(after)


def at_commit(broken: Broken, lost: Lost) -> None:
    asked, after = broken.undisturbed()
    broken.check(len(asked) - 1, lost, asked[-1], after)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_without_one_transaction_it_would_not_be_whole(
    database: Database, people: world.World, line: Line, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken(database, line, engine, CASES["save"])
    at_commit(broken, Lost.QUESTION)
    record = save.record

    def apart(_connection: sa.Connection, *others: Any, **detail: Any) -> None:
        with database.engine.begin() as own:
            record(own, *others, **detail)

    monkeypatch.setattr(save, "record", apart)
    with pytest.raises(AssertionError, match="of exchange"):
        at_commit(broken, Lost.QUESTION)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_without_an_id_of_its_own_it_would_not_be_once(
    database: Database, people: world.World, line: Line, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken(database, line, engine, CASES["end of a job"])
    at_commit(broken, Lost.ANSWER)
    monkeypatch.setattr(uuid, "uuid5", lambda *_names: uuid.uuid4())
    with pytest.raises(AssertionError, match="of exchange"):
        at_commit(broken, Lost.ANSWER)


def is_saving(carried: list[bytes]) -> bool:
    """Tell whether a connection has appended a version and not yet ended that transaction."""
    begun = max((place for place, question in enumerate(carried) if b"BEGIN" in question[:12]), default=0)
    return any(b"INSERT INTO skill_analytics.breakdown_versions" in question for question in carried[begun:])


BREAKS: dict[str, Rule] = {
    "at the version": lambda carried: Lost.QUESTION if is_saving(carried) else None,
    "before the commit": lambda carried: Lost.QUESTION if is_saving(carried) and b"COMMIT\x00" in carried[-1] else None,
    "behind the commit": lambda carried: Lost.ANSWER if is_saving(carried) and b"COMMIT\x00" in carried[-1] else None,
}


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_job_goes_on_where_the_database_broke(
    database: Database, people: world.World, line: Line, engine: Engine
) -> None:
    give_conversations(database)
    broken = replace(database, engine=engine)
    with ModelServer() as server, working(broken, model(server.url)) as at_work:
        for interview_id, rule in zip((101, 102, 103), BREAKS.values(), strict=True):
            server.forget()
            line.arm(rule)
            done = ended(database, at_work.press(TRUSTED, interview_id).id)
            assert line.broken.is_set()
            assert (done.state, done.sentence) == (JobState.FINISHED, "Version 2 is shown: 16 of 16 claims quoted.")
            assert len(server.requests) == CALLS
            agrees(held(database, interview_id))


# The whole database goes down with a backend that is killed; what it has said to be committed must be there afterwards.
_LASTING = {**_SETTINGS, "synchronous_commit": "on"}


def crash(server: Server, port: int) -> None:
    """Kill the backend behind a connection, and wait until the database is back."""
    url = server.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as watching:
        found = watching.execute("SELECT pid FROM pg_stat_activity WHERE client_port = %s", [port]).fetchone()
        assert found is not None
        os.kill(found[0], signal.SIGKILL)
        give_up = time.monotonic() + 20
        with contextlib.suppress(psycopg.OperationalError):
            while time.monotonic() < give_up:
                watching.execute("SELECT pg_sleep(0.01)")
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError:
            assert time.monotonic() < give_up
        else:
            return


def test_a_database_killed_at_any_exchange_keeps_all_or_nothing() -> None:
    with own_server(_LASTING) as own:
        own.server.create_roles()
        databases = Databases(own.server)
        with databases.fresh() as made, line_to(own.server.url.port or 0, partial(crash, own.server)) as line:
            database = replace(made, platform_engine=sa.create_engine(made.platform_url, poolclass=sa.NullPool))
            world.populate(database)
            engine = over(database, line)
            broken = Broken(database, line, engine, CASES["end of a job"])
            asked, after = broken.undisturbed()
            agrees(after)
            first = next(place for place, question in enumerate(asked) if b"advisory" in question)
            for place in range(first, len(asked)):
                assert broken.check(place, Lost.QUESTION, asked[place], after)
            assert broken.check(len(asked) - 1, Lost.ANSWER, asked[-1], after)
            engine.dispose()
        databases.close()
