"""Behind PgBouncer in transaction mode: reads, writes and jobs through it, set-up and the jobs' names past it."""

from __future__ import annotations

import argparse
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from analytics import runtime
from analytics.access.viewer import TRUSTED
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.versions import save
from analytics.breakdown.versions.shown import history
from analytics.commands import common
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError
from analytics.database.sessions import reading, writing
from analytics.service import InterviewAnalytics
from analytics.settings import Settings, SettingsError
from analytics.setup.install import list_missing
from tests.support import pgbouncer
from tests.support.breakdowns import offline
from tests.support.databases import Database
from tests.support.jobs import ended, working
from tests.support.world import PEOPLE, populate

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
THEM = PEOPLE["interviewee"]


@pytest.fixture
def through(database: Database) -> Iterator[Database]:
    """The database as pages and API reach it, through the pooler."""
    if pgbouncer.executable() is None:
        pytest.skip(pgbouncer.MISSING)
    with pgbouncer.pooled(database.url) as url:
        engine = create_engine_for(url, pooled=True)
        yield replace(database, url=url, engine=engine)
        engine.dispose()


def test_reads_and_writes_of_many_at_once(through: Database) -> None:
    populate(through)
    barrier = threading.Barrier(6)

    def visit(number: int) -> tuple[object, str, int]:
        barrier.wait(30)
        for _ in range(5):
            with reading(through.engine) as db:
                averages = InterviewAnalytics().get_skill_averages(THEM.user_id, db)
                zone = db.execute(sa.text("SHOW timezone")).scalar_one()
            with writing(through.engine, seconds=30) as connection:
                # Holds in its own transaction, and in no other.
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(7)"))
                limit = connection.execute(sa.text("SHOW statement_timeout")).scalar_one()
        saved = save.save(
            through.engine, THEM.interviews[0], offline(), version_id=str(uuid.uuid4()), by=str(number), write_back=True
        )
        assert saved is not None
        assert limit == "30s"
        return averages["technical"], zone, saved.number

    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(visit, range(6)))
    assert {(average, zone) for average, zone, _ in seen} == {(0.6, "UTC")}
    assert len({number for _, _, number in seen}) == 6
    with reading(through.engine) as db:
        assert len(history(TRUSTED, db, THEM.interviews[0])) >= 6
        behind = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query <> ''")
        assert db.execute(behind).scalar_one() <= pgbouncer.CONNECTIONS + 5


def test_jobs_are_pressed_through_it_and_made_past_it(database: Database, through: Database) -> None:
    people = populate(through)
    with working(database) as at_work:
        pressed = at_work.press(people.viewer("coach"), THEM.interviews[0])
        assert ended(through, pressed.id).state in (JobState.FINISHED, JobState.FAILED)


def test_the_settings_say_which_way_is_which(
    database: Database, through: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made in (runtime.settings, runtime.engine, runtime.direct_engine):
        made.cache_clear()
    monkeypatch.setenv("DATABASE_URL", through.url)
    monkeypatch.setenv("DATABASE_DIRECT_URL", database.url)
    try:
        assert runtime.engine().url.port == through.engine.url.port
        assert runtime.direct_engine().url.port == database.engine.url.port
        with reading(runtime.engine()) as db:
            assert db.execute(sa.text("SELECT 1")).scalar_one() == 1
        with common.database(argparse.Namespace(database_url=None), Settings.from_environment()) as engine:
            assert engine.url.port == database.engine.url.port
            assert list_missing(engine) == []
    finally:
        for engine in (runtime.engine(), runtime.direct_engine()):
            engine.dispose()
        for made in (runtime.settings, runtime.engine, runtime.direct_engine):
            made.cache_clear()
    with pytest.raises(SettingsError, match="DATABASE_DIRECT_URL leads directly to"):
        Settings.from_environment({"DATABASE_DIRECT_URL": "postgresql://someone@here/name"})


def test_without_the_direct_address_it_says_what_to_set(through: Database) -> None:
    engine = create_engine_for(through.url)
    with pytest.raises(DatabaseError, match="DATABASE_DIRECT_URL"), reading(engine) as db:
        db.execute(sa.text("SELECT 1"))
    engine.dispose()
