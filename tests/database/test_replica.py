"""Reads on a real streaming replica: used when it is as good as the primary, and left alone when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analytics import runtime
from analytics.access import members
from analytics.access.viewer import TRUSTED
from analytics.api import create_api, routes
from analytics.breakdown import FeedbackGenerator
from analytics.breakdown.jobs.worker import JobWorker
from analytics.database import replica, sessions
from analytics.database.errors import DatabaseError
from analytics.database.replica import Replica
from analytics.database.schema import SCHEMA
from analytics.interviewlab.tables import interviews, users
from analytics.observability.metrics import READS
from analytics.queries.candidates import candidate, skill_progression
from analytics.settings import Settings, SettingsError
from analytics.setup.install import set_up
from tests.support.api_client import SETTINGS, bearer, platform_token
from tests.support.databases import Database, database_on
from tests.support.ports import free_port
from tests.support.postgres import OURS, own_server
from tests.support.standby import REPLICATED, Standby, standby_of
from tests.support.visitor import admin_of, errors, visitor_saves
from tests.support.world import PEOPLE, World, feedback, populate

NAME = "replicated"
IN_TIME = 8.0
INTERVIEWEE = PEOPLE["interviewee"]
WHO_ANSWERS = sa.text("SELECT pg_is_in_recovery()")


@dataclass
class Pair:
    """A primary, its replica, and the people in them."""

    world: World
    standby: Standby
    replica: Replica

    @property
    def database(self) -> Database:
        return self.world.database

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with replica.reading(self.database.engine, self.replica) as db:
            yield db

    def on_replica(self) -> bool:
        """Whether a read is answered by the replica."""
        with self.reading() as db:
            return bool(db.execute(WHO_ANSWERS).scalar())

    def settle(self) -> None:
        """Wait until reads go to the replica."""
        give_up = time.monotonic() + 120
        while not self.on_replica():
            assert time.monotonic() < give_up
            time.sleep(0.02)

    def write_score(self, score: float) -> None:
        """Change a score as the platform does."""
        with self.database.platform_engine.begin() as platform:
            platform.execute(
                sa.update(interviews)
                .where(interviews.c.id == INTERVIEWEE.interviews[-1])
                .values(feedback=feedback(score, INTERVIEWEE.word))
            )

    def latest_score(self) -> float:
        with self.reading() as db:
            rows = skill_progression(TRUSTED, db, INTERVIEWEE.user_id)
        assert rows
        return float(rows[-1][4])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop every process of the replica where it stands."""
        postmaster = psutil.Process(self.standby._process.pid)  # type: ignore[union-attr]
        processes = [postmaster, *postmaster.children()]
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                process.resume()


@pytest.fixture(scope="module")
def both() -> Iterator[Pair]:
    with own_server(REPLICATED) as own, database_on(own.server, NAME) as database:
        set_up(database.engine)
        world = populate(database)
        with standby_of(own) as standby:
            standby.catch_up()
            replica = Replica(standby.server.url_of(NAME, OURS))
            yield Pair(world, standby, replica)
            replica.engine.dispose()


@pytest.fixture
def pair(both: Pair) -> Pair:
    both.settle()
    return both


def count(server: str) -> float:
    return float(READS.labels(server)._value.get())


def test_reads_go_to_the_replica_and_see_what_was_written_a_moment_before(pair: Pair) -> None:
    answered, asked = count("replica"), count("primary")
    give_up = time.monotonic() + 120
    number = 0
    # A replica beside its primary keeps up with what one person does, if not at once on a machine that is busy.
    while number < 30 or count("replica") == answered:
        pair.write_score(number % 100 / 100)
        assert pair.latest_score() == number % 100 / 100
        number += 1
        assert time.monotonic() < give_up
    assert count("replica") - answered + count("primary") - asked == number


def test_a_replica_that_is_behind_is_not_asked(pair: Pair) -> None:
    pair.write_score(0.11)
    pair.standby.hold_back()
    try:
        pair.write_score(0.99)
        began = time.monotonic()
        assert pair.latest_score() == 0.99
        assert time.monotonic() - began < 1
        assert not pair.on_replica()
    finally:
        pair.standby.let_go()
    pair.settle()
    assert pair.latest_score() == 0.99


def test_without_the_comparison_old_scores_would_be_shown(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.write_score(0.12)
    pair.standby.catch_up()
    pair.standby.hold_back()
    try:
        pair.write_score(0.98)
        with monkeypatch.context() as weakened:
            weakened.setattr(Replica, "_has_taken_in", lambda *_: True)
            assert pair.latest_score() == 0.12
        assert pair.latest_score() == 0.98
    finally:
        pair.standby.let_go()


def test_what_is_committed_without_waiting_for_the_disk_is_seen_too(pair: Pair) -> None:
    for number in range(10):
        with pair.database.platform_engine.begin() as platform:
            platform.exec_driver_sql("SET LOCAL synchronous_commit = off")
            platform.execute(sa.update(users).where(users.c.id == 13).values(full_name=f"Name {number}"))
        with pair.reading() as db:
            found = candidate(TRUSTED, db, 13)
        assert found is not None
        assert found.name == f"Name {number}"


def test_a_candidate_taken_away_counts_from_the_next_step_on(pair: Pair) -> None:
    coach, member_id = pair.world.viewer("coach"), pair.world.member_ids["coach"]
    pair.standby.hold_back()
    try:
        with sessions.writing(pair.database.engine) as db:
            members.unassign(TRUSTED, db, member_id, [INTERVIEWEE.user_id])
        with pair.reading() as db:
            assert candidate(coach, db, INTERVIEWEE.user_id) is None
    finally:
        with sessions.writing(pair.database.engine) as db:
            members.assign(TRUSTED, db, member_id, [INTERVIEWEE.user_id])
        pair.standby.let_go()
    pair.settle()
    with pair.reading() as db:
        assert candidate(coach, db, INTERVIEWEE.user_id) is not None
        assert candidate(coach, db, PEOPLE["unassigned"].user_id) is None


def test_a_replica_that_ends_in_the_middle_of_a_page_is_made_up_for(pair: Pair) -> None:
    moved = count("moved")
    try:
        with pair.reading() as db:
            assert db.execute(WHO_ANSWERS).scalar() is True
            pair.standby.stop()
            assert candidate(TRUSTED, db, INTERVIEWEE.user_id) is not None
            assert db.execute(WHO_ANSWERS).scalar() is False
        assert count("moved") == moved + 1
        began = time.monotonic()
        assert pair.latest_score() is not None
        assert time.monotonic() - began < 0.5
    finally:
        pair.standby.start()
    pair.settle()


def test_a_frozen_replica_costs_one_read_a_few_seconds_and_the_next_ones_nothing(pair: Pair) -> None:
    with pair.frozen():
        for allowed in (IN_TIME, 0.5, 0.5):
            began = time.monotonic()
            assert pair.latest_score() is not None
            assert time.monotonic() - began < allowed
    pair.settle()


def test_nothing_can_be_written_to_a_replica(pair: Pair) -> None:
    with pytest.raises(DatabaseError, match="takes no changes"), pair.reading() as db:
        db.execute(sa.text(f"SELECT 1 FROM {SCHEMA}.members WHERE pg_is_in_recovery() FOR UPDATE"))
    assert pair.latest_score() is not None


def test_a_change_on_a_page_is_made_on_the_primary(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "replica", lambda: pair.replica)
    with admin_of(pair.database, monkeypatch) as visitor:
        page = visitor.open("people")
        page.at.text_input[0].set_value("somebody-new@example.org")
        visitor_saves(visitor, page)
        assert errors(page) == []
        assert "somebody-new@example.org" in page.table()["E-mail"]
    with sessions.reading(pair.database.engine) as db:
        assert "somebody-new@example.org" in {member.email for member in members.list_members(TRUSTED, db)}


@pytest.mark.parametrize("strange", ["the primary itself", "another database", "another server"])
def test_a_server_that_is_no_replica_of_this_database_never_answers(
    pair: Pair, strange: str, postgres_url: str
) -> None:
    if strange == "the primary itself":
        url = pair.database.url
    elif strange == "another database":
        pair.standby.primary.server.execute("DROP DATABASE IF EXISTS elsewhere")
        pair.standby.primary.server.create_database("elsewhere", template=None)
        pair.standby.catch_up()
        url = pair.standby.server.url_of("elsewhere", OURS)
    else:
        url = postgres_url
    wrong = Replica(url)
    give_up = time.monotonic() + 120
    while wrong.rests:
        assert time.monotonic() < give_up
        time.sleep(0.02)
    for _ in range(2):
        with replica.reading(pair.database.engine, wrong) as db:
            assert db.execute(WHO_ANSWERS).scalar() is False
            assert candidate(TRUSTED, db, INTERVIEWEE.user_id) is not None
    assert wrong.rests
    wrong.engine.dispose()


def test_of_several_replicas_one_that_answers_is_enough(pair: Pair) -> None:
    url = sa.make_url(pair.standby.server.url_of(NAME, OURS))
    hosts = (f"127.0.0.1:{free_port()}", f"127.0.0.1:{url.port}")
    several = Replica(url.set(host=None, port=None, query={"host": hosts}).render_as_string(hide_password=False))
    both = Pair(pair.world, pair.standby, several)
    both.settle()
    assert both.latest_score() == pair.latest_score()
    several.engine.dispose()


def test_the_api_reads_from_the_replica_and_asks_the_primary_who_is_there(pair: Pair) -> None:
    engine = pair.database.engine
    idle = JobWorker(lambda: engine, write_back=True, generator=FeedbackGenerator)
    api = create_api(lambda: SETTINGS, lambda: engine, lambda: idle, lambda: pair.replica)
    asks = TestClient(Starlette(routes=routes(api)), headers={"host": "localhost"})
    mine = {"headers": bearer(platform_token(INTERVIEWEE.user_id))}
    path = "/api/v1/interviews/analytics/skills/averages"
    answered = count("replica")
    give_up = time.monotonic() + 120
    # On a busy machine the replica may be behind for a moment, and then the primary answers.
    while count("replica") == answered:
        assert asks.get(path, **mine).status_code == 200
        assert time.monotonic() < give_up
    pair.standby.hold_back()
    try:
        with pair.database.platform_engine.begin() as platform:
            platform.execute(sa.update(users).where(users.c.id == INTERVIEWEE.user_id).values(is_active=False))
        assert asks.get(path, **mine).status_code == 403
    finally:
        with pair.database.platform_engine.begin() as platform:
            platform.execute(sa.update(users).where(users.c.id == INTERVIEWEE.user_id).values(is_active=True))
        pair.standby.let_go()


def test_mistakes_in_the_setting_are_one_sentence() -> None:
    with pytest.raises(SettingsError, match="set DATABASE_URL too"):
        Settings.from_environment({"DATABASE_READ_URL": "postgresql://me:s3cret@replica/name"})
    for url, said in {
        "me:s3cret@replica": "DATABASE_READ_URL is not a database address",
        "mysql://me:s3cret@replica/name": "DATABASE_READ_URL names mysql",
        "sqlite:///copy.db": "DATABASE_READ_URL must name a PostgreSQL server",
    }.items():
        with pytest.raises(DatabaseError, match=said) as told:
            Replica(url)
        assert "s3cret" not in str(told.value)


def test_without_the_setting_there_is_no_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    both: dict[str, str] = {"DATABASE_URL": "postgresql://primary/name", "DATABASE_READ_URL": "postgresql://other/name"}
    for environment, expected in (({}, False), (both, True)):
        settings: Callable[[], Settings] = lambda given=environment: Settings.from_environment(given)  # noqa: E731
        monkeypatch.setattr(runtime, "settings", settings)
        runtime.replica.cache_clear()
        assert (runtime.replica() is not None) is expected
    assert "other" not in repr(Settings.from_environment(both))
    runtime.replica.cache_clear()
    assert replica.SETTING == "DATABASE_READ_URL"
