"""A database that cannot be used: one sentence, no password, no traceback, and back by itself."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from analytics import runtime
from analytics.database.errors import NOT_SET_UP
from tests.support.databases import Database, Databases
from tests.support.outage import way_to
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visit, Visitor, dashboard_of

ADDRESSES = {
    "candidates": {},
    "candidate": {"candidate": "1"},
    "compare": {"interviews": "1,2"},
    "interview": {"interview": "1"},
}


def errors(page: Visit) -> list[str]:
    return [str(error.value) for error in page.at.error]


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_database_that_is_not_set_up_names_the_command(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with dashboard_of(monkeypatch, DATABASE_URL=platform_database.url) as visitor:
        page = visitor.open(name, **ADDRESSES[name])
        assert errors(page) == [NOT_SET_UP]
        assert not page.at.dataframe


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "DATABASE_URL is not a database address."),
        ("mysql://root:hunter2@localhost/x", "works with postgresql:// and sqlite:///"),
        ("postgresql://somebody:hunter2@127.0.0.1:1/interviews", "The database cannot be reached."),
        ("postgresql://somebody:hunter2@no-such-host.invalid/interviews", "Check"),
    ],
)
def test_a_wrong_address_is_said_without_the_password(monkeypatch: pytest.MonkeyPatch, url: str, said: str) -> None:
    with dashboard_of(monkeypatch, DATABASE_URL=url) as visitor:
        page = visitor.open("candidates")
        assert len(errors(page)) == 1
        assert said in errors(page)[0]
        assert "hunter2" not in page.text
        assert "tries again" in page.text


def test_a_file_that_is_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear reader, " * 100)
    with dashboard_of(monkeypatch, DATABASE_URL=f"sqlite:///{file}") as visitor:
        assert errors(visitor.open("candidates")) == [
            "The file in DATABASE_URL is not an SQLite database. Check its path."
        ]


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_comes_back_with_the_database(
    postgresql_databases: Databases, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with postgresql_databases.fresh() as database:
        rows = [interview(n, title="Still here", feedback=feedback(0.5, 0.4, 0.6, 0.7)) for n in (1, 2)]
        add(database.platform_engine, people=[person(1, full_name="Still here")], rows=rows)
        address = urlsplit(database.url)
        assert address.hostname is not None
        assert address.port is not None
        with way_to(address.hostname, address.port) as way:
            url = sa.make_url(database.url).set(host="127.0.0.1", port=way.port).render_as_string(hide_password=False)
            with dashboard_of(monkeypatch, DATABASE_URL=url) as visitor:
                page = visitor.open(name, **ADDRESSES[name])
                assert errors(page) == []
                way.close()
                visitor.again(page)
                assert errors(page) == [
                    "The database cannot be reached. Check that it is running and that DATABASE_URL names it; this "
                    "page recovers by itself when it is back."
                ]
                assert address.password not in page.text
                way.open()
                visitor.again(page)
                assert errors(page) == []
                assert "Still here" in page.text or "Still here" in str(page.table())


def test_a_database_that_takes_no_changes_is_still_shown(database: Database, visitor: Visitor) -> None:
    add(database.platform_engine, people=[person(1, full_name="Ann")])
    visitor.open("candidates")
    add(database.platform_engine, rows=[interview(1, feedback=feedback(0.5, 0.4, 0.6, 0.7))])
    read_only = "PRAGMA query_only = ON" if database.dialect == "sqlite" else "SET default_transaction_read_only = on"

    def close(connection: sa.PoolProxiedConnection, *_rest: object) -> None:
        connection.cursor().execute(read_only)
        if database.dialect == "postgresql":
            connection.commit()

    sa.event.listen(runtime.engine(), "checkout", close)
    page = visitor.open("candidates")
    assert errors(page) == []
    assert page.roster()["Name"] == ["Ann"]
