"""A database without room, one that takes no changes, one that takes too long, one with a right less: named, and read.

A disk that is really full: a small file system of its own under PostgreSQL, and SQLite's own bound on a file's pages.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from analytics import runtime
from analytics.access import audit, members
from analytics.access.viewer import TRUSTED, Role
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import JobError, JobState
from analytics.database import engine as database_engine
from analytics.database import schema
from analytics.database.errors import DatabaseError
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from analytics.queries import candidates
from analytics.settings import Settings
from analytics.setup.install import set_up
from tests.support.databases import Database, Databases, database_on
from tests.support.jobs import CALLS, ended, give_conversations, job, model, working
from tests.support.model_server import ModelServer
from tests.support.postgres import _SETTINGS, OURS, OwnServer, own_server
from tests.support.visitor import admin_of, errors, visitor_saves
from tests.support.waiting import wait_until
from tests.support.world import World, feedback, populate

FULL = "The database's disk is full. Ask whoever runs it to make room."
READ_ONLY = "This database takes no changes right now (read-only). Viewing goes on."
TOO_LONG = "The database took too long to answer. Try again in a moment."
NO_RIGHT = "The database refused: a right is missing. docs/grants.sql lists those that this program needs."
ADDRESSES = {
    "candidates": {},
    "candidate": {"candidate": "11"},
    "compare": {"interviews": "101,102"},
    "interview": {"interview": "101"},
    "people": {},
}
GIVEN_UP = 10.0
_NUMBERS = itertools.count()


@dataclass
class Small:
    """A database that is set up, with people in it, on a disk that can be filled up and cleared."""

    world: World

    @property
    def database(self) -> Database:
        return self.world.database

    def fill(self) -> None:
        """Leave no room."""
        raise NotImplementedError

    def clear(self) -> None:
        """Make room."""
        raise NotImplementedError


@dataclass
class SmallSqlite(Small):
    """An SQLite file that may not grow."""

    def fill(self) -> None:
        for engine in (self.database.engine, runtime.engine()):
            sa.event.listen(engine, "checkout", _bound)

    def clear(self) -> None:
        for engine in (self.database.engine, runtime.engine()):
            sa.event.remove(engine, "checkout", _bound)
            engine.dispose()


def _bound(connection: Any, *_rest: object) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


@dataclass
class SmallPostgres(Small):
    """Our tables on a small file system; the platform's are elsewhere."""

    server: OwnServer
    disk: Path

    def fill(self) -> None:
        with (self.disk / "filling").open("wb", buffering=0) as filling, contextlib.suppress(OSError):
            while True:
                filling.write(bytes(8192))

    def clear(self) -> None:
        (self.disk / "filling").unlink(missing_ok=True)

    @property
    def refusals(self) -> int:
        """How often the server found no room."""
        return (self.server.folder / "log").read_text().count("No space left on device")


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """Mount a small file system, for the server's user; skips the test where that is not permitted."""
    place.mkdir()
    owner = pwd.getpwnam("nobody")
    options = f"size=32m,mode=0700,uid={owner.pw_uid},gid={owner.pw_gid}"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system of our own can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    """A server of our own, that could feed a stand-by."""
    with own_server(_SETTINGS | {"wal_level": "replica"}) as server:
        yield server


@pytest.fixture(scope="module")
def small_postgres(own: OwnServer) -> Iterator[SmallPostgres]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    disk = own.folder / "small"
    with small_disk(disk), database_on(own.server, "small") as database:
        (disk / "space").mkdir()
        shutil.chown(disk / "space", "nobody")
        own.server.execute(f"CREATE TABLESPACE small LOCATION '{disk / 'space'}'")
        own.server.execute(f"GRANT CREATE ON TABLESPACE small TO {OURS}")
        own.server.execute(f"ALTER ROLE {OURS} IN DATABASE small SET default_tablespace = 'small'")
        set_up(database.engine)
        yield SmallPostgres(populate(database), own, disk)


@pytest.fixture(params=["sqlite", "postgresql"])
def small(request: pytest.FixtureRequest) -> Iterator[Small]:
    if request.param == "postgresql":
        yield request.getfixturevalue("small_postgres")
        return
    with request.getfixturevalue("sqlite_databases").fresh() as database:
        yield SmallSqlite(populate(database))


def coaches(database: Database) -> tuple[int, int]:
    """Count the members, and the rows of the trail that say so."""
    with reading(database.engine) as db:
        known = db.execute(sa.select(sa.func.count()).select_from(schema.members)).scalar_one()
        said = db.execute(sa.select(sa.func.count()).where(schema.audit.c.action == "role")).scalar_one()
    return known, said


def until_refused(database: Database) -> str:
    """Give people a role, until the database refuses; gives what it said."""
    known, said = coaches(database)
    for number in range(2_000):
        try:
            with writing(database.engine) as db:
                members.set_role(TRUSTED, db, f"{next(_NUMBERS):0200}@example.org", Role.COACH, Settings())
        except DatabaseError as error:
            # The change and its row of the trail, or neither.
            assert coaches(database) == (known + number, said + number)
            return str(error)
    raise AssertionError("nothing was refused")


def test_a_full_disk_is_named_and_what_only_reads_goes_on(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    with admin_of(small.database, monkeypatch) as visitor:
        small.fill()
        try:
            assert until_refused(small.database) == FULL
            for name, address in ADDRESSES.items():
                page = visitor.open(name, **address)
                assert errors(page) == []
            assert visitor.open("candidates").roster()["Name"]
            before = coaches(small.database)
            page = visitor.open("people")
            page.at.text_input[0].set_value(f"{'y' * 200}@example.org")
            visitor_saves(visitor, page)
            assert errors(page) == [FULL]
            assert coaches(small.database) == before
            statements = [said for said in page.statements if "INSERT INTO" in said and "members" in said]
            assert len(statements) == 1
        finally:
            small.clear()
        # The same tab, as soon as there is room.
        page.at.text_input[0].set_value(f"{'y' * 200}@example.org")
        visitor_saves(visitor, page)
        assert errors(page) == []
        assert coaches(small.database) == (before[0] + 1, before[1] + 1)


def test_the_platform_goes_on_while_our_disk_is_full_and_nothing_is_lost(small_postgres: SmallPostgres) -> None:
    database = small_postgres.database
    small_postgres.fill()
    try:
        until_refused(database)
        with database.platform_engine.begin() as connection:
            for score in (0.11, 0.12, 0.13, 0.9):
                change = sa.update(interviews).where(interviews.c.id == 103)
                connection.execute(change.values(feedback=feedback(score, "x" * 2000)))
        with database.platform_engine.connect() as connection:
            kept = connection.execute(sa.select(interviews.c.feedback).where(interviews.c.id == 103)).scalar_one()
        assert kept["technical_score"] == 0.9
    finally:
        small_postgres.clear()
    set_up(database.engine)
    assert scores_of(database, 103) == [0.9] * 4


def scores_of(database: Database, interview_id: int) -> list[float | None]:
    with reading(database.engine) as db:
        history = candidates.skill_history(TRUSTED, db, 11) or []
    return [record.score for record in history if record.interview_id == interview_id]


def test_a_press_that_cannot_be_noted_is_refused_and_made_when_there_is_room(small_postgres: SmallPostgres) -> None:
    database, coach = small_postgres.database, small_postgres.world.viewer("coach")
    give_conversations(database)
    with working(database) as at_work:
        wait_until(lambda: at_work.unavailable() is None, "the jobs")
        small_postgres.fill()
        try:
            with pytest.raises(DatabaseError, match="disk is full"):
                fill_the_trail(database)
            with pytest.raises(DatabaseError, match="disk is full"):
                at_work.press(coach, 101)
            with reading(database.engine) as db:
                assert store.latest(coach, db, 101) is None
        finally:
            small_postgres.clear()
        pressed = at_work.press(coach, 101)
        assert ended(database, pressed.id).state is JobState.FINISHED


def test_a_disk_that_fills_up_under_a_job_costs_time_and_no_second_bill(small_postgres: SmallPostgres) -> None:
    database, coach = small_postgres.database, small_postgres.world.viewer("coach")
    give_conversations(database)
    with ModelServer() as server, working(database, model(server.url)) as at_work:
        server.tell([{"hang": 2.0}] * 4)
        pressed = at_work.press(coach, 102)
        wait_until(lambda: len(server.requests) == 4, "the first calls")
        small_postgres.fill()
        try:
            with pytest.raises(DatabaseError, match="disk is full"):
                fill_the_trail(database)
            refused = small_postgres.refusals
            # The answers come while there is no room for what is to be kept of them.
            wait_until(lambda: small_postgres.refusals > refused, "a write of the job's that is refused")
            assert job(database, pressed.id).is_open
        finally:
            small_postgres.clear()
        assert ended(database, pressed.id).state is JobState.FINISHED
        assert len(server.requests) == CALLS


def fill_the_trail(database: Database) -> None:
    """Write rows of the trail that are shorter than any of the program's, until the database refuses."""
    while True:
        with writing(database.engine) as db:
            for _ in range(20):
                audit.record(db, "x", "x")


@contextmanager
def standing_by(own: OwnServer) -> Iterator[None]:
    """Run the server as a stand-by, that only follows."""
    signal = own.folder / "data" / "standby.signal"
    own.stop()
    signal.touch()
    shutil.chown(signal, own.folder.owner())
    own.start()
    try:
        yield
    finally:
        own.stop()
        signal.unlink()
        own.start()


def test_a_stand_by_is_read_and_takes_no_changes(own: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with database_on(own.server, "followed") as database:
        set_up(database.engine)
        world = populate(database)
        give_conversations(database)
        with admin_of(database, monkeypatch) as visitor:
            with standing_by(own):
                assert own.server.execute("SELECT pg_is_in_recovery()") == [(True,)]
                for name, address in ADDRESSES.items():
                    page = visitor.open(name, **address)
                    assert errors(page) == []
                assert visitor.open("candidates").roster()["Name"]
                page.at.text_input[0].set_value("somebody@example.org")
                visitor_saves(visitor, page)
                assert errors(page) == [READ_ONLY]
                with working(database) as at_work:
                    wait_until(lambda: at_work.unavailable() == READ_ONLY, "the reason")
                    with pytest.raises(JobError, match="takes no changes"):
                        at_work.press(world.viewer("coach"), 101)
            page.at.text_input[0].set_value("somebody@example.org")
            visitor_saves(visitor, page)
            assert errors(page) == []


@pytest.fixture
def platform_with_people(postgresql_databases: Databases) -> Iterator[Database]:
    with postgresql_databases.fresh() as database:
        populate(database)
        yield database


@pytest.mark.parametrize("name", ["candidate", "interview", "compare"])
def test_a_statement_that_takes_too_long_is_named_and_the_same_tab_comes_back(
    platform_with_people: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    database = platform_with_people
    monkeypatch.setattr(database_engine, "STATEMENT_SECONDS", 1)
    with admin_of(database, monkeypatch) as visitor:
        page = visitor.open(name, **ADDRESSES[name])
        assert "marzipan" in page.text.lower()
        with slow(database, "interviews"):
            began = time.monotonic()
            visitor.again(page)
            assert time.monotonic() - began < GIVEN_UP
            assert errors(page) == [TOO_LONG]
            assert "marzipan" not in page.text.lower()
            # Asked once, and then the page says so.
            assert len([said for said in page.statements if "FROM interviews" in said]) <= 1
            # What needs none of that goes on.
            assert visitor.open("candidates").roster()["Name"]
        visitor.again(page)
        assert errors(page) == []
        assert "marzipan" in page.text.lower()


@contextmanager
def slow(database: Database, table: str) -> Iterator[None]:
    """Have every row of a table of the platform's take two seconds."""
    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_kept")
        connection.exec_driver_sql(
            f"CREATE VIEW {table} AS SELECT kept.*, kept.xmin, kept.ctid FROM {table}_kept AS kept, "
            "LATERAL (SELECT pg_sleep(2) WHERE kept.id > 0) AS waiting"
        )
        connection.exec_driver_sql(f"GRANT SELECT ON {table} TO {OURS}")
    try:
        yield
    finally:
        with database.platform_engine.begin() as connection:
            connection.exec_driver_sql(f"DROP VIEW {table}")
            connection.exec_driver_sql(f"ALTER TABLE {table}_kept RENAME TO {table}")


def test_what_needs_no_missing_right_goes_on(platform_with_people: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    database = platform_with_people
    with admin_of(database, monkeypatch) as visitor:
        assert visitor.open("candidates").roster()["Name"]
        with database.platform_engine.begin() as connection:
            connection.exec_driver_sql(f"REVOKE SELECT ON interviews FROM {OURS}")
        page = visitor.open("interview", **ADDRESSES["interview"])
        assert errors(page) == [NO_RIGHT]
        assert errors(visitor.open("candidates")) == []
        assert visitor.open("candidates").roster()["Name"]
        with database.platform_engine.begin() as connection:
            connection.exec_driver_sql(f"GRANT SELECT ON interviews TO {OURS}")
        visitor.again(page)
        assert errors(page) == []
