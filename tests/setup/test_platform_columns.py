"""The platform's columns are looked at before anything is made: what can be read works, all else is named."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.database.errors import DatabaseError
from analytics.database.schema import SCHEMA, skill_scores
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from analytics.queries.interviews import conversation, interview
from analytics.roster.page import page
from analytics.service import InterviewAnalytics
from analytics.setup.install import list_missing, set_up
from tests.support import breakdowns, platform_rows, versions
from tests.support.databases import Database
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
