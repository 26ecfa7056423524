"""Every way a database can fail is one sentence with the cause and what to do, and never the password."""

from __future__ import annotations

import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from analytics import moments, observability, patience, queries
from analytics.database import (
    NOT_SET_UP,
    DatabaseError,
    NotSetUpError,
    ask,
    create_engine_for,
    described,
    execute,
    rows,
    sendable,
    session,
    writing,
)
from analytics.direct import Direct
from analytics.schema import members, skill_scores, users
from analytics.setup import missing
from tests.parts.databases import Database, Databases
from tests.parts.ports import free_port
from tests.parts.postgres import OURS, Server
from tests.platform_rows import add, person

postgresql = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
PASSWORD = "s3cret-pa:ss@word"


def sentence_of(engine: Engine, statement: str = "SELECT 1") -> str:
    """What a person is told when a statement fails."""
    with pytest.raises(DatabaseError) as told, session(engine) as db:
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
    with session(engine) as db:
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
    with pytest.raises(NotSetUpError) as told, session(database.engine) as db:
        execute(db, sa.select(members))
    assert str(told.value) == NOT_SET_UP
    assert "python -m analytics setup" in NOT_SET_UP


@sqlite
def test_a_file_without_our_tables_names_the_command(platform_database: Database) -> None:
    with pytest.raises(NotSetUpError), session(platform_database.engine) as db:
        execute(db, sa.select(skill_scores))


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
    with session(engine) as db:
        assert db.execute(sa.text("SELECT count(*) FROM users")).scalar() == 0
    assert "read-only" in sentence_of(engine, "DELETE FROM users")
    assert list(tmp_path.iterdir()) == []


@postgresql
def test_what_takes_too_long_is_cut_off(database: Database) -> None:
    assert sentence_of(database.engine, "SET LOCAL statement_timeout = 50; SELECT pg_sleep(5)") == (
        "The database took too long to answer. Try again in a moment."
    )
    with session(database.engine) as db:
        assert db.execute(sa.text("SHOW statement_timeout")).scalar() == f"{patience.STATEMENT_SECONDS}s"


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
    with small.connect(), pytest.raises(DatabaseError, match="no connection became free"), session(small) as db:
        db.execute(sa.text("SELECT 1"))
    small.dispose()
    postgres_server.execute(f"ALTER ROLE {OURS} CONNECTION LIMIT 0")
    try:
        fresh = create_engine_for(database.url)
        assert "memory or connections" in sentence_of(fresh)
    finally:
        postgres_server.execute(f"ALTER ROLE {OURS} CONNECTION LIMIT -1")


@postgresql
def test_what_only_reads_is_asked_once_more_where_the_server_has_just_ended_the_connection(
    database: Database, postgres_server: Server
) -> None:
    who = sa.select(sa.func.pg_backend_pid())
    asked: list[int] = []

    def cut(db: sa.Connection | Direct) -> int:
        asked.append(rows(db, who)[0][0])
        if len(asked) == 1:
            postgres_server.execute(f"SELECT pg_terminate_backend({asked[0]}, 5000)")
        return int(rows(db, who)[0][0])

    assert ask(database.engine, cut) == asked[1] != asked[0]
    assert len(asked) == 2

    def wrong(db: sa.Connection | Direct) -> object:
        asked.append(0)
        return rows(db, sa.select(sa.literal(1) / sa.func.length("")))

    with pytest.raises(DatabaseError):
        ask(database.engine, wrong)
    assert asked[2:] == [0]


@postgresql
def test_what_is_asked_directly_is_what_is_asked_the_usual_way(database: Database) -> None:
    """The ways to write and to bind a statement are two; texts with percent signs, ids of any size, defaults."""
    add(database.platform_engine, people=[person(1), person(2)], rows=[])
    statement = sa.select(
        users.c.id, users.c.email, users.c.is_active, users.c.created_at, sa.literal("100% %s"), sa.null()
    ).where(users.c.id == sa.bindparam("user_id", type_=queries._Id()), users.c.email.like("%@%"))
    for user_id in (1, 2, 3, 2**31, 2**70, -(2**70)):
        asked = {"user_id": user_id}
        with session(database.engine) as db:
            usual = rows(db, statement, asked)
        assert ask(database.engine, lambda db: rows(db, statement, asked)) == usual  # noqa: B023
        assert len(usual) == (user_id in (1, 2))


@postgresql
def test_what_is_asked_directly_leaves_the_connection_as_it_was(database: Database, postgres_server: Server) -> None:
    who = sa.select(sa.func.pg_backend_pid())
    lone = create_engine_for(database.url)
    number = ask(lone, lambda db: rows(db, who)[0][0])
    with session(lone) as db:
        assert rows(db, who)[0][0] == number
        execute(db, sa.insert(members).values(email="a@example.org", role="coach", created_at=datetime.now(UTC)))
        # Had it stayed outside transactions, this would be seen by everybody already.
        assert ask(database.engine, lambda db: rows(db, sa.select(members.c.email))) == []
    assert ask(lone, lambda db: rows(db, sa.select(members.c.email))) == []

    def stopped(db: sa.Connection | Direct) -> object:
        rows(db, who)
        raise KeyError("what was found is not to be used")

    with pytest.raises(KeyError):
        ask(lone, stopped)
    assert ask(lone, lambda db: rows(db, who)[0][0]) == number
    said = f"SELECT state, query FROM pg_stat_activity WHERE pid = {number}"
    assert postgres_server.execute(said)[0][0] == "idle"
    lone.dispose()


@postgresql
def test_what_is_asked_directly_is_measured(database: Database) -> None:
    def counted(name: str, **labels: str) -> float:
        return observability.REGISTRY.get_sample_value(name, labels) or 0.0

    reads, errors = "skill_analytics_query_seconds_count", "skill_analytics_query_errors_total"
    before = counted(reads, kind="read"), counted(errors)
    ask(database.engine, lambda db: rows(db, sa.select(sa.literal(1))))
    with pytest.raises(DatabaseError):
        ask(database.engine, lambda db: rows(db, sa.select(sa.literal(1) / sa.func.length(""))))
    assert (counted(reads, kind="read"), counted(errors)) == (before[0] + 1, before[1] + 1)


@postgresql
def test_only_a_connection_that_rested_is_asked_whether_it_stands(
    database: Database, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> bool:
        with database.engine.connect() as held:
            number = held.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
            last = postgres_server.execute(f"SELECT query FROM pg_stat_activity WHERE pid = {number}")
        return last != [("ROLLBACK",)]

    with session(database.engine) as db:
        db.execute(sa.text("SELECT 2"))
    assert not asked()
    monkeypatch.setattr(patience, "_LATELY_SECONDS", -1.0)
    assert asked()


@postgresql
def test_a_connection_that_the_server_ended_is_replaced(database: Database, postgres_server: Server) -> None:
    with session(database.engine) as db:
        number = db.execute(sa.text("SELECT pg_backend_pid()")).scalar()
    postgres_server.execute(f"SELECT pg_terminate_backend({number}, 5000)")
    with session(database.engine) as db:
        assert db.execute(sa.text("SELECT pg_backend_pid()")).scalar() != number
        db.execute(sa.text("SELECT 1"))
        number = db.execute(sa.text("SELECT pg_backend_pid()")).scalar()
        postgres_server.execute(f"SELECT pg_terminate_backend({number}, 5000)")
        with pytest.raises(sa.exc.OperationalError) as broken:
            db.execute(sa.text("SELECT 1"))
    assert "cannot be reached" in str(described(broken.value))


def test_a_session_keeps_nothing_that_was_not_committed(database: Database) -> None:
    add(database.platform_engine, people=[person(1)])
    row = {"email": "coach@example.org", "role": "coach", "created_at": person(1)["created_at"]}
    with session(database.engine) as db:
        execute(db, sa.insert(members), [row])
    with session(database.engine) as db:
        assert execute(db, sa.select(members)).all() == []
        execute(db, sa.insert(members), [row])
        db.commit()
    with session(database.engine) as db:
        assert len(execute(db, sa.select(members)).all()) == 1


def test_a_session_leaves_the_mistakes_of_its_block_alone(database: Database) -> None:
    for mistake in (ValueError("a mistake"), FileNotFoundError("a file")):
        with pytest.raises(type(mistake)) as raised, session(database.engine):
            raise mistake
        assert raised.value is mistake


def test_what_is_asked_and_written_is_not_told_in_an_error(database: Database) -> None:
    with pytest.raises(DatabaseError) as told, session(database.engine) as db:
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
    assert str(described(error)).startswith("The database cannot be reached.")
    assert described(DatabaseError("as it is")).args == ("as it is",)


@pytest.mark.parametrize(("given", "sent"), [("a\0b", "ab"), ("\ud800x", "x"), ("\U0001f600", "\U0001f600"), ("", "")])
def test_a_text_is_made_fit_for_any_database(given: str, sent: str, database: Database) -> None:
    assert sendable(given) == sent
    with session(database.engine) as db:
        assert db.execute(sa.select(sa.literal(sendable(given)))).scalar() == sent


def test_checking_a_database_that_is_down_says_so() -> None:
    engine = create_engine_for(f"postgresql://me:{PASSWORD.replace('@', '%40')}@127.0.0.1:{free_port()}/name")
    with pytest.raises(DatabaseError, match="cannot be reached"):
        missing(engine)
    engine.dispose()


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
        *((False, day, day), (False, day, moments.LAST), (True, moments.LAST, later)),
        *((False, moments.FIRST, moments.FIRST), (None, None, later)),
    ]
    with session(database.engine) as db:
        assert rows(db, statement) == wanted
        result = db.execute(statement)
        assert list(result.keys()) == ["endless", "moment", "other"]
        assert isinstance(result, sa.CursorResult)
        assert [column[1] for column in result.cursor.description] == [16, 1184, 1184]
        assert [tuple(row) for row in result] == wanted
        result = db.execute(statement)
        assert [tuple(row) for row in (result.fetchone(), *result.fetchmany(2), *result.fetchall()) if row] == wanted
