"""`skill_scores` in hash partitions: made while the platform writes, interrupted, resumed, and read by its indexes."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from analytics.__main__ import main
from analytics.access.viewer import TRUSTED
from analytics.database.errors import DatabaseError
from analytics.database.schema import SCHEMA, ours, skill_scores
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from analytics.queries.candidates import skill_history
from analytics.queries.interviews import compared_records
from analytics.scores import partitions
from analytics.scores import skill_scores as scores_skill_scores
from analytics.service import InterviewAnalytics
from analytics.setup import backfill
from analytics.setup.install import list_missing, partition, set_up
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.query_plans import Reading
from tests.support.score_rows import assert_exact, copy_of, exact_copy, populate
from tests.support.waiting import wait_until
from tests.support.writers import Writers

postgresql = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
SOMEBODY, PEOPLE, MANY = 7, 2_000, 20_000


def assert_copied(database: Database) -> None:
    """The scores are those of the interviews; who changed since stands in the queue of the summaries."""
    with database.engine.connect() as connection:
        assert copy_of(connection) == exact_copy(connection)
    assert list_missing(database.engine) == []


def counted(database: Database) -> int:
    with writing(database.engine) as connection:
        return partitions.count(connection)


@postgresql
def test_the_rows_are_exact_though_the_platform_never_stopped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(database, 400)
    monkeypatch.setattr(backfill, "BATCH", 8)
    with Writers(database.platform_engine, people=20) as writers:
        wait_until(lambda: len(writers.seconds) > 10, "the first writes")
        partition(database.engine, 4)
        written = len(writers.seconds)
        wait_until(lambda: len(writers.seconds) > written + 10, "further writes")
    writers.assert_nobody_waited_long()
    assert counted(database) == 4
    set_up(database.engine)
    assert_exact(database.engine)


@postgresql
def test_another_number_is_dealt_out_anew_and_the_same_one_costs_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(database, 100)
    partition(database.engine, 4)
    partition(database.engine, 3)
    assert counted(database) == 3
    monkeypatch.setattr(partitions, "copy", None)
    partition(database.engine, 3)
    found = sa.text(
        f"SELECT relname FROM pg_class WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind IN ('r', 'p')"
    )
    with database.engine.connect() as connection:
        tables = {name for name in connection.execute(found).scalars() if name.startswith("skill_scores")}
    assert tables == {"skill_scores", *(f"skill_scores_{place}_of_3" for place in range(3))}
    assert_copied(database)


@postgresql
def test_an_interrupted_run_is_named_repeats_what_is_written_and_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(database, 200)
    monkeypatch.setattr(backfill, "BATCH", 5)
    copied: list[int] = []
    real = partitions.copy

    def interrupted(connection: Connection, after: int, upto: int) -> None:
        if len(copied) == 3:
            raise KeyboardInterrupt
        real(connection, after, upto)
        copied.append(upto)

    monkeypatch.setattr(partitions, "copy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        partition(database.engine, 4)
    assert list_missing(database.engine) == [
        "The partitions of skill_scores are not finished. Run: python -m analytics setup --partitions 4"
    ]
    # The table in use is whole, and what is written to rows that were copied reaches both tables.
    with database.platform_engine.begin() as platform:
        platform.execute(
            sa.update(interviews).where(interviews.c.id == 1).values(feedback=feedback(0.9, 0.9, 0.9, 0.9))
        )
        platform.execute(sa.delete(interviews).where(interviews.c.id == 2))
    with database.engine.connect() as connection:
        assert copy_of(connection) == exact_copy(connection)
    first = copied[-1]
    copied.clear()
    monkeypatch.setattr(partitions, "copy", lambda *given: (real(*given), copied.append(given[1])))
    partition(database.engine, 4)
    assert min(copied) >= first
    assert counted(database) == 4
    assert_copied(database)


@postgresql
def test_a_new_beginning_gives_an_interrupted_run_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    populate(database, 40)
    monkeypatch.setattr(partitions, "swap", lambda _connection: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        partition(database.engine, 4)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP FUNCTION {SCHEMA}.read_number")
    set_up(database.engine)
    assert counted(database) == 0
    assert_exact(database.engine)


@postgresql
def test_triggers_and_rights_and_definitions_are_as_before(database: Database) -> None:
    populate(database, 40)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"GRANT SELECT ON {SCHEMA}.skill_scores TO PUBLIC")
    partition(database.engine, 4)
    add(database.platform_engine, rows=[interview(900, 1, feedback=feedback(0.125, 0.25, 0.5, 0.75))])
    with database.platform_engine.begin() as platform:
        platform.execute(sa.delete(interviews).where(interviews.c.id == 1))
    assert_copied(database)
    rights = sa.text(
        "SELECT grantee, privilege_type FROM information_schema.table_privileges "
        "WHERE table_name = 'skill_scores' AND grantee <> grantor"
    )
    with database.engine.connect() as connection:
        owner = database.platform_engine.url.username
        assert set(connection.execute(rights).all()) == {("PUBLIC", "SELECT"), (owner, "SELECT")}
    names = {table.name for table in ours.sorted_tables}

    def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
        return kind != "table" or name in names

    engine = create_engine(database.url, connect_args={"options": "-c search_path=public"})
    options: dict[str, Any] = {"include_object": is_ours, "include_schemas": True, "compare_server_default": True}
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), ours) == []
        inspector = sa.inspect(connection)
        assert inspector.get_pk_constraint("skill_scores", SCHEMA)["name"] == "skill_scores_pkey"
        assert [index["name"] for index in inspector.get_indexes("skill_scores", SCHEMA)] == ["skill_scores_by_user"]
    engine.dispose()


@postgresql
def test_a_large_installation_begins_with_partitions(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(platform_database, 40)
    with platform_database.platform_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as platform:
        platform.exec_driver_sql("ANALYZE interviews")
    monkeypatch.setattr(partitions, "LARGE", 40)
    monkeypatch.setattr(partitions, "PARTITIONS", 3)
    set_up(platform_database.engine)
    assert counted(platform_database) == 3
    assert_exact(platform_database.engine)


@postgresql
def test_one_that_is_set_up_or_small_stays_as_it_is(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(platform_database, 40)
    set_up(platform_database.engine)
    with platform_database.platform_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as platform:
        platform.exec_driver_sql("ANALYZE interviews")
    assert counted(platform_database) == 0
    monkeypatch.setattr(partitions, "LARGE", 40)
    set_up(platform_database.engine)
    assert counted(platform_database) == 0


@postgresql
def test_a_persons_statements_read_the_partitions_by_their_indexes(database: Database) -> None:
    add(database.platform_engine, people=[person(n) for n in range(1, PEOPLE + 1)])
    with database.platform_engine.begin() as platform:
        platform.exec_driver_sql(
            "INSERT INTO interviews (id, user_id, title, status, turn_count, completed_at, created_at, updated_at) "
            f"SELECT n, 1 + n %% {PEOPLE}, 'Interview', 'completed', 9, now(), now(), now() "
            f"FROM generate_series(1, {MANY}) AS n"
        )
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO {skill_scores.fullname} (interview_id, skill, user_id, completed_at, state, score) "
            "SELECT id, skill, user_id, completed_at, 'scored', 0.5 FROM interviews, "
            "unnest(ARRAY['communication', 'technical', 'problem_solving', 'code_quality']) AS skill"
        )
    # Rows without feedback are astray, and the partitioning would put that right.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores_skill_scores, "astray", lambda _connection: [])
        partition(database.engine, 4)
    with database.platform_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as platform:
        platform.exec_driver_sql("VACUUM ANALYZE interviews, users")
    own = MANY // PEOPLE
    for ask in (
        lambda db: skill_history(TRUSTED, db, SOMEBODY),
        lambda db: InterviewAnalytics().get_skill_averages(SOMEBODY, db),
        lambda db: compared_records(TRUSTED, db, [11, 12, 13]),
    ):
        reading = Reading(database.engine, ask)
        assert not any(name.startswith("skill_scores") for name in reading.whole_tables)
        assert reading.rows <= 10 * own
    # A comparison opens only the partitions of its interviews.
    opened = {
        node["Relation Name"]
        for node in reading.scans
        if node["Actual Loops"] and "_of_" in node.get("Relation Name", "")
    }
    assert 1 <= len(opened) <= 3


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_sqlite_has_none(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DatabaseError, match="Only PostgreSQL has partitions"):
        partition(database.engine, 4)
    assert main(["setup", "--partitions", "4", "--database-url", database.url]) == 1
    assert "Only PostgreSQL has partitions" in capsys.readouterr().err


@pytest.mark.parametrize("written", ["1", "0", "-4", "many", "257", "4.5"])
def test_a_number_that_is_none_is_refused(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["setup", f"--partitions={written}"])
    assert ended.value.code == 2
    assert "a whole number from 2 to 256" in capsys.readouterr().err


@postgresql
def test_the_command_deals_the_scores_out(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    populate(database, 40)
    assert main(["setup", "--partitions", "4", "--database-url", database.url]) == 0
    assert "set up" in capsys.readouterr().out
    assert counted(database) == 4
    with reading(database.engine) as db:
        assert db.execute(sa.select(sa.func.count()).select_from(skill_scores)).scalar_one() > 0
