"""The platform's owner restores its own dump, with our schemas or without: set-up puts everything right again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.interviewlab.tables import interviews
from analytics.setup.install import list_missing, set_up
from tests.support.databases import Database, Databases, grants
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.postgres import NO_CLIENT, client_programs, run_client
from tests.support.score_rows import assert_exact, populate

pytestmark = [
    pytest.mark.parametrize("dialect", ["postgresql"], indirect=True),
    pytest.mark.skipif(client_programs() is None, reason=NO_CLIENT),
]
OURS = ("skill_analytics", "skill_analytics_jobs")


@pytest.fixture
def other(databases: Databases) -> Iterator[Database]:
    """An empty database to restore into."""
    with databases.empty() as empty:
        yield empty


def dumped(database: Database, *arguments: str) -> str:
    done = run_client("pg_dump", database.platform_url, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("-n", "public"), tuple(f"--exclude-schema={name}" for name in OURS), ("-t", "users", "-t", "interviews")],
    ids=["public alone", "without ours", "its tables"],
)
def test_a_dump_without_our_schemas_is_set_up_anew(
    database: Database, other: Database, arguments: tuple[str, ...]
) -> None:
    populate(database, 60)
    dump = dumped(database, "--no-owner", *arguments)
    # The triggers of the dump have nothing to call here; everything else is restored.
    run_client("psql", other.platform_url, "--quiet", stdin=dump)
    with other.platform_engine.begin() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(interviews)).scalar_one() == 60
        connection.execute(sa.update(interviews).where(interviews.c.id == 1).values(title="The platform goes on"))
        for grant in grants(str(other.platform_engine.url.database)):
            connection.exec_driver_sql(grant)
    set_up(other.engine)
    assert_exact(other.engine)
    with other.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 1).values(feedback=feedback(0.9)))
    set_up(other.engine)
    assert_exact(other.engine)


def test_its_tables_restored_over_newer_ones_are_read_again(database: Database, tmp_path: Path) -> None:
    """Our schema stays, the triggers come back with the tables, and the scores are those of an older day."""
    add(database.platform_engine, people=[person(1)], rows=[interview(1, feedback=feedback(0.3))])
    backup = tmp_path / "backup"
    assert run_client("pg_dump", database.platform_url, "-n", "public", "-Fc", "-f", str(backup)).returncode == 0
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(feedback=feedback(0.8)))
    set_up(database.engine)
    assert list_missing(database.engine) == []
    database.platform_engine.dispose()
    command = ("--clean", "--if-exists", "--exit-on-error", "--no-owner")
    done = run_client("pg_restore", database.platform_url, *command, str(backup))
    assert done.returncode == 0, done.stderr
    assert any("made anew" in sentence for sentence in list_missing(database.engine))
    set_up(database.engine)
    assert_exact(database.engine)
    set_up(database.engine)
    assert list_missing(database.engine) == []
