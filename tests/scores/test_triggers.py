"""The three readers of feedback agree: Python, PostgreSQL's function and trigger, SQLite's trigger."""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

from analytics.database.json_text import parse_json
from analytics.database.schema import SCHEMA, candidate_summaries, skill_scores, stale_candidates
from analytics.interviewlab.feedback import DEEPEST, PLATFORM_FAILURE, read_feedback
from analytics.interviewlab.tables import interviews, users
from analytics.roster import refresh
from analytics.skills import SKILL_KEYS
from tests.support import json_documents
from tests.support.databases import Database
from tests.support.platform_rows import Copied, add, copied_scores, feedback, interview, person
from tests.support.postgres import OURS, Server

EXAMPLES = 2_200
postgresql = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


# What PostgreSQL's trigger takes for usual feedback and reads in a way of its own, and what lies just beside that.
NUMBERS = (
    "0.5",
    "0.50",
    "0.51",
    "0",
    "0.0",
    "1",
    "1.00",
    "1.01",
    "10",
    "0.123456789012345678901",
    "5e-1",
    '"0.5"',
    "null",
)
CODES = ("0", "1", "99999", "1000000", "0.0", "-1", "null", '"1"', None)
# What is the same number to a `double precision` and another one where numbers are exact, and what is none.
BESIDE = (
    "0.4999995",
    "0.50000000000000000001",
    "0.49999999999999999999",
    "0.99999999999999999999",
    "1.00000000000000000001",
    "-0",
    "-0.0",
    "-1e-400",
    "1e-400",
    "1e-20000",
    "1e400",
    "[0.7]",
    "true",
    "{}",
)
CODES_BESIDE = ("0.5", "999", "1000", "999999.99999999999999", "-0", "1e-400", "1e400", "[0]", "true", "0", "1", None)


def usual_and_nearly_so() -> Iterator[str]:
    for first, last, codes in (
        *itertools.product(NUMBERS, NUMBERS, CODES),
        *itertools.product(BESIDE, ("0.25",), CODES_BESIDE),
        *itertools.product(("0.25",), BESIDE, CODES_BESIDE),
        *itertools.product(("0.5", "0.25"), ("0", "0.0", "0.25"), CODES_BESIDE),
    ):
        count = "" if codes is None else f', "code_submissions_count": {codes}'
        yield (
            f'{{"overall_score": 0.5, "communication_score": {first}, "technical_score": 0.5, '
            f'"problem_solving_score": 0.5, "code_quality_score": {last}, "weaknesses": ["{PLATFORM_FAILURE}"]{count}}}'
        )
    yield json.dumps(feedback(0.1, 0.2, 0.3, 0.4))[:-1] + ', "code_quality_score": 0.75}'


def usual_but_deep() -> Iterator[str]:
    for depth in (DEEPEST - 50, DEEPEST - 1, DEEPEST, DEEPEST + 1, 2 * DEEPEST):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            deep = opening * (depth - 1) + "1" + closing * (depth - 1)
            yield json.dumps(feedback(0.1, 0.2, 0.3, 0.4))[:-1] + f', "topics_covered": {deep}}}'


def nested(depth: int) -> str:
    return '{"communication_score": 0.25, "topics_covered": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


@pytest.fixture(scope="module")
def documents() -> list[str]:
    made = json_documents.drawn(json_documents.families, EXAMPLES)
    assert len(made) > 20_000
    big = json.dumps({"communication_score": 0.25, "summary": "ten million " * 800_000})
    made += usual_and_nearly_so()
    return [*made, *(f'{{"technical_score": {n}}}' for n in json_documents.ODD_NUMBERS), nested(900), nested(3000), big]


def expected(document: str) -> dict[str, tuple[str, str | None, float | None]]:
    stored = parse_json(document)
    if stored is None:
        return {}
    return {key: (skill.state, skill.reason, skill.score) for key, skill in read_feedback(stored).skills.items()}


def store(database: Database, documents: list[str]) -> None:
    """Write the documents as the platform does, some thousands a statement."""
    add(database.platform_engine, people=[person(1)])
    every_column = (
        "INSERT INTO interviews (id, user_id, title, status, turn_count, created_at, updated_at, feedback) "
        "VALUES ({}, 1, 'An interview', 'completed', 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00', {})"
    )
    with database.platform_engine.begin() as connection:
        raw = connection.connection.cursor()
        raw.executemany(
            every_column.format("?", "?") if database.dialect == "sqlite" else every_column.format("%s", "%s::json"),
            list(enumerate(documents, 1)),
        )


def disagreements(documents: list[str], found: Copied) -> Iterator[tuple[str, object, object]]:
    for number, document in enumerate(documents, 1):
        wanted, got = expected(document), found.get(number, {})
        same = wanted.keys() == got.keys() and all(
            got[key][:2] == told[:2] and (told[2] is None) == (got[key][2] is None) for key, told in wanted.items()
        )
        # SQLite's own reading of a long number may be off in the last place.
        if not same or any(
            told[2] is not None and not math.isclose(told[2], got[key][2] or 0, rel_tol=0, abs_tol=3e-16)
            for key, told in wanted.items()
        ):
            yield document[:500], wanted, got


def test_every_document_is_read_alike_and_none_stops_the_platform(database: Database, documents: list[str]) -> None:
    if database.dialect == "postgresql":
        documents = [*documents, *(nested(depth) for depth in (DEEPEST, DEEPEST + 1, 1500)), *usual_but_deep()]
    store(database, documents)
    with database.engine.connect() as connection:
        found = copied_scores(connection)
    assert list(disagreements(documents, found))[:5] == []
    # Every kind of outcome came up, and nothing that is not a score carries a number.
    told = {outcome[:2] for skills in found.values() for outcome in skills.values()}
    assert {reason for _, reason in told} == {
        None, "no_code", "no_score", "not_a_score", "platform_failed", "unreadable"
    }  # fmt: skip
    assert all(
        (state == "scored") == (score is not None and 0 <= score <= 1)
        for skills in found.values()
        for state, _, score in skills.values()
    )


@sqlite
def test_what_python_writes_though_it_is_no_json_is_read_alike(database: Database) -> None:
    documents = json_documents.drawn(json_documents.python_documents.map(lambda document: [document]), 400)
    documents += [
        '{"communication_score": NaN, "technical_score": 0.25}',
        '{"weaknesses": [NaN], "technical_score": 1}',
    ]
    assert sum("NaN" in document for document in documents) > 100
    store(database, documents)
    with database.engine.connect() as connection:
        found = copied_scores(connection)
    assert list(disagreements(documents, found))[:5] == []
    # One that is not a number costs its own skill and no other.
    assert found[len(documents) - 1]["communication"] == ("failed", "not_a_score", None)
    assert found[len(documents) - 1]["technical"] == ("scored", None, 0.25)


@pytest.mark.parametrize(
    "before",
    [
        {"status": "in_progress"},
        {"feedback": None},
        {"user_id": 2},
        {"completed_at": None},
        {"id": 77},
        {"status": "in_progress", "user_id": 2},
        {"feedback": None, "id": 77},
    ],
)
def test_the_copy_follows_every_change_that_matters(database: Database, before: dict[str, object]) -> None:
    row = interview(1, feedback=feedback(0.1, 0.2, 0.3, 0.4))
    add(database.platform_engine, people=[person(1), person(2)], rows=[row | before])
    with database.engine.begin() as connection:
        connection.execute(sa.delete(stale_candidates))
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(row))
    with database.engine.connect() as connection:
        found = copied_scores(connection)
        copied = connection.execute(sa.select(skill_scores.c.user_id, skill_scores.c.completed_at).distinct()).all()
        assert [(user_id, moment) for user_id, moment in copied] == [(1, row["completed_at"])]
        reported = set(connection.execute(sa.select(stale_candidates.c.user_id)).scalars())
    assert list(found) == [1]
    assert {key: told[2] for key, told in found[1].items()} == dict(zip(SKILL_KEYS, (0.1, 0.2, 0.3, 0.4), strict=True))
    assert reported == ({1, 2} if "user_id" in before else {1})

    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(**before))
    with database.engine.connect() as connection:
        after = copied_scores(connection)
    assert (1 in after) == (before.keys() <= {"user_id", "completed_at"})

    with database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews))
    with database.engine.connect() as connection:
        assert copied_scores(connection) == {}


def test_a_change_that_does_not_matter_is_not_reported(database: Database) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1, status="in_progress")])
    with database.engine.begin() as connection:
        connection.execute(sa.delete(stale_candidates))
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(turn_count=7, conversation_history=[{"role": "user"}]))
        connection.execute(sa.update(users).values(hashed_password="?"))
    with database.engine.connect() as connection:
        assert connection.execute(sa.select(stale_candidates)).all() == []


# What may happen to our part of the database behind the trigger's back; {schema} is ours.
BREAKAGES = {
    "scores dropped": "DROP TABLE {schema}.skill_scores",
    "scores renamed": "ALTER TABLE {schema}.skill_scores RENAME TO other_scores",
    "reports dropped": "DROP TABLE {schema}.stale_candidates CASCADE",
    "both dropped": "DROP TABLE {schema}.skill_scores, {schema}.stale_candidates CASCADE",
    "column dropped": "ALTER TABLE {schema}.skill_scores DROP COLUMN reason",
    "key dropped": "ALTER TABLE {schema}.skill_scores DROP CONSTRAINT skill_scores_pkey",
    "reader dropped": "DROP FUNCTION {schema}.read_scores",
    "reader broken": "CREATE OR REPLACE FUNCTION {schema}.read_number(written text) RETURNS double precision "
    "LANGUAGE sql AS 'SELECT 1.0 / 0.0'",
    "schema renamed": "ALTER SCHEMA {schema} RENAME TO elsewhere",
    "disk full": "CREATE FUNCTION {schema}.no_room() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE disk_full; END$$; CREATE TRIGGER no_room BEFORE INSERT ON {schema}.skill_scores "
    "FOR EACH ROW EXECUTE FUNCTION {schema}.no_room(); "
    "CREATE TRIGGER no_room BEFORE INSERT ON {schema}.stale_candidates "
    "FOR EACH ROW EXECUTE FUNCTION {schema}.no_room()",
    "cancelled": "CREATE FUNCTION {schema}.cancelled() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE query_canceled; END$$; CREATE TRIGGER cancelled BEFORE INSERT ON {schema}.skill_scores "
    "FOR EACH ROW EXECUTE FUNCTION {schema}.cancelled()",
    "rights taken": "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {ours}",
}


@postgresql
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_the_platform_writes_on_whatever_happens_to_our_tables(
    database: Database, postgres_server: Server, breakage: str
) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1, feedback=feedback(0.1, 0.2, 0.3, 1e-5))])
    statement = BREAKAGES[breakage].format(schema=SCHEMA, ours=OURS)
    postgres_server.execute(statement, database=database.engine.url.database)
    with database.platform_engine.begin() as connection:
        connection.execute(sa.insert(interviews), [interview(2, feedback=feedback(-0.5, 1e-5))])
        connection.execute(sa.update(interviews).values(feedback=feedback(0.9)))
        connection.execute(sa.update(users).values(full_name="Changed"))
        connection.execute(sa.delete(interviews).where(interviews.c.id == 1))
        connection.execute(sa.insert(users), [person(3)])
        connection.execute(sa.delete(users).where(users.c.id == 3))
    with database.platform_engine.begin() as connection:
        assert connection.execute(sa.select(interviews.c.id, interviews.c.feedback)).all() == [(2, feedback(0.9))]
        assert connection.execute(sa.select(users.c.full_name)).all() == [("Changed",)]
        connection.exec_driver_sql("TRUNCATE interviews")


@postgresql
def test_the_platform_does_not_wait_long_for_our_tables(database: Database) -> None:
    add(database.platform_engine, people=[person(1)])
    impatient = sa.create_engine(database.platform_url, connect_args={"options": "-c statement_timeout=300"})
    with database.engine.connect() as held:
        held.execute(sa.text(f"LOCK TABLE {SCHEMA}.skill_scores IN ACCESS EXCLUSIVE MODE"))
        began = time.monotonic()
        # Its own time runs out inside our trigger, and even so the write goes through.
        add(impatient, rows=[interview(1, feedback=feedback(0.1))])
        add(database.platform_engine, rows=[interview(2, feedback=feedback(0.2))])
        assert time.monotonic() - began < 6
    impatient.dispose()
    with database.engine.begin() as connection:
        assert copied_scores(connection) == {}
        # What could not be written was reported, and comes with the next refresh; a second one finds nothing to do.
        assert refresh.refresh(connection) == 3
        assert {number: skills["communication"][2] for number, skills in copied_scores(connection).items()} == {
            1: 0.1,
            2: 0.2,
        }
    with database.engine.begin() as connection:
        while refresh.refresh(connection):
            pass
    with database.engine.connect() as connection:
        summary = connection.execute(sa.select(candidate_summaries.c.completed, candidate_summaries.c.communication))
        assert summary.all() == [(2, pytest.approx(0.15))]


@postgresql
def test_usual_feedback_is_read_without_the_reader_of_odd_ones(database: Database, postgres_server: Server) -> None:
    add(database.platform_engine, people=[person(1)])
    reader = "ALTER FUNCTION {0}.{1} RENAME TO {2}"
    name = database.engine.url.database
    postgres_server.execute(reader.format(SCHEMA, "read_scores", "away"), database=name)
    rows = [interview(number, feedback=feedback(0.1, 0.2, 0.3, number / 10)) for number in (1, 2)]
    rows.append(interview(3, feedback={**feedback(0.1), "summary": "\u0000"}))
    add(database.platform_engine, rows=rows)
    with database.engine.connect() as connection:
        assert {number: skills["code_quality"][2] for number, skills in copied_scores(connection).items()} == {
            1: 0.1,
            2: 0.2,
        }
        reported = sa.select(stale_candidates.c.interview_id).where(stale_candidates.c.interview_id.is_not(None))
        assert connection.execute(reported).scalars().all() == [3]
    postgres_server.execute(reader.format(SCHEMA, "away", "read_scores"), database=name)
    # What a back-fill has written meanwhile is in nobody's way, and neither is what no parser takes.
    with database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews))
    with database.engine.begin() as connection:
        values = {"user_id": 9, "completed_at": rows[0]["completed_at"], "state": "scored", "score": 1.0}
        connection.execute(sa.insert(skill_scores), [{"interview_id": 1, "skill": "technical", **values}])
        connection.execute(sa.delete(stale_candidates))
    add(database.platform_engine, rows=rows)
    with database.engine.connect() as connection:
        assert {number: skills["technical"][2] for number, skills in copied_scores(connection).items()} == {
            1: 0.2,
            2: 0.2,
            3: None,
        }
        assert connection.execute(sa.select(skill_scores.c.user_id).distinct()).scalars().all() == [1]
        assert set(connection.execute(sa.select(stale_candidates.c.interview_id)).scalars()) == {None}


@postgresql
def test_the_deepest_document_the_platform_can_store_is_read_at_once(database: Database) -> None:
    add(database.platform_engine, people=[person(1)])
    completed = sa.text("UPDATE interviews SET status = 'completed', feedback = CAST(:document AS json) WHERE id = :id")

    def stored(depth: int) -> bool:
        add(database.platform_engine, rows=[interview(depth, status="in_progress", feedback=None)])
        document = json.dumps(feedback(0.1, 0.2, 0.3, 0.4))[:-1] + ', "topics_covered": '
        document += "[" * depth + "]" * depth + "}"
        try:
            with database.platform_engine.begin() as connection:
                connection.execute(completed, {"id": depth, "document": document})
        except OperationalError:
            return False
        return True

    shallow, deep = DEEPEST + 1, 40 * DEEPEST
    assert stored(shallow)
    assert not stored(deep)
    while deep - shallow > 1:
        middle = (shallow + deep) // 2
        shallow, deep = (middle, deep) if stored(middle) else (shallow, middle)
    with database.engine.connect() as connection:
        assert copied_scores(connection)[shallow] == dict.fromkeys(SKILL_KEYS, ("failed", "unreadable", None))
        reported = sa.select(stale_candidates.c.interview_id).where(stale_candidates.c.interview_id.is_not(None))
        assert connection.execute(reported).all() == []


@postgresql
def test_a_document_too_long_for_the_usual_way_is_not_opened_in_it(database: Database) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1, status="in_progress", feedback=None)])
    # As `jsonb` this list would take more than a gigabyte of the platform's memory, and fail.
    document = json.dumps(feedback(0.1, 0.2, 0.3, 0.4))[:-1] + ', "topics_covered": [1'
    completed = sa.text(
        "UPDATE interviews SET status = 'completed', feedback = CAST(:document || repeat(',1', :times) || ']}' AS json)"
    )
    with database.platform_engine.begin() as connection:
        connection.execute(completed, {"document": document, "times": 2**24 + 1})
    with database.engine.connect() as connection:
        assert [copied_scores(connection)[1][key][2] for key in SKILL_KEYS] == [0.1, 0.2, 0.3, 0.4]
        reported = sa.select(stale_candidates.c.interview_id).where(stale_candidates.c.interview_id.is_not(None))
        assert connection.execute(reported).all() == []


@postgresql
def test_first_feedback_is_usual_whether_it_ends_the_interview_or_comes_later(
    database: Database, postgres_server: Server
) -> None:
    without_code = {**feedback(0.1, 0.2, 0.3, 0), "code_submissions_count": 0}
    rows = [
        interview(1, status="in_progress", feedback=None),
        interview(2, feedback=None),
        interview(3, status="in_progress", feedback=None),
        interview(4, feedback=feedback(0.4)),
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    with database.engine.begin() as connection:
        reported = sa.select(stale_candidates.c.interview_id).where(stale_candidates.c.interview_id.is_not(None))
        assert connection.execute(reported).scalars().all() == [2]
        connection.execute(sa.delete(stale_candidates))
    name = database.engine.url.database
    postgres_server.execute(f"ALTER FUNCTION {SCHEMA}.read_scores RENAME TO away", database=name)
    with database.platform_engine.begin() as connection:
        changed = sa.update(interviews).where(interviews.c.id == sa.bindparam("number"))
        for number, document in ((1, feedback(0.1, 0.2, 0.3, 0.4)), (2, without_code), (3, feedback(0.5)), (4, None)):
            values = {"status": "completed", "feedback": document}
            connection.execute(changed.values(values), {"number": number})
    with database.engine.connect() as connection:
        found = copied_scores(connection)
        assert [found[1][key][2] for key in SKILL_KEYS] == [0.1, 0.2, 0.3, 0.4]
        assert [found[2][key][1:] for key in SKILL_KEYS] == [(None, 0.1), (None, 0.2), (None, 0.3), ("no_code", None)]
        # The mark of a failed model call is looked into by the reader alone; without it, no score is made up.
        assert found.keys() == {1, 2}
        assert set(connection.execute(reported).scalars()) == {3, 4}


@postgresql
def test_emptying_the_platform_empties_the_copy(database: Database) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1, feedback=feedback(0.1))])
    with database.engine.begin() as connection:
        refresh.refresh(connection)
    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE interviews, users CASCADE")
    with database.engine.begin() as connection:
        assert copied_scores(connection) == {}
        assert refresh.refresh(connection) > 0
        assert connection.execute(sa.select(candidate_summaries)).all() == []


@postgresql
@pytest.mark.parametrize(
    "options",
    ["-c default_transaction_isolation=serializable", "-c search_path=pg_temp", "-c timezone=Asia/Kolkata"],
)
def test_the_trigger_does_not_depend_on_how_the_platform_is_set(database: Database, options: str) -> None:
    url = sa.make_url(database.platform_url)
    named = {"schema_translate_map": {None: "public"}}
    odd = sa.create_engine(url, connect_args={"options": options}, execution_options=named)
    document = {**feedback(0.5, 0.25, 1, 0.125), "summary": "\u0000 \\u0000 \\"}
    add(odd, people=[person(1)], rows=[interview(1, feedback=document)])
    odd.dispose()
    with database.engine.connect() as connection:
        found = copied_scores(connection)[1]
    assert {key: told[2] for key, told in found.items()} == dict(zip(SKILL_KEYS, (0.5, 0.25, 1, 0.125), strict=True))


@postgresql
def test_the_platforms_role_may_read_ours_for_its_dump_and_change_nothing(database: Database) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1, feedback=feedback(0.1))])
    for statement in (
        f"DELETE FROM {SCHEMA}.skill_scores",
        f"INSERT INTO {SCHEMA}.stale_candidates (user_id) VALUES (1)",
        f"CREATE TABLE {SCHEMA}.theirs (id integer)",
        f"SELECT * FROM {SCHEMA}.read_scores('{{}}')",
        f"CREATE OR REPLACE FUNCTION {SCHEMA}.follow_user() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    ):
        with (
            database.platform_engine.connect() as theirs,
            pytest.raises(ProgrammingError, match="permission denied for"),
        ):
            theirs.exec_driver_sql(statement)
    with database.engine.connect() as connection:
        assert 1 in copied_scores(connection)
