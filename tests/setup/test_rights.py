"""`setup --check` names each right that is missing, and the documented rights leave none to name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from analytics.__main__ import main
from analytics.database.engine import create_engine_for
from analytics.setup.install import list_missing, set_up
from tests.support.databases import ROOT, Database
from tests.support.postgres import OURS, PLATFORM, Server

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
# What gives a right that is missing, and how it came to be missing.
RIGHTS = {
    f"GRANT USAGE ON SCHEMA public TO {OURS};": f"REVOKE USAGE ON SCHEMA public FROM PUBLIC, {OURS}",
    f"GRANT SELECT ON users TO {OURS};": f"REVOKE SELECT ON users FROM {OURS}",
    f"GRANT TRIGGER ON users TO {OURS};": f"REVOKE TRIGGER ON users FROM {OURS}",
    f"GRANT SELECT ON interviews TO {OURS};": f"REVOKE SELECT ON interviews FROM {OURS}",
    f"GRANT TRIGGER ON interviews TO {OURS};": f"REVOKE TRIGGER ON interviews FROM {OURS}",
    f"GRANT UPDATE (feedback) ON interviews TO {OURS};": f"REVOKE UPDATE (feedback) ON interviews FROM {OURS}",
    f"GRANT CREATE ON DATABASE {{name}} TO {OURS};": f"REVOKE CREATE ON DATABASE {{name}} FROM {OURS}",
    f"ALTER SCHEMA skill_analytics OWNER TO {OURS};": f"CREATE SCHEMA skill_analytics AUTHORIZATION {PLATFORM}",
}


def rights_named(database: Database, *, write_back: bool = True) -> list[str]:
    """The statements in what is missing."""
    sentences = list_missing(database.engine, write_back=write_back)
    return [match[0] for sentence in sentences if (match := re.search(r"(GRANT|ALTER) .*;$", sentence))]


@pytest.mark.parametrize("remedy", RIGHTS)
def test_a_missing_right_is_named_until_it_is_given(
    platform_database: Database, postgres_server: Server, remedy: str
) -> None:
    name = str(platform_database.engine.url.database)
    assert rights_named(platform_database) == []
    postgres_server.execute(RIGHTS[remedy].format(name=name), database=name)
    remedies = rights_named(platform_database)
    assert remedies == [remedy.format(name=name)]
    postgres_server.execute(remedies[0], database=name)
    assert rights_named(platform_database) == []
    set_up(platform_database.engine)
    assert list_missing(platform_database.engine) == []


def test_all_of_them_are_named_at_once(
    platform_database: Database,
    postgres_server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = str(platform_database.engine.url.database)
    for loss in list(RIGHTS.values())[:-1]:
        postgres_server.execute(loss.format(name=name), database=name)
    remedies = [remedy.format(name=name) for remedy in list(RIGHTS)[:-1]]
    assert sorted(rights_named(platform_database)) == sorted(remedies)
    assert main(["setup", "--check", "--database-url", platform_database.url]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(remedies)
    monkeypatch.setenv("WRITE_BACK", "off")
    assert main(["setup", "--check", "--database-url", platform_database.url]) == 1
    assert "UPDATE" not in capsys.readouterr().out
    assert len(rights_named(platform_database, write_back=False)) == len(remedies) - 1


def test_a_table_in_another_schema_is_named_with_it(platform_database: Database, postgres_server: Server) -> None:
    name = str(platform_database.engine.url.database)
    for statement in (
        f'CREATE SCHEMA "Coaching" AUTHORIZATION {PLATFORM}',
        'ALTER TABLE users SET SCHEMA "Coaching"',
        'ALTER TABLE interviews SET SCHEMA "Coaching"',
        f'REVOKE SELECT ON "Coaching".users FROM {OURS}',
    ):
        postgres_server.execute(statement, database=name)
    assert rights_named(platform_database) == [
        f'GRANT USAGE ON SCHEMA "Coaching" TO {OURS};',
        f'GRANT SELECT ON "Coaching".users TO {OURS};',
    ]


@pytest.fixture
def newcomer(platform_database: Database, postgres_server: Server) -> Iterator[Database]:
    """A database with the platform's tables, and the address of a role that nobody has made yet."""
    name = str(platform_database.engine.url.database)
    role = f"newcomer_in_{name}"
    url = postgres_server.url.set(database=name, username=role, password="PASSWORD")
    address = url.render_as_string(hide_password=False)
    engine = create_engine_for(address)
    yield Database(address, platform_database.platform_url, engine, platform_database.platform_engine)
    engine.dispose()
    if postgres_server.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
        postgres_server.execute(f"DROP OWNED BY {role} CASCADE", database=name)
        postgres_server.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("document", ["README.md", "docs/grants.sql"])
def test_the_documented_sql_runs_as_pasted(newcomer: Database, postgres_server: Server, document: str) -> None:
    name, role = newcomer.engine.url.database, newcomer.engine.url.username
    text = (ROOT / document).read_text()
    block = re.search(r"```sql\n(.*?CREATE ROLE.*?)```", text, re.DOTALL)
    sql = block[1] if block else text
    for documented, ours in (
        ("CREATE ROLE skill_analytics ", f"CREATE ROLE {role} "),
        ("TO skill_analytics;", f"TO {role};"),
        ("ON DATABASE interviewlab ", f"ON DATABASE {name} "),
    ):
        assert documented in sql
        sql = sql.replace(documented, ours)
    postgres_server.execute(
        f"REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE ALL ON DATABASE {name} FROM PUBLIC", database=name
    )
    postgres_server.execute(sql, database=name)
    assert rights_named(newcomer) == []
    set_up(newcomer.engine)
    assert list_missing(newcomer.engine) == []
    with newcomer.engine.connect() as connection:
        # No more than it needs: passwords of people and all else of an interview stay as they are.
        for table, column in (("users", "hashed_password"), ("interviews", "status")):
            privilege = sa.func.has_column_privilege(table, column, "UPDATE")
            assert connection.execute(sa.select(privilege)).scalar() is False
