"""Every way a database can fail is one sentence with the cause and what to do, and never the password."""

from __future__ import annotations

import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from analytics import columns
from analytics.__main__ import main
from analytics.database import connection as database_connection
from analytics.database.engine import create_engine_for
from analytics.database.errors import NOT_SET_UP, DatabaseError, NotSetUpError, describe
from analytics.database.schema import members, skill_scores
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import users
from analytics.observability import metrics
from analytics.setup.install import list_missing
from analytics.text import storable
from tests.support.databases import Database, Databases
from tests.support.platform_rows import add, person
from tests.support.ports import free_port
from tests.support.postgres import OURS, Server

postgresql = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
PASSWORD = "s3cret-pa:ss@word"


def sentence_of(engine: Engine, statement: str = "SELECT 1") -> str:
    """What a person is told when a statement fails."""
    with pytest.raises(DatabaseError) as told, reading(engine) as db:
        db.execute(sa.text(statement))
    engine.dispose()
    assert PASSWORD not in repr(told.value)
    assert str(told.value).count("\n") == 0
    return str(told.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("not an address", "DATABASE_URL is not a database address"),
        ("postgresql:/me:s3cret@host", "DATABASE_URL is not a database address"),
        ("postgresql://me:s3cret@host:port/name", "DATABASE_URL is not a database address"),
        ("mysql://me:s3cret@host/name", "DATABASE_URL names mysql"),
        ("oracle+cx://me:s3cret@host/name", "DATABASE_URL names oracle"),
    ],
)
def test_an_address_that_is_none_is_refused_with_an_example(url: str, said: str) -> None:
    with pytest.raises(DatabaseError, match=said) as told:
        create_engine_for(url)
    assert "postgresql://" in str(told.value)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg2"])
def test_the_platforms_own_way_of_writing_the_address_is_taken(scheme: str, postgres_server: Server) -> None:
    url = postgres_server.url.set(drivername=scheme).render_as_string(hide_password=False)
    engine = create_engine_for(url)
    with reading(engine) as db:
        assert db.execute(sa.text("SHOW timezone")).scalar() == "UTC"
        assert db.execute(sa.text("SHOW lock_timeout")).scalar() == "4s"
    engine.dispose()


def postgresql_url(server: Server, **parts: Any) -> str:
    return server.url.set(**parts).render_as_string(hide_password=False)


def test_every_way_not_to_get_in_has_its_sentence(postgres_server: Server, database: Database) -> None:
    wrong: dict[str, tuple[str, str]] = {
        "password": (postgresql_url(postgres_server, password=PASSWORD), "refused the user name or password"),
        "user": (postgresql_url(postgres_server, username="nobody_here", password=PASSWORD), "user name or password"),
        "name": (postgresql_url(postgres_server, database="no_such_database"), "does not exist on that server"),
        "port": (postgresql_url(postgres_server, port=free_port(), password=PASSWORD), "cannot be reached"),
        "host": (postgresql_url(postgres_server, host="no-such-host.invalid", password=PASSWORD), "cannot be found"),
        "option": (postgresql_url(postgres_server, query={"ssl": "require"}), "DATABASE_URL has an option"),
    }
    for url, said in wrong.values():
        assert said in sentence_of(create_engine_for(url))


@pytest.mark.parametrize(("encoding", "refused"), [("SQL_ASCII", True), ("LATIN1", False)])
def test_a_database_whose_letters_nobody_knows_has_its_sentence(
    postgres_server: Server, encoding: str, refused: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"letters_{encoding.lower()}"
    postgres_server.execute(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE_PROVIDER libc LOCALE 'C'"
    )
    try:
        for command in (["setup"], ["setup", "--check"]):
            assert main([*command, "--database-url", postgresql_url(postgres_server, database=name)]) == 1
            told = "".join(capsys.readouterr())
            assert ("is encoded as SQL_ASCII" in told) is refused
            assert ("InterviewLab" in told) is not refused
    finally:
        postgres_server.drop_database(name)


def test_a_database_file_that_is_none_has_its_sentence(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("This is no database at all, but a text that is long enough to be looked at." * 20)
    assert "is not an SQLite database" in sentence_of(create_engine_for(f"sqlite:///{text}"))
    assert "cannot be opened" in sentence_of(create_engine_for(f"sqlite:///{tmp_path}"))
    with pytest.raises(DatabaseError, match="cannot be opened"):
        create_engine_for(f"sqlite:///{text}/below.db")


@postgresql
@pytest.mark.parametrize(
    "change", ["DROP SCHEMA skill_analytics CASCADE", "ALTER TABLE skill_analytics.members DROP COLUMN role"]
)
def test_a_database_without_our_tables_names_the_command(database: Database, change: str) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(change)
    with pytest.raises(NotSetUpError) as told, reading(database.engine) as db:
        db.execute(sa.select(members))
    assert str(told.value) == NOT_SET_UP
    assert "python -m analytics setup" in NOT_SET_UP


@sqlite
def test_a_file_without_our_tables_names_the_command(platform_database: Database) -> None:
    with pytest.raises(NotSetUpError), reading(platform_database.engine) as db:
        db.execute(sa.select(skill_scores))


def test_a_database_without_the_platforms_tables_says_so(databases: Databases) -> None:
    with databases.empty() as empty:
        told = sentence_of(empty.engine, "SELECT * FROM interviews")
    assert "no InterviewLab tables" in told
    assert "analytics setup" not in told


@postgresql
def test_a_missing_right_names_the_grants(database: Database) -> None:
    assert "docs/grants.sql" in sentence_of(database.engine, "DELETE FROM users")


def test_a_read_only_database_says_that_viewing_goes_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if database.dialect == "postgresql":
        statement = "SET TRANSACTION READ ONLY; DELETE FROM skill_analytics.members"
        assert "read-only" in sentence_of(database.engine, statement)
        return
    path = Path(str(database.engine.url.database))
    engine = create_engine_for(f"sqlite:///file:{path}?mode=ro&uri=true")
    with reading(engine) as db:
        assert db.execute(sa.text("SELECT count(*) FROM users")).scalar() == 0
    assert "read-only" in sentence_of(engine, "DELETE FROM users")
    assert list(tmp_path.iterdir()) == []


@postgresql
def test_what_takes_too_long_is_cut_off(database: Database) -> None:
    assert sentence_of(database.engine, "SET LOCAL statement_timeout = 50; SELECT pg_sleep(5)") == (
        "The database took too long to answer. Try again in a moment."
    )
    with reading(database.engine) as db:
        assert db.execute(sa.text("SHOW statement_timeout")).scalar() == f"{database_connection.STATEMENT_SECONDS}s"


@postgresql
def test_what_others_hold_is_not_waited_for_long(database: Database) -> None:
    with database.engine.begin() as held:
        held.exec_driver_sql("LOCK TABLE skill_analytics.members")
        statement = "SET LOCAL lock_timeout = 50; SELECT * FROM skill_analytics.members"
        assert "locked by another program" in sentence_of(create_engine_for(database.url), statement)


@sqlite
def test_a_file_that_others_write_to_is_not_waited_for_long(database: Database) -> None:
    impatient = create_engine_for(database.url)
    with writing(database.engine), impatient.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
        connection.close()
        assert "locked by another program" in sentence_of(impatient, "DELETE FROM members")


@postgresql
def test_a_full_pool_and_a_full_server_are_told_apart_from_a_dead_one(
    database: Database, postgres_server: Server
) -> None:
    small = sa.create_engine(database.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    with small.connect(), pytest.raises(DatabaseError, match="no connection became free"), reading(small) as db:
        db.execute(sa.text("SELECT 1"))
    small.dispose()
    postgres_server.execute(f"ALTER ROLE {OURS} CONNECTION LIMIT 0")
    try:
        fresh = create_engine_for(database.url)
        assert "takes no more connections" in sentence_of(fresh)
    finally:
        postgres_server.execute(f"ALTER ROLE {OURS} CONNECTION LIMIT -1")


def test_reading_shares_its_connections_with_writing_and_leaves_no_transaction_behind(database: Database) -> None:
    row = {"email": "a@example.org", "role": "coach", "created_at": columns.now()}
    emails = sa.select(members.c.email)
    with reading(database.engine) as db:
        assert db.execute(emails).all() == []

    def fail() -> None:
        with writing(database.engine) as connection:
            connection.execute(sa.insert(members).values(row))
            # Had it stayed outside transactions, this would be seen by everybody already.
            with reading(database.engine) as db:
                assert db.execute(emails).all() == []
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with reading(database.engine) as db:
        assert db.execute(emails).all() == []
        with writing(database.engine) as connection:
            connection.execute(sa.insert(members).values(row))
        # Each statement sees what is committed when it begins.
        assert db.execute(emails).scalars().all() == ["a@example.org"]


def test_a_timestamp_is_the_same_moment_whatever_its_offset(database: Database) -> None:
    moment = datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with writing(database.engine) as connection:
        connection.execute(sa.insert(members).values(email="a@example.org", role="coach", created_at=moment))
    with reading(database.engine) as db:
        earliest = sa.func.coalesce(members.c.created_at, sa.func.now())
        for column in (members.c.created_at, earliest, sa.func.min(members.c.created_at)):
            read = db.execute(sa.select(column)).scalar_one()
            assert (read, read.utcoffset()) == (moment, timedelta(0))
        assert db.execute(sa.select(members.c.id).where(members.c.created_at == moment)).all()
        assert not db.execute(sa.select(members.c.id).where(members.c.created_at < moment)).all()


def test_ids_that_no_column_holds_name_nobody(database: Database) -> None:
    add(database.platform_engine, people=[person(1), person(2)], rows=[])
    statement = sa.select(users.c.id).where(users.c.id == columns.bound_id("user_id"), users.c.email.like("%@%"))
    for user_id in (1, 2, 3, 2**31, 2**70, -(2**70)):
        with reading(database.engine) as db:
            assert len(db.execute(statement, {"user_id": user_id}).all()) == (user_id in (1, 2))


@postgresql
def test_what_is_read_is_measured(database: Database) -> None:
    def counted(name: str, **labels: str) -> float:
        return metrics.REGISTRY.get_sample_value(name, labels) or 0.0

    reads, errors = "skill_analytics_query_seconds_count", "skill_analytics_query_errors_total"
    before = counted(reads, kind="read"), counted(errors)
    engine = metrics.watch_engine(database.engine)
    with reading(engine) as db:
        db.execute(sa.select(sa.literal(1))).all()
    with pytest.raises(DatabaseError), reading(engine) as db:
        db.execute(sa.select(sa.literal(1) / sa.func.length(""))).all()
    assert (counted(reads, kind="read"), counted(errors)) == (before[0] + 1, before[1] + 1)


@postgresql
def test_a_connection_that_the_server_ended_is_replaced(database: Database, postgres_server: Server) -> None:
    with reading(database.engine) as db:
        number = db.execute(sa.text("SELECT pg_backend_pid()")).scalar()
    postgres_server.execute(f"SELECT pg_terminate_backend({number}, 5000)")
    with reading(database.engine) as db:
        assert db.execute(sa.text("SELECT pg_backend_pid()")).scalar() != number
        db.execute(sa.text("SELECT 1"))
        number = db.execute(sa.text("SELECT pg_backend_pid()")).scalar()
        postgres_server.execute(f"SELECT pg_terminate_backend({number}, 5000)")
        with pytest.raises(sa.exc.OperationalError) as broken:
            db.execute(sa.text("SELECT 1"))
    assert "cannot be reached" in str(describe(broken.value))


def test_a_session_leaves_the_mistakes_of_its_block_alone(database: Database) -> None:
    for mistake in (ValueError("a mistake"), FileNotFoundError("a file")):
        with pytest.raises(type(mistake)) as raised, reading(database.engine):
            raise mistake
        assert raised.value is mistake


def test_what_is_asked_and_written_is_not_told_in_an_error(database: Database) -> None:
    with pytest.raises(DatabaseError) as told, reading(database.engine) as db:
        db.execute(sa.text("SELECT no_such_thing(:value)"), {"value": "said in confidence"})
    assert "confidence" not in str(told.value) + str(told.value.__cause__)


@sqlite
def test_a_writing_transaction_reads_what_it_then_changes(database: Database) -> None:
    add(database.platform_engine, people=[person(1)])
    inside, waited = threading.Event(), []

    def rename() -> None:
        inside.wait(10)
        began = time.monotonic()
        with writing(database.engine) as connection:
            waited.append(time.monotonic() - began)
            connection.execute(sa.update(users).values(full_name="Second"))

    thread = threading.Thread(target=rename)
    thread.start()
    with writing(database.engine) as connection:
        inside.set()
        name = connection.execute(sa.select(users.c.full_name)).scalar()
        time.sleep(0.2)
        assert connection.execute(sa.select(users.c.full_name)).scalar() == name
        connection.execute(sa.update(users).values(full_name="First"))
    thread.join()
    assert waited[0] > 0.1
    with database.engine.connect() as connection:
        assert connection.execute(sa.select(users.c.full_name)).scalar() == "Second"


def test_a_writing_transaction_that_fails_leaves_nothing_not_even_tables(database: Database) -> None:
    schema = "" if database.dialect == "sqlite" else "skill_analytics."

    def work() -> None:
        with writing(database.engine) as connection:
            connection.exec_driver_sql(f"CREATE TABLE {schema}left_over (id integer)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    with database.engine.connect() as connection:
        assert "left_over" not in sa.inspect(connection).get_table_names()


def test_the_driver_and_its_file_are_no_secret_but_the_password_is(tmp_path: Path) -> None:
    error = sa.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError("something new"))
    assert str(describe(error)).startswith("The database cannot be reached.")
    assert describe(DatabaseError("as it is")).args == ("as it is",)


@pytest.mark.parametrize(("given", "sent"), [("a\0b", "ab"), ("\ud800x", "x"), ("\U0001f600", "\U0001f600"), ("", "")])
def test_a_text_is_made_fit_for_any_database(given: str, sent: str, database: Database) -> None:
    assert storable(given) == sent
    with reading(database.engine) as db:
        assert db.execute(sa.select(sa.literal(storable(given)))).scalar() == sent


def test_checking_a_database_that_is_down_says_so() -> None:
    engine = create_engine_for(f"postgresql://me:{PASSWORD.replace('@', '%40')}@127.0.0.1:{free_port()}/name")
    with pytest.raises(DatabaseError, match="cannot be reached"):
        list_missing(engine)
    engine.dispose()


@postgresql
def test_a_moment_without_a_zone_is_in_utc_whatever_the_zone_of_the_connection(database: Database) -> None:
    days = ("2026-01-02 03:04:05.25", "0044-03-15 12:00:00 BC", "20000-01-01", "infinity", "-infinity")
    columns = ", ".join(f"timestamp '{day}'" for day in days)
    with reading(database.engine) as db:
        db.execute(sa.text("SET LOCAL TIME ZONE 'Asia/Tokyo'"))
        (read, *others) = db.execute(sa.text(f"SELECT {columns}")).one()
    assert (read, read.utcoffset()) == (datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC), timedelta(0))
    first, last = database_connection.FIRST, database_connection.LAST
    assert others == [first, last, last, first]


@postgresql
def test_moments_are_read_each_for_itself_and_columns_keep_names_and_types(database: Database) -> None:
    """Two columns of moments take turns in one result, some beyond Python's calendar, some as the one before."""
    statement = sa.text(
        "SELECT moment AT TIME ZONE 'UTC' = 'infinity' AS endless, moment, other FROM (VALUES "
        "(1, timestamptz '2026-01-02 03:04:05+00', timestamptz '2026-01-02 03:04:05+00'),"
        "(2, timestamptz '2026-01-02 03:04:05+00', timestamptz 'infinity'),"
        "(3, timestamptz 'infinity', timestamptz '2026-01-02 03:04:06+00'),"
        "(4, timestamptz '-infinity', timestamptz '-infinity'),"
        "(5, NULL, timestamptz '2026-01-02 03:04:06+00')) AS held (place, moment, other) ORDER BY place"
    )
    day = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    later = day + timedelta(seconds=1)
    wanted = [
        *((False, day, day), (False, day, database_connection.LAST), (True, database_connection.LAST, later)),
        *((False, database_connection.FIRST, database_connection.FIRST), (None, None, later)),
    ]
    with reading(database.engine) as db:
        assert db.execute(statement).all() == wanted
        result = db.execute(statement)
        assert list(result.keys()) == ["endless", "moment", "other"]
        assert isinstance(result, sa.CursorResult)
        assert [column[1] for column in result.cursor.description] == [16, 1184, 1184]
        assert [tuple(row) for row in result] == wanted
        result = db.execute(statement)
        assert [tuple(row) for row in (result.fetchone(), *result.fetchmany(2), *result.fetchall()) if row] == wanted
