"""Every version of PostgreSQL that this machine has, from set-up to uninstall; TEST_POSTGRESQL names more of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown.versions import save
from analytics.breakdown.versions.shown import history
from analytics.columns import now
from analytics.database.engine import create_engine_for
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews, platform
from analytics.roster.refresh import refresh_stale
from analytics.service import InterviewAnalytics
from analytics.setup.install import list_missing, set_up
from analytics.setup.uninstall import is_installed, uninstall
from tests.support.breakdowns import offline
from tests.support.databases import Database, grants
from tests.support.jobs import working
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.postgres import OURS, PLATFORM, installed, own_server
from tests.support.score_rows import assert_exact, populate

OLDEST, NEWEST = 13, 18
HERE = {version: programs for version, programs in installed().items() if OLDEST <= version <= NEWEST}
pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module", params=range(OLDEST, NEWEST + 1))
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database of one version with the platform's tables."""
    if request.param not in HERE:
        pytest.skip(f"PostgreSQL {request.param} is not here. Name the folder of its programs in TEST_POSTGRESQL.")
    with own_server(programs=HERE[request.param]) as own:
        own.server.create_roles()
        own.server.create_database("interviewlab")
        url, theirs = (own.server.url_of("interviewlab", role) for role in (OURS, PLATFORM))
        made = Database(url, theirs, create_engine_for(url), sa.create_engine(theirs))
        with made.platform_engine.begin() as connection:
            platform.create_all(connection)
            for grant in grants("interviewlab"):
                connection.exec_driver_sql(grant)
        yield made
        made.engine.dispose()
        made.platform_engine.dispose()


def test_set_up_scores_versions_jobs_and_uninstall(database: Database) -> None:
    populate(database, 60)
    set_up(database.engine)
    set_up(database.engine)
    assert_exact(database.engine)
    with database.platform_engine.begin() as connection:
        changed = sa.update(interviews).where(interviews.c.id == 1).values(feedback=feedback(0.9, 0.8, 0.7, 0.6))
        connection.execute(changed)
        connection.execute(sa.delete(interviews).where(interviews.c.id == 2))
    refresh_stale(database.engine)
    assert_exact(database.engine)
    saved = save.save(
        database.engine, 1, offline(), version_id=str(uuid.uuid4()), by="coach@example.org", write_back=True
    )
    assert saved is not None
    with working(database) as at_work:
        at_work.unavailable()
    with reading(database.engine) as db:
        assert history(TRUSTED, db, 1)[0].number == saved.number
        assert InterviewAnalytics().get_skill_progression(2, db)["communication"][0].score == 0.9
    assert list_missing(database.engine) == []

    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE interviews RESTART IDENTITY")
    add(database.platform_engine, rows=[interview(1, 2, feedback=feedback(0.4), created_at=now())])
    with reading(database.engine) as db:
        assert history(TRUSTED, db, 1) == []

    uninstall(database.engine)
    assert not is_installed(database.engine)
    add(database.platform_engine, people=[person(99)], rows=[interview(99, 99, feedback=feedback(0.4))])
