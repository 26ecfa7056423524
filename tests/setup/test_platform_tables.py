"""Set-up refuses tables that it cannot read whole or follow, names why, and leaves what is there as it was."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from analytics.database.errors import DatabaseError
from analytics.database.schema import SCHEMA
from analytics.setup.install import list_missing, set_up
from tests.support.databases import Database
from tests.support.platform_rows import copied_scores
from tests.support.postgres import OURS, PLATFORM, Server
from tests.support.score_rows import assert_exact, populate

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
RIGHTS = f"GRANT SELECT, TRIGGER, UPDATE (feedback) ON interviews TO {OURS}"
# How the table is changed, what is said of it, and what puts it right.
CHANGES = {
    "a view": (
        ["ALTER TABLE interviews RENAME TO held", "CREATE VIEW interviews AS SELECT * FROM held", RIGHTS],
        "interviews is not a table, so no trigger can tell of its changes. Give the table behind it this name.",
        ["DROP VIEW interviews", "ALTER TABLE held RENAME TO interviews"],
    ),
    "partitions": (
        [
            "ALTER TABLE interviews RENAME TO held",
            "CREATE TABLE interviews (LIKE held INCLUDING DEFAULTS) PARTITION BY RANGE (id)",
            "CREATE TABLE early PARTITION OF interviews FOR VALUES FROM (1) TO (20)",
            "CREATE TABLE late PARTITION OF interviews FOR VALUES FROM (20) TO (10000)",
            "INSERT INTO interviews SELECT * FROM held",
            "DROP TABLE held CASCADE",
            RIGHTS,
        ],
        f"A right is missing: GRANT TRIGGER ON public.early, public.late TO {OURS};",
        [f"GRANT TRIGGER ON early, late TO {OURS}"],
    ),
    "row level security": (
        ["ALTER TABLE interviews ENABLE ROW LEVEL SECURITY"],
        "Row level security hides rows of interviews: "
        f"CREATE POLICY skill_analytics ON public.interviews TO {OURS} USING (true);",
        [f"CREATE POLICY skill_analytics ON public.interviews TO {OURS} USING (true)"],
    ),
    "a policy that hides some": (
        [
            "ALTER TABLE interviews ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY few ON interviews AS RESTRICTIVE USING (id < 10)",
            "CREATE POLICY others ON interviews USING (true)",
        ],
        f"Row level security hides rows of interviews: ALTER ROLE {OURS} BYPASSRLS;",
        ["DROP POLICY few ON interviews"],
    ),
}


def run(database: Database, statements: list[str]) -> None:
    with database.platform_engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("change", CHANGES)
def test_a_table_that_cannot_be_followed_keeps_its_scores(platform_database: Database, change: str) -> None:
    changes, sentence, remedy = CHANGES[change]
    populate(platform_database, 40)
    set_up(platform_database.engine)
    with platform_database.engine.connect() as connection:
        before = copied_scores(connection)
    run(platform_database, changes)
    assert list_missing(platform_database.engine, write_back=False) == [sentence]
    with pytest.raises(DatabaseError) as refusal:
        set_up(platform_database.engine)
    assert str(refusal.value) == sentence
    with platform_database.engine.connect() as connection:
        assert copied_scores(connection) == before != {}
    run(platform_database, remedy)
    set_up(platform_database.engine)
    assert list_missing(platform_database.engine) == []
    assert_exact(platform_database.engine)


@pytest.mark.parametrize("change", CHANGES)
def test_a_first_set_up_leaves_nothing_behind(platform_database: Database, change: str) -> None:
    changes, sentence, _ = CHANGES[change]
    run(platform_database, changes)
    with pytest.raises(DatabaseError) as refusal:
        set_up(platform_database.engine)
    assert str(refusal.value) == sentence
    with platform_database.platform_engine.connect() as connection:
        assert not sa.inspect(connection).has_schema(SCHEMA)


def test_a_trigger_that_cannot_be_made_empties_nothing(platform_database: Database) -> None:
    populate(platform_database, 40)
    set_up(platform_database.engine)
    with platform_database.engine.connect() as connection:
        before = copied_scores(connection)
    run(
        platform_database,
        ["DROP TRIGGER skill_analytics_users ON users", f"REVOKE TRIGGER ON users FROM {OURS}"],
    )
    with pytest.raises(DatabaseError, match=r"docs/grants\.sql"):
        set_up(platform_database.engine)
    with platform_database.engine.connect() as connection:
        assert copied_scores(connection) == before != {}


def test_what_a_restore_gave_to_another_role_is_named(platform_database: Database, postgres_server: Server) -> None:
    populate(platform_database, 10)
    set_up(platform_database.engine)
    name = str(platform_database.engine.url.database)
    for thing in ("TABLE skill_analytics.members", "FUNCTION skill_analytics.read_number(text)"):
        postgres_server.execute(f"ALTER {thing} OWNER TO {PLATFORM}", database=name)
    (told,) = list_missing(platform_database.engine)
    what, remedy = told.split(": ", 1)
    assert what == "What the schema skill_analytics holds belongs to another role"
    assert remedy == (
        f"ALTER FUNCTION skill_analytics.read_number(text) OWNER TO {OURS}; "
        f"ALTER TABLE skill_analytics.members OWNER TO {OURS};"
    )
    postgres_server.execute(remedy, database=name)
    assert list_missing(platform_database.engine) == []
