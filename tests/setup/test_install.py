"""Set-up: nothing of the platform's is disturbed, a second run changes nothing, an interrupted one goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine

from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.database import job_store
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError, NotSetUpError
from analytics.database.schema import SCHEMA, ours, skill_scores
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews, platform
from analytics.roster.page import page
from analytics.service import InterviewAnalytics
from analytics.setup import backfill
from analytics.setup.install import list_missing, set_up
from tests.support.databases import Database, Databases, grants
from tests.support.killed_setup import exit_status_of_set_up
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.postgres import OURS, PLATFORM, Server
from tests.support.score_rows import assert_exact, populate

postgresql = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


def state_of(engine: Engine) -> list[Any]:
    """Everything we created, down to the identity of each object and row."""
    found: list[Any] = []
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found.append(connection.exec_driver_sql("SELECT * FROM sqlite_master ORDER BY name").all())
            hidden = ""
        else:
            catalogs = ("pg_class", "pg_proc", "pg_trigger", "pg_namespace", "pg_attribute")
            queries = [f"SELECT xmin::text, * FROM {catalog} ORDER BY 1, 2" for catalog in catalogs]
            found += [connection.exec_driver_sql(query).all() for query in queries]
            hidden = "xmin::text, "
        for table in ours.sorted_tables:
            name = table.name if engine.dialect.name == "sqlite" else table.fullname
            found.append(connection.exec_driver_sql(f"SELECT {hidden}* FROM {name} ORDER BY 1, 2").all())
    return found


def test_it_reads_what_is_there_and_changes_nothing_the_second_time(platform_database: Database) -> None:
    populate(platform_database, 300)
    reports: dict[str, list[tuple[int, int]]] = {}

    def report(task: str) -> Callable[[int, int], None]:
        return lambda done, total: reports.setdefault(task, []).append((done, total))

    set_up(platform_database.engine, report)
    assert_exact(platform_database.engine)
    assert {task: told[-1] for task, told in reports.items()} == {
        "skill_scores": (300, 300),
        "version_scores": (0, 0),
        "candidate_scatter": (20, 20),
        "candidate_summaries": (20, 20),
    }
    before = state_of(platform_database.engine)
    assert any(before)
    set_up(platform_database.engine)
    assert state_of(platform_database.engine) == before


def test_it_leaves_the_platforms_tables_alone(platform_database: Database) -> None:
    populate(platform_database, 50)

    def theirs() -> list[Any]:
        with platform_database.platform_engine.connect() as connection:
            inspector = sa.inspect(connection)
            shapes = [(inspector.get_columns(name), inspector.get_indexes(name)) for name in platform.tables]
            rows = [connection.execute(sa.select(table)).all() for table in platform.tables.values()]
        return [str(shapes), rows]

    before = theirs()
    set_up(platform_database.engine)
    assert theirs() == before
    with platform_database.platform_engine.connect() as connection:
        new = set(sa.inspect(connection).get_table_names()) - set(platform.tables)
    expected = {table.name for table in ours.tables.values()} | {"skill_analytics_version"}
    assert new == (expected if platform_database.dialect == "sqlite" else set())


def test_the_migrations_make_what_the_schema_says(database: Database) -> None:
    schema = None if database.dialect == "sqlite" else SCHEMA
    wanted = sa.MetaData()
    for table in ours.sorted_tables:
        table.to_metadata(wanted, schema=schema, referred_schema_fn=lambda *_: schema or sa.schema.BLANK_SCHEMA)
    names = {table.name for table in ours.sorted_tables}

    def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
        return kind != "table" or name in names

    # A role named as our schema has it on its search path, where reflection leaves its name out.
    search_path = {"options": "-c search_path=public"} if schema else {}
    engine = create_engine(database.url, connect_args=search_path)
    options = {"include_object": is_ours, "include_schemas": bool(schema), "compare_server_default": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, wanted) == []
        # The comparison does see a difference.
        wanted.tables[f"{schema}.audit" if schema else "audit"].append_column(sa.Column("surplus", sa.Integer))
        assert len(compare_metadata(context, wanted)) == 1
    engine.dispose()


def test_without_the_platforms_tables_it_says_so(databases: Databases) -> None:
    with databases.empty() as database:
        assert list_missing(database.engine) == [
            "InterviewLab's own tables are not in this database: users, interviews."
        ]
        with pytest.raises(DatabaseError, match=r"no InterviewLab tables .* Check that DATABASE_URL"):
            set_up(database.engine)
        with database.engine.connect() as connection:
            inspector = sa.inspect(connection)
            assert inspector.get_table_names() == []
            assert SCHEMA not in inspector.get_schema_names()


# Where a process is killed: the function in whose so-and-so-manieth call, and whether there is something to go on from.
KILLS = {
    "in the migration": ("alembic.command.upgrade", 1, 0),
    "before the functions are committed": ("analytics.setup.install.start_over", 1, 0),
    "in the third batch": ("analytics.scores.skill_scores.fill", 3, 2),
    "after the third batch": ("analytics.database.progress.advance", 3, 2),
    "at the end of the back-fill": ("analytics.database.progress.finish", 1, 0),
    "in the first pass over the people": ("analytics.roster.refresh.scatter", 2, 0),
    "in the second pass over the people": ("analytics.roster.refresh.summarise", 2, 0),
    "at the very end": ("analytics.cohort.learn", 1, 0),
}


@pytest.mark.parametrize("where", KILLS)
def test_killed_anywhere_it_goes_on(platform_database: Database, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    populate(platform_database, 100)
    function, calls, batches = KILLS[where]
    assert exit_status_of_set_up(platform_database.url, function, calls, 10) == -signal.SIGKILL
    assert list_missing(platform_database.engine) != []

    monkeypatch.setattr(backfill, "BATCH", 10)
    reports: list[tuple[str, int]] = []
    set_up(platform_database.engine, lambda task: lambda done, _total: reports.append((task, done)))
    assert_exact(platform_database.engine)
    # It went on behind the batches that were committed, and not at the beginning.
    first = next((done for task, done in reports if task == "skill_scores"), None)
    assert first is None or batches == 0 or first == 10 * (batches + 1)


DAMAGES = {
    "DROP TRIGGER skill_analytics_interviews ON interviews": "trigger skill_analytics_interviews is missing",
    "DROP TRIGGER skill_analytics_users ON users": "trigger skill_analytics_users is missing",
    "DROP FUNCTION skill_analytics.read_scores": "function read_scores is missing",
    "CREATE OR REPLACE FUNCTION skill_analytics.follow_user() RETURNS trigger LANGUAGE plpgsql "
    "AS 'BEGIN RETURN NULL; END'": "function follow_user is missing or from another version",
    "DELETE FROM skill_analytics.progress WHERE task = 'skill_scores'": "back-fill of skill_scores has not finished",
    "DELETE FROM skill_analytics.skill_scores WHERE interview_id = 1": "scores of 1 interviews are not up to date",
    "UPDATE skill_analytics.skill_scores SET interview_id = 6 WHERE interview_id = 1": "scores of 2 interviews",
}


@postgresql
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_missing_is_named_and_put_right(
    platform_database: Database, postgres_server: Server, damage: str
) -> None:
    populate(platform_database, 40)
    set_up(platform_database.engine)
    postgres_server.execute(damage, database=platform_database.engine.url.database)
    if "TRIGGER" in damage:
        # What changes unseen is read again once the trigger is back.
        add(platform_database.platform_engine, rows=[interview(900, feedback=feedback(0.9))])
        with platform_database.platform_engine.begin() as connection:
            connection.execute(sa.update(interviews).where(interviews.c.id == 1).values(feedback=feedback(0.8)))
            connection.execute(sa.delete(interviews).where(interviews.c.id == 2))
    assert any(DAMAGES[damage] in sentence for sentence in list_missing(platform_database.engine))
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)


def test_missing_tables_are_named(platform_database: Database) -> None:
    told = list_missing(platform_database.engine)
    assert len(told) == 1
    assert told[0].startswith("Tables are missing: added_interviews, audit, ")
    with pytest.raises(NotSetUpError, match="python -m analytics setup"), reading(platform_database.engine) as db:
        page(TRUSTED, db)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_sqlite_triggers_of_another_version_are_replaced(database: Database) -> None:
    add(database.platform_engine, people=[person(1)])
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER skill_analytics_interview_insert")
        connection.exec_driver_sql(
            "CREATE TRIGGER skill_analytics_interview_insert AFTER INSERT ON interviews BEGIN SELECT 1; END"
        )
    add(database.platform_engine, rows=[interview(1, feedback=feedback(0.5))])
    assert list_missing(database.engine) == [
        "The trigger skill_analytics_interview_insert is missing, switched off or from another version."
    ]
    set_up(database.engine)
    assert_exact(database.engine)


@postgresql
def test_a_trigger_that_its_owner_switched_off_is_not_switched_on(database: Database) -> None:
    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE interviews DISABLE TRIGGER skill_analytics_interviews")
    with pytest.raises(DatabaseError, match="DROP TRIGGER skill_analytics_interviews ON interviews"):
        set_up(database.engine)
    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER skill_analytics_interviews ON interviews")
    set_up(database.engine)
    assert list_missing(database.engine) == []


@postgresql
def test_removing_our_schema_leaves_the_platform_as_it_was(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {SCHEMA} CASCADE")
    with database.platform_engine.connect() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").scalar()
    assert left == 0


@pytest.fixture
def granted(postgres_server: Server, request: pytest.FixtureRequest) -> Any:
    """Make a database with the platform's tables and only those documented grants whose text passes a test."""
    made: list[tuple[str, Any, Any]] = []

    def make(wanted: Callable[[str], bool]) -> Database:
        name = f"granted_{len(made)}_{request.node.name.partition('[')[0][-20:]}"
        postgres_server.drop_database(name)
        postgres_server.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER {PLATFORM}")
        postgres_server.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC", database=name)
        postgres_server.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        postgres_server.execute(f"GRANT ALL ON SCHEMA public TO {PLATFORM}", database=name)
        url, theirs = postgres_server.url_of(name, OURS), postgres_server.url_of(name, PLATFORM)
        database = Database(url, theirs, create_engine_for(url), create_engine(theirs))
        made.append((name, database.engine, database.platform_engine))
        with database.platform_engine.begin() as connection:
            platform.create_all(connection)
        for grant in filter(wanted, grants(name)):
            # The schema `public` belongs to the administrator, the rest to the platform's role.
            if "SCHEMA public" in grant:
                postgres_server.execute(grant, database=name)
            else:
                with database.platform_engine.begin() as connection:
                    connection.exec_driver_sql(grant)
        populate(database, 20)
        return database

    yield make
    for name, *engines in made:
        for engine in engines:
            engine.dispose()
        postgres_server.drop_database(name)


def test_the_documented_grants_are_enough(granted: Any) -> None:
    database = granted(lambda _grant: True)
    set_up(database.engine)
    assert_exact(database.engine)
    add(database.platform_engine, rows=[interview(90, feedback=feedback(0.9))])
    with writing(database.engine) as db:
        assert page(TRUSTED, db).total == 20
        assert page(Viewer(Role.COACH, member_id=1), db).total == 0
        assert InterviewAnalytics().get_skill_breakdown(90, db)["communication"].score == 0.9
        db.execute(sa.update(interviews).where(interviews.c.id == 90).values(feedback=feedback(0.1)))
        assert db.execute(sa.select(skill_scores.c.score).where(skill_scores.c.interview_id == 90)).scalar() == 0.1


@pytest.mark.parametrize("left_out", range(4))
def test_each_documented_grant_is_needed(granted: Any, left_out: int) -> None:
    every = grants("x")
    assert len(every) == 4
    database = granted(lambda grant: grant.split(" ON ")[0] != every[left_out].split(" ON ")[0])
    if "UPDATE" in every[left_out]:
        set_up(database.engine)
        with pytest.raises(DatabaseError, match=r"docs/grants\.sql"), writing(database.engine) as db:
            db.execute(sa.update(interviews).values(feedback=None))
        return
    with pytest.raises(DatabaseError, match=r"docs/grants\.sql|no InterviewLab tables"):
        set_up(database.engine)


def test_a_schema_made_by_the_administrator_does_as_well(granted: Any, postgres_server: Server) -> None:
    database = granted(lambda grant: "ON DATABASE" not in grant)
    name = database.engine.url.database
    postgres_server.execute(f"GRANT CONNECT ON DATABASE {name} TO {OURS}")
    for schema in (SCHEMA, job_store.SCHEMA):
        postgres_server.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {OURS}", database=name)
    set_up(database.engine)
    assert_exact(database.engine)
