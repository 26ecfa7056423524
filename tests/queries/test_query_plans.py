"""What PostgreSQL reads for a page, at 100,000 interviews and 100,000 candidates: indexes, and no feedback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics import cohort
from analytics.access import sign_in
from analytics.access.sign_in import SignIn
from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.columns import now
from analytics.database.sessions import reading
from analytics.queries import candidates, interviews
from analytics.roster import keyset, order
from analytics.roster import page as roster_page
from analytics.roster.filters import Filters
from analytics.roster.order import Sort
from analytics.service import InterviewAnalytics
from analytics.setup.install import set_up
from tests.support.databases import Databases
from tests.support.query_plans import Reading

PEOPLE, INTERVIEWS, CANDIDATES = 2_000, 100_000, 100_000
SOMEBODY, ASSIGNED = 7, 40
SIZE = 25

_USERS = f"""
INSERT INTO users (id, email, hashed_password, full_name, is_active, is_verified, created_at, updated_at)
SELECT n, 'person' || n || '@example.org', '-', 'Person ' || n, true, true, now(), now()
FROM generate_series(1, {PEOPLE}) AS n
"""
_INTERVIEWS = f"""
INSERT INTO interviews (id, user_id, title, status, turn_count, started_at, completed_at, created_at, updated_at)
SELECT n, 1 + n %% {PEOPLE}, 'Interview ' || n, 'completed', 9, day, day, day, day
FROM generate_series(1, {INTERVIEWS}) AS n, LATERAL (SELECT now() - n * interval '7 minutes' AS day) AS days
"""
_SCORES = """
INSERT INTO skill_analytics.skill_scores (interview_id, skill, user_id, completed_at, state, score)
SELECT id, skill, user_id, completed_at, 'scored', (id %% 100) / 100.0
FROM interviews, unnest(ARRAY['communication', 'technical', 'problem_solving', 'code_quality']) AS skill
"""
# Of others than whom the questions are about, so that what they have stays the same.
_PRIVATE = """
INSERT INTO skill_analytics.private_interviews (interview_id, user_id, since)
SELECT id, user_id, now() FROM interviews WHERE user_id %% 50 = 3
"""
_TAGS = """
INSERT INTO skill_analytics.interview_tags (interview_id, kind, difficulty, changed_by, changed_at)
SELECT id, 'screen', 3, '-', now() FROM interviews WHERE id %% 3 = 0
"""
_FILLED = (
    "interview_tags",
    "private_interviews",
    "skill_scores",
    "shown_versions",
    "version_scores",
    "verdicts",
    "candidate_summaries",
)
_SHOWN = """
WITH made AS (
    INSERT INTO skill_analytics.breakdown_versions
    SELECT 'version ' || id, id, 1, now(), '-', 'model', '{}', '{}' FROM interviews WHERE id %% 5 = 0
    RETURNING id, interview_id
)
INSERT INTO skill_analytics.shown_versions (interview_id, version_id, changed_at, changed_by)
SELECT interview_id, id, now(), '-' FROM made
"""
_JUDGES = """
WITH judge AS (INSERT INTO skill_analytics.judges VALUES ('model:a', 'model', '', 'a', '', '') RETURNING key)
INSERT INTO skill_analytics.version_scores (version_id, skill, interview_id, judge, judged_at, score)
SELECT version_id, skill, interview_id, key, changed_at, score
FROM judge, skill_analytics.shown_versions JOIN skill_analytics.skill_scores USING (interview_id)
"""
_VERDICTS = """
INSERT INTO skill_analytics.verdicts
    (interview_id, skill, level, withdrawn, reason, sentences, blind, given_by, given_at)
SELECT id, 'technical', 1 + id %% 5, false, '-', '[]', false, 'coach@example.org', now()
FROM interviews WHERE id %% 5 = 0
"""
_SUMMARIES = f"""
INSERT INTO skill_analytics.candidate_summaries
SELECT made.* FROM (SELECT to_jsonb(first) AS row FROM skill_analytics.candidate_summaries AS first LIMIT 1) AS copied,
    generate_series({PEOPLE + 1}, {CANDIDATES}) AS n,
    jsonb_populate_record(NULL::skill_analytics.candidate_summaries, copied.row || jsonb_build_object(
        'user_id', n, 'sort_name', md5(n::text), 'attention_key', md5(n::text),
        'email', 'person' || n || '@example.org', 'completed', n %% 60,
        'last_interview_at', CASE WHEN n %% 9 > 0 THEN now() - n * interval '1 minute' END,
        'overall', CASE WHEN n %% 9 > 0 THEN n %% 1000 / 1000.0 END,
        'technical', CASE WHEN n %% 9 > 0 THEN n %% 997 / 1000.0 END)) AS made
"""


@pytest.fixture(scope="module")
def crowd(postgresql_databases: Databases) -> Iterator[sa.Engine]:
    """Many people with many interviews, and a roster of even more; for tests that only read."""
    with postgresql_databases.fresh(ours=False) as database:
        with database.platform_engine.begin() as connection:
            connection.exec_driver_sql(_USERS)
            connection.exec_driver_sql(_INTERVIEWS)
        set_up(database.engine)
        # The program's own connections have no patience for a hundred thousand rows.
        ours = sa.create_engine(database.url, poolclass=sa.NullPool)
        with ours.begin() as connection:
            connection.exec_driver_sql(_SCORES)
            connection.exec_driver_sql(_SHOWN)
            connection.exec_driver_sql(_JUDGES)
            connection.exec_driver_sql(_VERDICTS)
            connection.exec_driver_sql(_PRIVATE)
            connection.exec_driver_sql(_TAGS)
            connection.exec_driver_sql(_SUMMARIES)
            connection.exec_driver_sql(
                "INSERT INTO skill_analytics.members (id, email, role, created_at) "
                "VALUES (1, 'coach@example.org', 'coach', now())"
            )
            connection.exec_driver_sql(
                "INSERT INTO skill_analytics.identities (issuer, subject, email, first_seen_at, signed_in_at) "
                "VALUES ('https://provider.example', 'coach', 'coach@example.org', now(), now())"
            )
            connection.exec_driver_sql(
                "INSERT INTO skill_analytics.coach_candidates (member_id, user_id, assigned_at, assigned_by) "
                f"SELECT 1, 50 * n, now(), 'a test' FROM generate_series(1, {ASSIGNED}) AS n"
            )
        for engine, tables in (
            (database.platform_engine, "users, interviews"),
            (ours, ", ".join(f"skill_analytics.{name}" for name in _FILLED)),
        ):
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                # Every row is counted: from a sample, somebody may by chance seem to have twice as many interviews.
                connection.exec_driver_sql("SET default_statistics_target = 10000")
                connection.exec_driver_sql(f"VACUUM ANALYZE {tables}")
        yield database.engine


LOOKING = SignIn("https://provider.example", "coach", "coach@example.org", True, now())
ANALYTICS = InterviewAnalytics()
# What coaches say is read beside the scores.
WITH_VERDICTS = ("progression", "history", "comparison")
OF_SOMEBODY = INTERVIEWS // PEOPLE
QUESTIONS: dict[str, Callable[[Session], object]] = {
    "candidate": lambda db: candidates.candidate(TRUSTED, db, SOMEBODY),
    "what is known": lambda db: candidates.known_candidate(TRUSTED, db, SOMEBODY),
    "progression": lambda db: ANALYTICS.get_skill_progression(SOMEBODY, db),
    "history": lambda db: candidates.skill_history(TRUSTED, db, SOMEBODY),
    "averages": lambda db: ANALYTICS.get_skill_averages(SOMEBODY, db),
    "comparison": lambda db: ANALYTICS.get_skill_comparison([11, 12, 13, 14, 15, 16], db),
    "who is looking": lambda db: sign_in._find(db, LOOKING),
    "interviews": lambda db: interviews.candidate_interviews(TRUSTED, db, SOMEBODY),
    "interview": lambda db: interviews.interview(TRUSTED, db, 11),
    "cohort": cohort.load,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_persons_figures_come_from_indexes_and_cost_what_that_person_has(crowd: sa.Engine, question: str) -> None:
    plan = Reading(crowd, QUESTIONS[question])
    # Of one row each.
    assert plan.whole_tables <= {"cohort_figures", "identities", "members"}
    # Four scores and an interview, each found in an index and then read, and some of them with a version.
    assert plan.rows <= 11 * OF_SOMEBODY
    assert len(plan.statements) == 1 + (question in WITH_VERDICTS)
    assert not any(column in plan.statements[0] for column in ("feedback", "conversation_history"))


@pytest.mark.parametrize("question", ["progression", "history"])
def test_a_persons_scores_are_found_through_the_own_interviews(crowd: sa.Engine, question: str) -> None:
    assert {"ix_interviews_user_id", "skill_scores_pkey"} <= Reading(crowd, QUESTIONS[question]).indexes


def test_averages_open_no_interview(crowd: sa.Engine) -> None:
    others = {"shown_versions_pkey", "version_scores_pkey", "private_interviews_by_user"}
    assert Reading(crowd, QUESTIONS["averages"]).indexes == {"users_pkey", "skill_scores_by_user"} | others


def test_only_what_shows_feedback_reads_it_and_only_of_one_interview(crowd: sa.Engine) -> None:
    plan = Reading(crowd, lambda db: ANALYTICS.get_skill_breakdown(11, db))
    assert "feedback" in plan.statements[0]
    assert "conversation_history" not in plan.statements[0]
    assert plan.rows <= 3


INDEXED = {
    Sort.NAME: "sort_name",
    Sort.INTERVIEWS: "completed",
    Sort.LAST_INTERVIEW: "last_interview_at",
    Sort.OVERALL: "overall",
    Sort("technical"): "technical",
    Sort.LOWEST: "lowest",
    Sort.ATTENTION: "attention_key",
}


def deep_cursor(engine: sa.Engine, sort: Sort, *, descending: bool) -> str:
    """Give the cursor of a page in the middle of the roster, without going through all before it."""
    column = order._COLUMNS[sort]
    towards = column.desc() if descending else column.asc()
    with engine.connect() as connection:
        statement = sa.select(column.label("sorted_by"), roster_page.summary.c.user_id).order_by(towards.nulls_last())
        row = connection.execute(statement.offset(CANDIDATES // 2).limit(1)).one()
    return keyset.cursor_of(row, keyset.order_name(sort, descending))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", INDEXED)
def test_a_page_of_the_roster_reads_its_own_rows_and_no_others_however_deep(
    crowd: sa.Engine, sort: Sort, descending: bool
) -> None:
    for after in (None, deep_cursor(crowd, sort, descending=descending)):
        plan = Reading(
            crowd, lambda db, after=after: roster_page.page(TRUSTED, db, sort=sort, descending=descending, after=after)
        )
        page = [node for node in plan.scans if node.get("Index Name") == f"candidate_summaries_by_{INDEXED[sort]}"]
        assert page
        assert sum(node["Actual Rows"] * node["Actual Loops"] for node in page) <= SIZE + 1
        assert len(plan.statements) <= 3
        assert not any("interviews " in statement for statement in plan.statements)


@pytest.mark.parametrize(("search", "matching"), [("person", SIZE + 1), ("nobody is called so", 0)])
def test_a_search_opens_no_rows_one_by_one_but_those_it_found(crowd: sa.Engine, search: str, matching: int) -> None:
    for ask in (
        lambda db: roster_page.page(TRUSTED, db, filters=Filters(search=search), size=SIZE),
        lambda db: roster_page.search(TRUSTED, db, search, size=SIZE + 1),
    ):
        scans = Reading(crowd, ask).scans
        opened = [node for node in scans if node.get("Index Name") == "candidate_summaries_pkey"]
        assert sum(node["Actual Rows"] * node["Actual Loops"] for node in opened) == matching
        # Of names, what is asked for stands in the index itself: no row is opened only to be thrown away.
        by_name = {node["Node Type"] for node in scans if node.get("Index Name") == "candidate_summaries_by_sort_name"}
        assert by_name <= {"Index Only Scan"}


def test_a_coach_with_few_people_does_not_pay_for_everybodys(crowd: sa.Engine) -> None:
    coach = Viewer(Role.COACH, member_id=1)
    plan = Reading(crowd, lambda db: roster_page.page(coach, db, sort=Sort.ATTENTION, descending=True))
    assert plan.rows <= 20 * ASSIGNED
    assert "candidate_summaries" not in plan.whole_tables


def looked_at(plan: Reading) -> float:
    """How many summaries were looked at; what an index alone tells counts as well."""
    of_summaries = [node for node in plan.scans if node.get("Relation Name") == "candidate_summaries"]
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in of_summaries
    )


@pytest.mark.parametrize("sort", [Sort.NAME, Sort.ATTENTION, Sort.OVERALL])
@pytest.mark.parametrize(("search", "matching"), [("person", CANDIDATES), ("nobody is called so", 0)])
def test_a_search_looks_at_everybody_once(crowd: sa.Engine, search: str, matching: int, sort: Sort) -> None:
    pages = []
    filters = Filters(search=search)
    plan = Reading(crowd, lambda db: pages.append(roster_page.page(TRUSTED, db, filters=filters, sort=sort)))
    assert pages[0].total == matching
    # Rows of a scan that processes share are told as an average of them, rounded.
    assert CANDIDATES - 5 <= looked_at(plan) <= CANDIDATES + 3 * SIZE


def test_what_is_reckoned_for_everybody_is_reckoned_once_on_a_deep_page_too(crowd: sa.Engine) -> None:
    sort = Sort("technical_trend")
    with reading(crowd) as db:
        deep = roster_page.page(TRUSTED, db, sort=sort).after
    for after in (None, deep):
        plan = Reading(crowd, lambda db, after=after: roster_page.page(TRUSTED, db, sort=sort, after=after))
        assert plan.statements[1].count("CASE WHEN") == 1
        assert not any("CASE" in str(node.get("Filter")) for node in plan.scans)
