"""A database set up by an earlier version, with jobs begun by it: the present version goes on with both."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.api import PREFIX
from analytics.breakdown import FeedbackGenerator
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.jobs.worker import JobWorker
from analytics.breakdown.versions import shown
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError
from analytics.database.judge_tables import judges, version_scores
from analytics.database.schema import SCHEMA, breakdown_versions
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from analytics.setup.install import LATER_TABLES, list_missing, set_up
from analytics.setup.readiness import readiness
from tests.support.api_client import bearer, client, platform_token
from tests.support.databases import Database
from tests.support.doubles import SETTINGS, Double, honest
from tests.support.jobs import QUICK, ended
from tests.support.postgres import NO_CLIENT, OURS, PLATFORM, Server, client_programs
from tests.support.world import PEOPLE, World

BEFORE = Path(__file__).parents[1] / "fixtures" / "84ff09f"
PLATFORM_TABLES = ("users", "interviews")
OWN_TABLES = (
    "skill_scores", "breakdown_versions", "shown_versions", "breakdown_jobs", "members", "coach_candidates", "audit",
)  # fmt: skip


@pytest.fixture
def earlier(request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> Iterator[Database]:
    """A copy of the database that the earlier version left."""
    if dialect == "sqlite":
        for name in ("sqlite.db", "sqlite.db-jobs"):
            shutil.copy(BEFORE / name, tmp_path)
        url = f"sqlite:///{tmp_path / 'sqlite.db'}"
        yield from _opened(url, url)
        return
    server: Server = request.getfixturevalue("postgres_server")
    name = "test_of_an_earlier_version"
    server.drop_database(name)
    server.create_database(name)
    server.execute((BEFORE / "postgresql.sql").read_text(), database=name)
    try:
        yield from _opened(server.url_of(name, OURS), server.url_of(name, PLATFORM))
    finally:
        server.drop_database(name)


def _opened(url: str, platform_url: str) -> Iterator[Database]:
    database = Database(url, platform_url, create_engine_for(url), sa.create_engine(platform_url))
    yield database
    database.engine.dispose()
    database.platform_engine.dispose()


def rows(database: Database, columns: dict[str, list[str]] | None = None) -> dict[str, list[dict[str, str]]]:
    """Every row as text, of the columns given: those that are there where none are."""
    schema = SCHEMA if database.dialect == "postgresql" else None
    content = {}
    with database.engine.connect() as connection:
        for name in (*PLATFORM_TABLES, *OWN_TABLES):
            table = sa.Table(
                name, sa.MetaData(), schema=schema if name in OWN_TABLES else None, autoload_with=connection
            )
            wanted = [table.c[column] for column in columns[name]] if columns else list(table.c)
            found = connection.execute(sa.select(*(sa.cast(column, sa.Text).label(column.name) for column in wanted)))
            content[name] = sorted((dict(row._mapping) for row in found), key=str)
    return content


def answered(world: World, path: str) -> Any:
    answer = client(world).get(PREFIX + path, headers=bearer(platform_token(PEOPLE["coach"].user_id)))
    assert answer.status_code == 200
    return answer.json()


def assert_holds(present: Any, former: Any) -> None:
    """All that was there is there with the value it had; there may be more."""
    if isinstance(former, dict):
        assert former.keys() <= present.keys()
        for key, value in former.items():
            assert_holds(present[key], value)
    elif isinstance(former, list):
        assert len(present) == len(former)
        for one, other in zip(present, former, strict=True):
            assert_holds(one, other)
    else:
        assert present == former


def test_nothing_stored_changes(earlier: Database) -> None:
    before = rows(earlier)
    assert len(before["breakdown_versions"]) == 3
    set_up(earlier.engine)
    assert list_missing(earlier.engine) == []
    assert rows(earlier, {name: list(found[0]) for name, found in before.items()}) == before


def test_the_scores_of_its_versions_have_their_judges(earlier: Database) -> None:
    set_up(earlier.engine)
    found = sa.select(breakdown_versions.c.number, judges.c.model, version_scores.c.judged_at, version_scores.c.score)
    found = found.join(version_scores, version_scores.c.version_id == breakdown_versions.c.id)
    with earlier.engine.connect() as connection:
        told = connection.execute(found.join(judges, judges.c.key == version_scores.c.judge)).all()
    assert {(row.number, row.model, row.score, row.judged_at is None) for row in told} == {
        (1, "", 0.6, True), (2, "double", 0.5, False), (3, "double", 0.5, False),
    }  # fmt: skip
    assert len(told) == 12


def test_what_the_api_answered_is_answered_again(earlier: Database, dialect: str) -> None:
    set_up(earlier.engine)
    world = World(earlier, {"coach": 1, "other coach": 2, "admin": 3})
    for path, former in json.loads((BEFORE / f"{dialect}.json").read_text()).items():
        assert_holds(answered(world, path), former)


def test_its_open_jobs_are_finished_and_no_stored_answer_is_asked_again(earlier: Database) -> None:
    set_up(earlier.engine)
    by_interview = {job.interview_id: job for job in store.open_jobs(earlier.engine)}
    assert {number: job.state for number, job in by_interview.items()} == {
        101: JobState.RUNNING,
        201: JobState.WAITING,
    }
    settings = SETTINGS.with_changes(samples=1, concurrency=1)
    double = Double(honest, settings)
    generator = FeedbackGenerator(settings, client=double)
    worker = JobWorker(lambda: earlier.engine, lambda: generator, write_back=True, times=QUICK)
    worker.start()
    try:
        done = {number: ended(earlier, job.id) for number, job in by_interview.items()}
    finally:
        worker.stop()
    assert {number: job.state for number, job in done.items()} == dict.fromkeys((101, 201), JobState.FINISHED), done
    with reading(earlier.engine) as db:
        for number, job in done.items():
            versions = shown.history(TRUSTED, db, number)
            assert [version.number for version in versions] == [2, 1]
            assert versions[0].id == job.version_id
            assert versions[0].origin.usage.calls == 7
    # Three calls for the interview that was read and answered before, all seven for the other.
    assert sorted(call.answer for call in double.calls) == ["points"] * 4 + ["rating"] * 4 + ["support"] * 2


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
@pytest.mark.skipif(client_programs() is None, reason=NO_CLIENT)
def test_one_version_back_by_the_backup_of_our_schemas(earlier: Database, tmp_path: Path) -> None:
    """As docs/operating.md says: what the platform wrote since then stays, and what is ours is as it was."""
    before, url = rows(earlier), earlier.url.replace("+psycopg", "")

    def ask(program: str, *arguments: str) -> None:
        command = [str((client_programs() or Path()) / program), f"--dbname={url}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, timeout=60)
        assert done.returncode == 0, done.stderr

    ask("pg_dump", "--format=custom", "--schema=skill_analytics*", f"--file={tmp_path / 'before.dump'}")
    set_up(earlier.engine)
    with earlier.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(title="Written by the new version's time"))
    ask("psql", "--command=DROP SCHEMA IF EXISTS skill_analytics, skill_analytics_jobs CASCADE")
    ask("pg_restore", "--exit-on-error", str(tmp_path / "before.dump"))
    after = rows(earlier)
    assert {name: after[name] for name in OWN_TABLES} == {name: before[name] for name in OWN_TABLES}
    assert {row["title"] for row in after["interviews"]} == {"Written by the new version's time"}
    # Until the former version's set-up has run, the platform writes as if we were not there.
    with earlier.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(title="Written in between"))
    assert any("trigger" in said or "Tables are missing" in said for said in list_missing(earlier.engine))
    # Forward again, from what came out of the backup.
    set_up(earlier.engine)
    assert list_missing(earlier.engine) == []
    assert len(store.open_jobs(earlier.engine)) == 2


def test_a_copy_goes_on_with_the_tables_of_a_later_version_and_sets_nothing_up(database: Database) -> None:
    schema = SCHEMA if database.dialect == "postgresql" else None
    revision = sa.table("skill_analytics_version", sa.column("version_num"), schema=schema)

    def migrations() -> str:
        return readiness(lambda: database.engine, lambda: None)["migrations"]

    with database.engine.begin() as connection:
        connection.execute(sa.update(revision).values(version_num="9999"))
    assert migrations() == "ok"
    assert LATER_TABLES in list_missing(database.engine)
    with pytest.raises(DatabaseError, match="later version"):
        set_up(database.engine)
    with database.engine.begin() as connection:
        connection.execute(sa.update(revision).values(version_num="0001"))
    assert migrations().startswith("Not up to date.")
