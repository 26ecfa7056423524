"""A real PostgreSQL that is killed, frozen, locked or out of room: what people see, and how they go on."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import QueuePool

from analytics.access import members
from analytics.access.viewer import TRUSTED
from analytics.database import connection as database_connection
from analytics.database import engine as database_engine
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError, describe
from analytics.database.schema import audit, coach_candidates
from analytics.database.sessions import reading, writing
from tests.support.breaking_connection import Lost, line_to
from tests.support.outage import CONTENT, GIVEN_UP, back_again, given_up
from tests.support.own_program import OwnProgram, own_program
from tests.support.postgres import OURS
from tests.support.websocket import Visitor, claims_of, sign_in_cookie, visiting
from tests.support.world import ISSUER, PEOPLE

# What stands for our own clock's seconds, and after how many a frozen server answers.
PATIENCE, THAWS = 2.0, 6.0


class Running(OwnProgram):
    """The program, with a server of its own that tests may harm."""

    @contextmanager
    def tab(self) -> Iterator[Visitor]:
        with visiting(self.url, sign_in_cookie(self.url, claims_of(PEOPLE["admin"].key, ISSUER))) as visitor:
            yield visitor

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        return self.server.server.execute(statement, database="faults")

    def backends(self) -> list[int]:
        """The server's processes that serve our role."""
        return [int(str(row[0])) for row in self.sql(f"SELECT pid FROM pg_stat_activity WHERE usename = '{OURS}'")]

    def cut(self) -> None:
        """End all connections of our role, and wait until they are gone."""
        self.sql(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{OURS}'")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with own_program(tmp_path_factory.mktemp("faults"), "faults") as program:
        yield Running(program.url, program.server, program.world)


@pytest.fixture
def tab(running: Running) -> Iterator[Visitor]:
    """A tab that shows the roster."""
    with running.tab() as visitor:
        assert CONTENT in visitor.run().text
        yield visitor


def test_a_killed_database_is_said_and_the_same_tab_comes_back(running: Running, tab: Visitor) -> None:
    running.server.stop()
    try:
        given_up(tab, "The database cannot be reached")
    finally:
        running.server.start()
    back_again(tab)


def test_a_pool_of_dead_connections_is_nobodys_business(running: Running, tab: Visitor) -> None:
    running.cut()
    assert CONTENT in tab.run().text


def test_frozen_backends_are_left_behind(running: Running, tab: Visitor) -> None:
    frozen = running.backends()
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        back_again(tab, GIVEN_UP)
        with running.tab() as other:
            assert CONTENT in other.run().text
        assert time.monotonic() - began < 2 * GIVEN_UP
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)


def test_a_lock_of_the_platforms_is_named(running: Running, tab: Visitor) -> None:
    with running.world.database.platform_engine.connect() as platform:
        platform.exec_driver_sql("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        given_up(tab, "locked by another program")
        platform.rollback()
    back_again(tab)


def test_a_missing_right_is_named(running: Running, tab: Visitor) -> None:
    running.sql(f"REVOKE SELECT ON users FROM {OURS}")
    try:
        given_up(tab, "a right is missing")
    finally:
        running.sql(f"GRANT SELECT ON users TO {OURS}")
    back_again(tab)


def test_a_read_only_database_is_read(running: Running, tab: Visitor) -> None:
    running.sql(f"ALTER ROLE {OURS} SET default_transaction_read_only = on")
    running.cut()
    try:
        assert CONTENT in tab.run().text
        with pytest.raises(DatabaseError, match="takes no changes"), writing(running.world.database.engine) as db:
            members.assign(TRUSTED, db, running.world.member_ids["coach"], [13])
    finally:
        running.sql(f"ALTER ROLE {OURS} RESET default_transaction_read_only")
        running.cut()
    back_again(tab)


def test_a_server_out_of_connections_is_named(running: Running, tab: Visitor) -> None:
    running.sql(f"ALTER ROLE {OURS} CONNECTION LIMIT 0")
    running.cut()
    try:
        given_up(tab, "connections")
    finally:
        running.sql(f"ALTER ROLE {OURS} CONNECTION LIMIT -1")
    back_again(tab)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten what our own clock waits, so that the test does not last for seconds."""
    assert PATIENCE < database_connection.TimeoutConnection.patience < GIVEN_UP
    monkeypatch.setattr(database_connection.TimeoutConnection, "patience", PATIENCE)


def frozen_in_flight(engine: Engine, running: Running) -> float:
    """Freeze a backend while it is asked something; gives the seconds until that was given up."""
    pid = 0
    began = time.monotonic()
    try:
        with reading(engine) as db:
            pid = db.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
            os.kill(pid, signal.SIGSTOP)
            began = time.monotonic()
            # A frozen server answers when it thaws; a program without a clock of its own waits for that.
            thaw = threading.Timer(THAWS, os.kill, (pid, signal.SIGCONT))
            thaw.start()
            try:
                db.execute(sa.text("SELECT 1"))
            finally:
                waited = time.monotonic() - began
                thaw.cancel()
                os.kill(pid, signal.SIGCONT)
    except DatabaseError:
        pass
    return waited


def test_what_is_said_of_a_frozen_backend() -> None:
    said = str(describe(psycopg.OperationalError(database_connection.STOPPED_ANSWERING)))
    assert said == "The database stopped answering. Try again in a moment."


@pytest.mark.usefixtures("impatient")
def test_a_backend_that_freezes_is_given_up_by_our_own_clock(running: Running) -> None:
    engine = create_engine_for(running.world.database.url)
    assert PATIENCE <= frozen_in_flight(engine, running) < THAWS
    with reading(engine) as db:
        assert db.execute(sa.text("SELECT 1")).scalar() == 1
    engine.dispose()


@pytest.mark.usefixtures("impatient")
def test_without_our_clock_it_would_not_be(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_engine, "install", lambda _engine: None)
    engine = create_engine_for(running.world.database.url)
    assert frozen_in_flight(engine, running) >= THAWS
    engine.dispose()


def survives_a_cut(running: Running, engine: Engine) -> bool:
    with reading(engine) as db:
        db.execute(sa.text("SELECT 1"))
    running.cut()
    try:
        with reading(engine) as db:
            return bool(db.execute(sa.text("SELECT 1")).scalar())
    except DatabaseError:
        return False


def test_the_pool_asks_before_it_gives_a_connection(running: Running) -> None:
    engine = create_engine_for(running.world.database.url)
    assert survives_a_cut(running, engine)
    engine.pool._pre_ping = False
    assert not survives_a_cut(running, engine)
    engine.dispose()


def test_a_host_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = create_engine_for(f"postgresql://someone:secret@127.0.0.1:{silent.getsockname()[1]}/x")
        began = time.monotonic()
        with pytest.raises(DatabaseError, match="cannot be reached"), reading(engine) as db:
            db.execute(sa.text("SELECT 1"))
        assert time.monotonic() - began < GIVEN_UP


def test_an_exhausted_pool_is_said_in_time(running: Running) -> None:
    engine = create_engine_for(running.world.database.url)
    assert isinstance(engine.pool, QueuePool)
    assert PATIENCE < engine.pool.timeout() < GIVEN_UP
    engine.pool._timeout = PATIENCE
    held = [engine.connect() for _ in range(20)]
    with pytest.raises(DatabaseError, match="busy"), reading(engine) as db:
        db.execute(sa.text("SELECT 1"))
    for connection in held:
        connection.close()
    engine.dispose()


def state(running: Running) -> tuple[int, int]:
    """How many candidates the coach has, and how many rows of the trail say so."""
    with reading(running.world.database.engine) as db:
        coached = db.execute(sa.select(sa.func.count()).select_from(coach_candidates)).scalar_one()
        said = db.execute(sa.select(sa.func.count()).where(audit.c.action == "assign")).scalar_one()
    return coached, said


def test_a_write_cut_at_any_statement_is_all_or_nothing(running: Running) -> None:
    coach = running.world.member_ids["coach"]
    before = state(running)
    cuts = 0
    while True:
        engine = create_engine_for(running.world.database.url)
        count = 0

        @event.listens_for(engine, "before_cursor_execute")
        def cut(connection: sa.Connection, *_others: object) -> None:
            nonlocal count
            count += 1
            if count == cuts + 1:  # noqa: B023
                pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
                running.sql(f"SELECT pg_terminate_backend({pid}, 2000)")

        try:
            with writing(engine) as db:
                members.assign(TRUSTED, db, coach, [13])
        except DatabaseError:
            assert state(running) == before
            cuts += 1
        else:
            break
        finally:
            engine.dispose()
    assert cuts >= 4
    assert state(running) == (before[0] + 1, before[1] + 1)


def test_a_commit_whose_answer_is_lost_counts_once(running: Running) -> None:
    coach = running.world.member_ids["other coach"]
    before = state(running)
    with line_to(running.server.server.url.port or 0) as line:
        url = sa.make_url(running.world.database.url).set(port=line.port)
        engine = create_engine_for(url.render_as_string(hide_password=False))
        line.arm(lambda carried: Lost.ANSWER if b"COMMIT" in carried[-1] else None)
        with pytest.raises(DatabaseError), writing(engine) as db:
            members.assign(TRUSTED, db, coach, [13])
        engine.dispose()
    assert state(running) == (before[0] + 1, before[1] + 1)
    with writing(running.world.database.engine) as db:
        assert members.assign(TRUSTED, db, coach, [13]) == 0
    assert state(running) == (before[0] + 1, before[1] + 1)
