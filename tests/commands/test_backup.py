"""`python -m analytics backup`: a whole copy of the file, while somebody else writes."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.__main__ import main
from analytics.database.engine import create_engine_for
from analytics.interviewlab.tables import users
from analytics.setup.workspace import open_workspace
from tests.support.platform_rows import add, person


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    engine = create_engine_for(f"sqlite:///{tmp_path / 'data' / 'own.db'}")
    open_workspace(engine)
    open_workspace(engine)
    add(engine, people=[person(1)])
    return engine


def test_it_copies_the_workspace_while_somebody_writes(
    own: sa.Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.db"
    with own.connect() as writer:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        writer.execute(sa.insert(users), [person(2)])
        assert main(["backup", str(copy)]) == 0
        writer.rollback()
    assert capsys.readouterr().out == f"Copied to {copy}.\n"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.db"]
    with closing(sqlite3.connect(copy)) as read:
        assert read.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        # What was not committed is not in it.
        assert read.execute("SELECT id FROM users").fetchall() == [(1,)]
    own.dispose()


def test_it_overwrites_nothing(own: sa.Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "there").write_text("mine")
    assert main(["backup", str(tmp_path / "there")]) == 1
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "there").read_text() == "mine"
    assert main(["backup", str(tmp_path / "nowhere" / "copy")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    own.dispose()


def test_of_what_is_no_database_nothing_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.db").write_text("something else")
    assert main(["backup", str(tmp_path / "copy"), "--database-url", f"sqlite:///{tmp_path / 'other.db'}"]) == 1
    assert capsys.readouterr().err == "The file in DATABASE_URL is not an SQLite database. Check its path.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["other.db"]
