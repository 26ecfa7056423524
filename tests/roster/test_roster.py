"""The roster: every candidate exactly once in every order, and summaries that follow every change exactly."""

from __future__ import annotations

import base64
import json
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import cohort
from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.columns import now
from analytics.database.schema import candidate_scatter, candidate_summaries, progress, stale_candidates
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews, users
from analytics.roster import keyset, refresh, summaries
from analytics.roster.filters import Filters
from analytics.roster.keyset import CursorError
from analytics.roster.order import Sort
from analytics.roster.page import RosterRow, page
from analytics.setup.backfill import start_over
from analytics.setup.install import set_up
from analytics.skills import SKILL_KEYS
from tests.support.databases import Database, Databases
from tests.support.platform_rows import add, feedback, interview, person

PEOPLE = 37


def refreshed(database: Database) -> Database:
    with database.engine.begin() as connection:
        while refresh.refresh(connection):
            pass
    return database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest) -> Any:
    """People with ties, people without scores, and names that sort in odd ways; for tests that only read."""
    databases: Databases = request.getfixturevalue(f"{request.param}_databases")
    rng = random.Random(7)
    names = ["Zoë", "ÅSA", "åsa", "Ann%", "Ann_", "Ann", "", None, "李雷", "مريم", "x" * 255, "Ann"]
    people = [person(n, full_name=names[n % len(names)], is_active=n % 9 > 0) for n in range(1, PEOPLE + 1)]
    rows = []
    for user_id in range(1, PEOPLE + 1):
        for _ in range(user_id % 5):
            scores = [rng.choice([None, 0.2, 0.5, 0.5, 0.8]) for _ in range(4)]
            held = feedback(*scores) if user_id % 7 else None
            moment = now().replace(microsecond=0) - timedelta(days=rng.choice([1, 5, 5, 20, 60, 200]))
            rows.append(interview(len(rows) + 1, user_id, feedback=held, completed_at=moment))
    with databases.fresh() as database:
        add(database.platform_engine, people=people, rows=rows)
        yield refreshed(database)


def walk(database: Database, size: int = 5, **options: Any) -> list[RosterRow]:
    """Go through all pages forwards, then back again, and show that both ways see the same."""
    pages, after = [], None
    with reading(database.engine) as db:
        while True:
            pages.append(page(TRUSTED, db, size=size, after=after, **options))
            after = pages[-1].after
            if after is None:
                break
        assert pages[0].before is None
        back, before = [pages[-1].rows], pages[-1].before
        while before is not None:
            earlier = page(TRUSTED, db, size=size, before=before, **options)
            back.insert(0, earlier.rows)
            before = earlier.before
    assert back == [one.rows for one in pages]
    rows = [row for one in pages for row in one.rows]
    assert {one.total for one in pages} == {len(rows)}
    return rows


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", Sort)
def test_every_page_of_every_order_shows_everybody_once(crowd: Database, sort: Sort, descending: bool) -> None:
    rows = walk(crowd, sort=sort, descending=descending)
    assert sorted(row.user_id for row in rows) == list(range(1, PEOPLE + 1))
    if sort is Sort.OVERALL or sort in SKILL_KEYS:
        values = [row.overall if sort is Sort.OVERALL else row.averages[sort] for row in rows]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=descending)
        assert 0 < len(known) < len(values)
        # Whoever has no value comes last in both directions.
        assert values[len(known) :] == [None] * (len(values) - len(known))


@pytest.mark.parametrize("size", [1, 36, 37, 38])
def test_the_last_page_is_the_last(crowd: Database, size: int) -> None:
    assert len(walk(crowd, size=size, sort=Sort.OVERALL, descending=True)) == PEOPLE


@pytest.mark.parametrize(
    ("filters", "keeps"),
    [
        (Filters(search="ann"), lambda row: "ann" in row.name.casefold()),
        (Filters(search="ANN%"), lambda row: "ann%" in row.name.casefold()),
        (Filters(search="_"), lambda row: "_" in row.name),
        (Filters(search="ÅSA"), lambda row: row.name.casefold() == "åsa"),
        (Filters(search=" PERSON7@ "), lambda row: row.email == "person7@example.org"),
        (Filters(search="\0\ud800"), lambda row: True),
        (Filters(search="' OR 1=1 --"), lambda row: False),
        (Filters(minimum_interviews=3), lambda row: row.completed >= 3),
        (Filters(below=0.5), lambda row: any(s is not None and s < 0.5 for s in scores(row))),
        (
            Filters(skill="technical", below=0.5),
            lambda row: row.averages["technical"] is not None and row.averages["technical"] < 0.5,
        ),
        (
            Filters(within_days=7),
            lambda row: row.last_interview_at is not None and row.last_interview_at > now() - timedelta(days=7),
        ),
    ],
)
def test_filters_keep_whom_they_name(crowd: Database, filters: Filters, keeps: Any) -> None:
    everybody, kept = walk(crowd), walk(crowd, filters=filters)
    assert [row.user_id for row in kept] == [row.user_id for row in everybody if keeps(row)]


def scores(row: RosterRow) -> tuple[float | None, ...]:
    return tuple(row.averages.values())


def encoded(*held: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "é", "====", "bm9wZQ", "bnVsbA", "W10", encoded("overall"), encoded("overall", 0.5, "1")),
        *(encoded("overall", "0.5x", 1), encoded("overall", [], 1), encoded("overall", 0.5, True)),
        *(encoded("overall", 0.5, 2**40), encoded("overall", 0.5, -1), encoded("overall", float("nan"), 1)),
        *(encoded("overall", float("inf"), 1), encoded("overall", 10**400, 1), encoded("-overall", 0.5, 1)),
        *(encoded("technical", 0.5, 1), encoded("name", "x", 1), encoded(None, None, None), "W" * 9000),
        base64.urlsafe_b64encode(b"[" * 9000).decode(),
    ],
)
def test_a_cursor_of_another_list_is_refused_with_a_sentence(crowd: Database, cursor: str) -> None:
    for way in ("after", "before"):
        with reading(crowd.engine) as db, pytest.raises(CursorError, match="Go back to the first page"):
            page(TRUSTED, db, sort=Sort.OVERALL, **{way: cursor})


def test_a_cursor_beyond_every_figure_is_refused(crowd: Database) -> None:
    with reading(crowd.engine) as db, pytest.raises(CursorError):
        page(TRUSTED, db, sort=Sort.INTERVIEWS, after=encoded("interviews", 1e300, 1))


def test_a_cursor_of_one_order_is_refused_in_every_other(crowd: Database) -> None:
    with reading(crowd.engine) as db:
        given_out = {
            (sort, descending): page(TRUSTED, db, sort=sort, descending=descending, size=5).after
            for sort in Sort
            for descending in (False, True)
        }
        for made_in, cursor in given_out.items():
            for order in given_out:
                if order != made_in:
                    with pytest.raises(CursorError):
                        page(TRUSTED, db, sort=order[0], descending=order[1], after=cursor)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda b: base64.urlsafe_b64encode(b).decode())))
def test_no_cursor_whatsoever_breaks_the_reader(cursor: str) -> None:
    with pytest.raises(CursorError):
        keyset.read_cursor(cursor, "last_interview")


def test_a_viewer_sees_the_own_people_and_counts_only_them(crowd: Database) -> None:
    with reading(crowd.engine) as db:
        mine = page(Viewer(Role.INTERVIEWEE, user_id=3), db)
        assert ([row.user_id for row in mine.rows], mine.total) == ([3], 1)
        assert page(Viewer(Role.COACH, member_id=1), db).total == 0
        assert page(Viewer(Role.INTERVIEWEE), db).rows == []


def test_a_page_takes_the_same_few_statements_however_long_it_is(crowd: Database) -> None:
    counts = []
    for size in (1, 30):
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any, seen: list[str] = statements) -> None:
            seen.append(statement)

        sa.event.listen(crowd.engine, "before_cursor_execute", note)
        with reading(crowd.engine) as db:
            page(TRUSTED, db, size=size)
        sa.event.remove(crowd.engine, "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 3


def prepared(database: Database) -> list[Any]:
    """Everything that is prepared, but for when that was."""
    left_out = {"refreshed_at"}
    with database.engine.connect() as connection:
        return [
            connection.execute(
                sa.select(*(c for c in table.c if c.name not in left_out)).order_by(*table.primary_key)
            ).all()
            for table in (candidate_summaries, candidate_scatter)
        ]


def change(connection: sa.Connection, rng: random.Random, number: int) -> None:
    """Do one thing that the platform may do."""
    one = rng.randint(1, 60)
    scored = rng.choice([None, [], feedback(*(rng.choice([None, 0.2, 0.61, 0.9, "x"]) for _ in range(4)))])
    kind = rng.randint(0, 8)
    if kind == 0:
        connection.execute(sa.insert(users), [person(100 + number)])
    elif kind == 1:
        gone = rng.randint(1, 8)
        connection.execute(sa.delete(interviews).where(interviews.c.user_id == gone))
        connection.execute(sa.delete(users).where(users.c.id == gone))
    elif kind == 2:
        values = {"full_name": f"Renamed {number}", "is_active": rng.random() < 0.5}
        connection.execute(sa.update(users).where(users.c.id == rng.randint(1, 8)).values(values))
    elif kind == 3:
        connection.execute(sa.delete(interviews).where(interviews.c.id == one))
    elif kind == 4:
        status = rng.choice(["completed", "cancelled", "in_progress"])
        connection.execute(sa.update(interviews).where(interviews.c.id == one).values(status=status))
    elif kind == 5:
        somebody = connection.execute(
            sa.select(users.c.id).order_by(sa.func.abs(users.c.id - rng.randint(1, 120)))
        ).scalar()
        if somebody is not None:
            connection.execute(sa.update(interviews).where(interviews.c.id == one).values(user_id=somebody))
    elif kind == 6:
        somebody = connection.execute(sa.select(users.c.id).limit(1)).scalar()
        if somebody is not None:
            connection.execute(sa.insert(interviews), [interview(1000 + number, somebody, feedback=scored)])
    else:
        connection.execute(sa.update(interviews).where(interviews.c.id == one).values(feedback=scored))


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_platform_did_a_refresh_is_as_good_as_a_new_start(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    people, rows = (
        [person(n) for n in range(1, 9)],
        [interview(n, 1 + n % 8, feedback=feedback(0.5)) for n in range(1, 61)],
    )
    add(database.platform_engine, people=people, rows=rows)
    for number in range(60):
        with database.platform_engine.connect() as connection, connection.begin() as transaction:
            change(connection, rng, number)
            if rng.random() < 0.1:
                transaction.rollback()
        if number % 17 == 0:
            with database.engine.begin() as connection:
                refresh.refresh(connection, limit=5)
    refreshed(database)
    with database.engine.begin() as connection:
        assert connection.execute(sa.select(stale_candidates)).all() == []
    assert counted(database) == interviews_of_everybody(database)
    with database.engine.begin() as connection:
        # What people are compared with is learned from time to time; here both sides learn it now.
        cohort.learn(connection, cohort.learn_noise(connection))
        summaries.summarise(connection, list(connection.execute(sa.select(users.c.id)).scalars()))
    followed = prepared(database)
    with database.engine.begin() as connection:
        start_over(connection)
    set_up(database.engine)
    assert prepared(database) == followed
    assert len(followed[0]) > 3


Counts = dict[int, tuple[int, int, datetime | None]]


def counted(database: Database) -> Counts:
    columns = candidate_summaries.c
    wanted = sa.select(columns.user_id, columns.interviews, columns.completed, columns.last_interview_at)
    with database.engine.connect() as connection:
        return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(wanted)}


def interviews_of_everybody(database: Database) -> Counts:
    """Count again from every interview there is, one by one."""
    with database.engine.connect() as connection:
        people = connection.execute(sa.select(users.c.id)).scalars().all()
        rows = connection.execute(sa.select(interviews)).all()
    mine = {user_id: [row for row in rows if row.user_id == user_id] for user_id in people}
    done = {user_id: [row for row in some if row.status == "completed"] for user_id, some in mine.items()}
    dates = {
        user_id: [(row.completed_at or row.created_at) for row in some if row.created_at]
        for user_id, some in done.items()
    }
    return {user_id: (len(mine[user_id]), len(done[user_id]), max(dates[user_id], default=None)) for user_id in people}


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_interviews_are_looked_at_only_where_one_is_completed_without_scores(database: Database) -> None:
    rows = [interview(n, 1 + n % 2, feedback=feedback(0.5)) for n in range(6)]
    add(database.platform_engine, people=[person(1), person(2)], rows=[*rows, interview(6, 1, status="in_progress")])
    refreshed(database)
    looks: list[str] = []

    @sa.event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "interviews.status" in statement:
            looks.append(statement)

    def looked_after(**values: Any) -> bool:
        looks.clear()
        with database.platform_engine.begin() as connection:
            connection.execute(sa.update(interviews).where(interviews.c.id == 2).values(**values))
        refreshed(database)
        looked = bool(looks)
        assert counted(database) == interviews_of_everybody(database)
        return looked

    add(database.platform_engine, rows=[interview(7, 1, status="pending"), interview(8, 1, feedback=feedback(1))])
    assert not looked_after(feedback=feedback(0.75))
    assert counted(database)[1][:2] == (6, 4)
    # It is noticed when there is one, and for as long as there is.
    assert looked_after(feedback=None)
    assert looked_after(completed_at=now() + timedelta(days=9))
    assert looked_after(user_id=2)
    assert not looked_after(feedback=feedback(0.5))
    assert not looked_after(feedback=feedback(0.25))


def test_a_refresh_before_the_back_fill_has_ended_does_nothing(platform_database: Database) -> None:
    add(platform_database.platform_engine, people=[person(1)], rows=[interview(1, feedback=feedback(0.5))])
    set_up(platform_database.engine)
    with platform_database.engine.begin() as connection:
        connection.execute(sa.delete(progress))
        connection.execute(sa.insert(stale_candidates), [{"user_id": 1}])
    with platform_database.engine.begin() as connection:
        assert refresh.refresh(connection) == 0
        assert len(connection.execute(sa.select(stale_candidates)).all()) == 1


def test_a_large_cohort_is_learned_again_on_nobodys_way(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cohort of 24 stands for a large one here, which would take seconds."""
    monkeypatch.setattr(refresh, "BATCH", 20)
    rows = [interview(n, 1 + n % 24, feedback=feedback(0.5)) for n in range(1, 97)]
    add(database.platform_engine, people=[person(n) for n in range(1, 25)], rows=rows)
    refreshed(database)
    refresh.learn_again(database.engine)
    with reading(database.engine) as db:
        assert cohort.load(db).median("communication", "platform") == 0.5
    assert not refresh.learn_again(database.engine)
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(feedback=feedback(0.9)))
    with database.engine.begin() as learning:
        if database.dialect == "postgresql":
            learning.execute(sa.select(sa.func.pg_advisory_xact_lock(refresh._LEARNING)))
            assert not refresh.learn_again(database.engine)
            refreshed(database)
    refreshed(database)
    with reading(database.engine) as db:
        assert db.execute(sa.select(stale_candidates)).all() == []
        assert cohort.load(db).median("communication", "platform") == 0.5
    assert refresh.learn_again(database.engine)
    with reading(database.engine) as db:
        assert cohort.load(db).median("communication", "platform") == 0.9
    assert not refresh.learn_again(database.engine)
