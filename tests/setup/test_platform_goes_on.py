"""What the platform's owner does to its own tables goes on working after set-up: migrations, dumps, emptying."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from analytics.database.schema import skill_scores, stale_candidates
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from analytics.roster.refresh import refresh_stale
from analytics.setup.install import list_missing, set_up
from tests.support.databases import Database
from tests.support.jobs import working
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.postgres import NO_CLIENT, client_programs, run_client

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
ROWS = [interview(number, feedback=feedback(0.5, 0.5, 0.6, 0.7)) for number in (1, 2)]


def scores(database: Database) -> dict[tuple[int, str], float | None]:
    with reading(database.engine) as db:
        rows = db.execute(sa.select(skill_scores.c.interview_id, skill_scores.c.skill, skill_scores.c.score))
        return {(row.interview_id, row.skill): row.score for row in rows}


def as_owner(database: Database, *statements: str) -> None:
    for statement in statements:
        with database.platform_engine.begin() as connection:
            connection.exec_driver_sql(statement)


MIGRATIONS = {
    "feedback to jsonb": "ALTER TABLE interviews ALTER feedback TYPE jsonb",
    "conversations to jsonb": "ALTER TABLE interviews ALTER conversation_history TYPE jsonb, "
    "ALTER resume_context TYPE jsonb",
    "id to bigint": "ALTER TABLE interviews ALTER id TYPE bigint",
    "status to text": "ALTER TABLE interviews ALTER status TYPE text",
    "email to text": "ALTER TABLE users ALTER email TYPE text",
    "full_name dropped": "ALTER TABLE users DROP full_name",
    "completed_at dropped": "ALTER TABLE interviews DROP completed_at",
}


@pytest.mark.parametrize("migration", MIGRATIONS)
def test_its_migrations_work_and_so_do_its_writes_after_them(database: Database, migration: str) -> None:
    add(database.platform_engine, people=[person(1)], rows=ROWS)
    as_owner(
        database,
        MIGRATIONS[migration],
        "UPDATE interviews SET feedback = '{\"technical_score\": 0.25}' WHERE id = 1",
        "UPDATE users SET email = 'other@example.org' WHERE id = 1",
    )
    if "dropped" not in migration:
        # A session that was at work before keeps the function as it was for the former type; it reports what it missed.
        refresh_stale(database.engine)
        assert scores(database)[1, "technical"] == 0.25
        assert scores(database)[2, "technical"] == 0.5
        database.platform_engine.dispose()
        as_owner(database, "UPDATE interviews SET feedback = '{\"technical_score\": 0.75}' WHERE id = 1")
        assert scores(database)[1, "technical"] == 0.75


def test_emptying_and_numbering_anew_works(database: Database) -> None:
    add(database.platform_engine, people=[person(1)], rows=ROWS)
    assert len(scores(database)) == 8
    as_owner(database, "TRUNCATE interviews RESTART IDENTITY")
    assert scores(database) == {}


def test_what_changes_nothing_of_ours_is_not_followed(database: Database) -> None:
    add(database.platform_engine, people=[person(1)], rows=ROWS)
    with database.engine.begin() as connection:
        connection.execute(sa.delete(stale_candidates))
    as_owner(
        database,
        "UPDATE interviews SET turn_count = 40, title = 'Another', conversation_history = '[]', feedback = feedback",
        "UPDATE users SET updated_at = now()",
    )
    with reading(database.engine) as db:
        assert db.execute(sa.select(stale_candidates)).all() == []
    as_owner(database, "UPDATE interviews SET status = 'cancelled' WHERE id = 1")
    with reading(database.engine) as db:
        assert db.execute(sa.select(stale_candidates.c.user_id)).scalars().all() == [1]
    assert {number for number, _skill in scores(database)} == {2}


def test_a_dropped_table_comes_back_and_set_up_heals_it(database: Database) -> None:
    add(database.platform_engine, people=[person(1)], rows=ROWS)
    as_owner(database, "DROP TABLE interviews")
    with database.platform_engine.begin() as connection:
        interviews.create(connection)
        connection.exec_driver_sql("GRANT SELECT, TRIGGER, UPDATE (feedback) ON interviews TO skill_analytics")
    assert any("trigger" in sentence for sentence in list_missing(database.engine))
    set_up(database.engine)
    assert list_missing(database.engine) == []
    assert scores(database) == {}


def test_triggers_of_an_earlier_version_are_replaced(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE TRIGGER skill_analytics_users AFTER INSERT OR DELETE OR UPDATE OF id, email, full_name, "
            "is_active ON users FOR EACH ROW EXECUTE FUNCTION skill_analytics.follow_user()"
        )
    assert len(list_missing(database.engine)) == 1
    set_up(database.engine)
    assert list_missing(database.engine) == []
    as_owner(database, "ALTER TABLE users ALTER email TYPE text")


def test_its_owner_dumps_the_whole_database(database: Database) -> None:
    if client_programs() is None:
        pytest.skip(NO_CLIENT)
    with working(database):  # so that the tables of the jobs are there as well
        pass
    dump = run_client("pg_dump", database.platform_url)
    assert dump.returncode == 0, dump.stderr
    assert "COPY skill_analytics_jobs.workflow_status" in dump.stdout
    assert "COPY public.interviews" in dump.stdout
    assert "COPY skill_analytics.breakdown_versions" in dump.stdout
