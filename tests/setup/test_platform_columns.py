"""The platform's columns are looked at before anything is made: what can be read works, all else is named."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.database.errors import DatabaseError
from analytics.database.schema import SCHEMA, skill_scores
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from analytics.queries.interviews import conversation, interview
from analytics.roster.page import page
from analytics.roster.refresh import refresh_stale
from analytics.service import InterviewAnalytics
from analytics.setup.backfill import start_over
from analytics.setup.install import list_missing, set_up
from tests.support import breakdowns, platform_rows, versions
from tests.support.databases import Database
from tests.support.platform_rows import copied_scores
from tests.support.score_rows import assert_exact

postgresql = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
START = platform_rows.START
DOCUMENTS = ("feedback", "conversation_history", "resume_context")
MOMENTS = ("started_at", "completed_at", "created_at")


def alter(database: Database, *statements: str) -> None:
    with database.platform_engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def altered(*columns: str, to: str, using: str = "") -> list[str]:
    return [f"ALTER TABLE interviews ALTER {column} TYPE {to} {using.format(column)}" for column in columns]


READABLE = {
    "jsonb": altered(*DOCUMENTS, to="jsonb"),
    "json": altered(*DOCUMENTS, to="json"),
    "bigint": [*altered("id", "user_id", to="bigint"), "ALTER TABLE users ALTER id TYPE bigint"],
    "moments without a zone": altered(*MOMENTS, to="timestamp", using="USING {0} AT TIME ZONE 'UTC'"),
    "moments in milliseconds": altered(*MOMENTS, to="timestamp(3) with time zone"),
}


@postgresql
@pytest.mark.parametrize("types", READABLE)
def test_what_platforms_use_is_read_followed_and_written(platform_database: Database, types: str) -> None:
    said = [{"role": "user", "content": "I would use a heap.", "timestamp": START.isoformat()}]
    row = platform_rows.interview(
        versions.INTERVIEW, conversation_history=said, feedback=platform_rows.feedback(0.5, 0.6, 0.7, 0.8)
    )
    others = [
        platform_rows.interview(number, number % 5 + 1, feedback=platform_rows.feedback(0.1, None, 1.0, 7.0))
        for number in range(1, 31)
    ]
    people = [platform_rows.person(number) for number in range(1, 6)]
    platform_rows.add(platform_database.platform_engine, people=people, rows=[row, *others])
    alter(platform_database, *READABLE[types])
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)

    # A session of the platform may have any time zone.
    alter(
        platform_database,
        "SET LOCAL timezone = 'Asia/Tokyo'",
        f"UPDATE interviews SET feedback = '{{\"technical_score\": 0.25}}' WHERE id = {versions.INTERVIEW}",
    )
    with reading(platform_database.engine) as db:
        moments = sa.select(skill_scores.c.completed_at).where(skill_scores.c.interview_id == versions.INTERVIEW)
        assert set(db.execute(moments).scalars()) == {row["completed_at"]}
        shown = interview(TRUSTED, db, versions.INTERVIEW)
        assert shown is not None
        assert row["completed_at"] in shown
        assert conversation(TRUSTED, db, versions.INTERVIEW) is not None
        assert page(TRUSTED, db).total == len(people)
        progression = InterviewAnalytics().get_skill_progression(1, db)["technical"]
        assert progression
        assert all(point.date.utcoffset() is not None for point in progression)
        assert InterviewAnalytics().get_skill_breakdown(versions.INTERVIEW, db)["technical"].score == 0.25
    saved = versions.save(platform_database, breakdowns.generated())
    assert saved is not None
    assert saved.shown
    # The database may write the document otherwise than we did, which is no newer feedback of the platform's.
    shown_breakdown = versions.shown(platform_database)
    assert shown_breakdown.version is not None
    assert (shown_breakdown.version.number, shown_breakdown.overwritten) == (saved.number, None)
    assert versions.platform_row(platform_database)["summary"]
    assert_exact(platform_database.engine)


REFUSED = {
    "interviews.feedback is of type text; it can be read as json or jsonb only": altered("feedback", to="text"),
    "interviews.conversation_history is of type bytea; it": altered(
        "conversation_history", to="bytea", using="USING NULL"
    ),
    "interviews.resume_context is of type json[]; it": altered("resume_context", to="json[]", using="USING NULL"),
    "interviews.completed_at is of type date; it": altered("completed_at", to="date"),
    "interviews.started_at is of type text; it": altered("started_at", to="text"),
    "interviews.id is of type text; it can be read as integer or bigint only": altered("id", to="text"),
    "users.id is of type uuid; it": [
        "ALTER TABLE interviews DROP CONSTRAINT interviews_user_id_fkey",
        "ALTER TABLE resumes DROP CONSTRAINT resumes_user_id_fkey",
        "ALTER TABLE users ALTER id DROP DEFAULT, ALTER id TYPE uuid USING gen_random_uuid()",
    ],
}


@postgresql
@pytest.mark.parametrize("sentence", REFUSED)
def test_another_type_is_named_and_nothing_is_left_behind(platform_database: Database, sentence: str) -> None:
    alter(platform_database, *REFUSED[sentence])
    (told,) = list_missing(platform_database.engine)
    assert told.startswith(f"The column {sentence}")
    with pytest.raises(DatabaseError) as refusal:
        set_up(platform_database.engine)
    assert str(refusal.value) == told
    with platform_database.platform_engine.connect() as connection:
        assert not sa.inspect(connection).has_schema(SCHEMA)
        triggers = connection.exec_driver_sql("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").scalar()
        assert triggers == 0


LARGE = {
    "interviews.id": "INSERT INTO interviews (id, user_id, title, status, turn_count, created_at, updated_at) "
    "VALUES (3000000000, 1, 'T', 'pending', 0, now(), now())",
    "users.id": "INSERT INTO users SELECT 3000000000, 'x@example.org', '!', 'X', true, true, now(), now()",
}


@postgresql
@pytest.mark.parametrize("column", LARGE)
def test_an_id_beyond_our_columns_is_named_and_nothing_is_left_behind(platform_database: Database, column: str) -> None:
    platform_rows.add(platform_database.platform_engine, people=[platform_rows.person(1)])
    alter(platform_database, *READABLE["bigint"])
    assert "Tables are missing" in str(list_missing(platform_database.engine))
    alter(platform_database, LARGE[column])
    (told,) = list_missing(platform_database.engine)
    assert told == f"The column {column} holds ids above 2147483647, which is the largest that can be read."
    with pytest.raises(DatabaseError, match=f"The column {column} holds ids above"):
        set_up(platform_database.engine)
    with platform_database.platform_engine.connect() as connection:
        assert not sa.inspect(connection).has_schema(SCHEMA)


PERSON = (
    "INSERT INTO users (id, email, hashed_password, full_name, is_active, is_verified, created_at, updated_at) VALUES "
)
HELD = """INSERT INTO interviews (id, user_id, title, status, turn_count, feedback, created_at, updated_at)
    VALUES (2, {}, 'T', 'completed', 1, '{{"technical_score": 0.5}}', {}, now())"""
ODD = {
    "a long name": [
        "ALTER TABLE users ALTER full_name TYPE text",
        f"{PERSON} (2, 'x', '!', '{'N' * 300}', true, true, now(), now())",
    ],
    "a long e-mail": [
        "ALTER TABLE users ALTER email TYPE text",
        f"{PERSON} (2, '{'e' * 300}', '!', '', true, true, now(), now())",
    ],
    "no e-mail": [
        "ALTER TABLE users ALTER email DROP NOT NULL",
        f"{PERSON} (2, NULL, '!', NULL, true, true, now(), now())",
    ],
    "active or not": [
        "ALTER TABLE users ALTER is_active DROP NOT NULL",
        f"{PERSON} (2, 'x', '!', 'N', NULL, true, now(), now())",
    ],
    "nobody's": ["ALTER TABLE interviews ALTER user_id DROP NOT NULL", HELD.format("NULL", "now()")],
    "no date": ["ALTER TABLE interviews ALTER created_at DROP NOT NULL", HELD.format("1", "NULL")],
    "nobody's any more": [
        "ALTER TABLE interviews ALTER user_id DROP NOT NULL",
        HELD.format("1", "now()"),
        "UPDATE interviews SET user_id = NULL WHERE id = 2",
    ],
}


@postgresql
@pytest.mark.parametrize("oddity", ODD)
def test_one_odd_row_keeps_nobody_else_from_the_roster(platform_database: Database, oddity: str) -> None:
    row = platform_rows.interview(1, feedback=platform_rows.feedback(0.1, 0.2, 0.3, 0.4))
    platform_rows.add(platform_database.platform_engine, people=[platform_rows.person(1)], rows=[row])
    set_up(platform_database.engine)
    alter(platform_database, *ODD[oddity])
    platform_rows.add(platform_database.platform_engine, people=[platform_rows.person(50)])
    refresh_stale(platform_database.engine)
    odd_person = {2} if "users" in ODD[oddity][0] else set()
    with reading(platform_database.engine) as db:
        assert {row.user_id for row in page(TRUSTED, db).rows} == {1, 50} | odd_person
        assert copied_scores(db.connection()).keys() == {1}
    assert list_missing(platform_database.engine) == []
    with writing(platform_database.engine) as connection:
        start_over(connection)
    set_up(platform_database.engine)
    with reading(platform_database.engine) as db:
        assert {row.user_id for row in page(TRUSTED, db).rows} == {1, 50} | odd_person
        assert copied_scores(db.connection()).keys() == {1}


@pytest.mark.parametrize(
    "column", [f"interviews.{column.name}" for column in interviews.c] + ["users.id", "users.email", "users.full_name"]
)
@postgresql
def test_a_renamed_column_is_named_where_it_is_read(platform_database: Database, column: str) -> None:
    set_up(platform_database.engine)
    table, name = column.split(".")
    alter(platform_database, f"ALTER TABLE {table} RENAME {name} TO another")
    told = list_missing(platform_database.engine)
    if name in {"resume_id", "updated_at"}:
        assert told == []
    else:
        assert told == [f"The column {column} is missing from InterviewLab's tables."]
        with pytest.raises(DatabaseError, match=f"The column {column} is missing"):
            set_up(platform_database.engine)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_file_without_a_column_is_left_as_it_was(platform_database: Database) -> None:
    alter(platform_database, "ALTER TABLE users RENAME full_name TO name")
    assert list_missing(platform_database.engine) == [
        "The column users.full_name is missing from InterviewLab's tables."
    ]
    with pytest.raises(DatabaseError, match=r"users\.full_name is missing"):
        set_up(platform_database.engine)
    with platform_database.engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) == {"interviews", "resumes", "users"}
