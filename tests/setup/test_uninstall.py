"""Uninstall: nothing of ours is left, the platform goes on, and an interrupted one goes on too."""

from __future__ import annotations

import io
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.__main__ import main
from analytics.access import members
from analytics.access.viewer import TRUSTED, Role
from analytics.breakdown.versions import save
from analytics.breakdown.versions.shown import history, shown_breakdown
from analytics.database.errors import DatabaseError
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from analytics.settings import Settings
from analytics.setup import uninstall as uninstalling
from analytics.setup.install import list_missing, set_up
from analytics.setup.uninstall import uninstall
from tests.support.breakdowns import offline
from tests.support.databases import Database
from tests.support.jobs import working
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.score_rows import assert_exact, populate

_POSTGRESQL = """
SELECT 'schema', nspname, '' FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'
UNION ALL SELECT 'table', relname, relnamespace::regnamespace::text FROM pg_class
WHERE relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
UNION ALL SELECT 'trigger', tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, '' FROM pg_proc WHERE pronamespace::regnamespace::text LIKE 'skill%'
UNION ALL SELECT 'default', defaclacl::text, '' FROM pg_default_acl
"""


def things(database: Database) -> set[tuple[str, ...]]:
    """List everything that is in a database but its rows."""
    query = "SELECT type, name, tbl_name FROM sqlite_master" if database.dialect == "sqlite" else _POSTGRESQL
    with database.engine.connect() as connection:
        return {tuple(row) for row in connection.execute(sa.text(query))}


def job_files(database: Database) -> list[Path]:
    if database.dialect != "sqlite":
        return []
    path = Path(str(database.engine.url.database))
    return list(path.parent.glob(f"{path.name}-jobs*"))


def saved(database: Database, interview_id: int, *, write_back: bool = False) -> None:
    values = {"version_id": str(uuid.uuid4()), "by": "coach@example.org"}
    assert save.save(database.engine, interview_id, offline(), write_back=write_back, **values) is not None


def test_nothing_is_left_and_the_platform_goes_on(platform_database: Database) -> None:
    before = things(platform_database)
    populate(platform_database, 40)
    set_up(platform_database.engine)
    with working(platform_database):
        pass
    assert len(things(platform_database)) > len(before) + 20
    uninstall(platform_database.engine)
    assert things(platform_database) == before
    assert job_files(platform_database) == []
    with platform_database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(feedback=feedback(0.4)))
        connection.execute(sa.delete(interviews).where(interviews.c.id == 1))
    # Done again it does nothing; set up again, everything is there.
    uninstall(platform_database.engine)
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)


def test_kept_versions_are_shown_again_after_another_set_up(database: Database) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1), interview(2, feedback=feedback(0.5))])
    saved(database, 1)
    with writing(database.engine) as db:
        members.set_role(TRUSTED, db, "coach@example.org", Role.COACH, Settings())
    with reading(database.engine) as db:
        shown, versions = shown_breakdown(TRUSTED, db, 1), history(TRUSTED, db, 1)
    uninstall(database.engine, keep_versions=True)
    assert not {name for kind, name, _ in things(database) if kind in ("trigger", "function")}
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 2).values(feedback=feedback(0.9)))
    uninstall(database.engine, keep_versions=True)
    set_up(database.engine)
    assert list_missing(database.engine) == []
    with reading(database.engine) as db:
        assert shown_breakdown(TRUSTED, db, 1) == shown
        assert history(TRUSTED, db, 1) == versions
        assert members.list_members(TRUSTED, db) == []


@pytest.mark.parametrize("keep", [False, True])
def test_an_interrupted_one_goes_on(database: Database, monkeypatch: pytest.MonkeyPatch, keep: bool) -> None:
    populate(database, 10)
    saved(database, 1)
    step = "_drop_schema" if database.dialect == "postgresql" else "_job_files"

    def fail(*_arguments: object, **_names: object) -> None:
        raise sa.exc.OperationalError("", {}, OSError("the line is cut"))

    with monkeypatch.context() as patch:
        patch.setattr(uninstalling, step, fail)
        with pytest.raises(DatabaseError):
            uninstall(database.engine, keep_versions=keep)
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(feedback=feedback(0.4)))
    assert uninstalling.is_installed(database.engine) or database.dialect == "sqlite"
    uninstall(database.engine, keep_versions=keep)
    assert uninstalling.is_installed(database.engine) is keep
    set_up(database.engine)
    assert list_missing(database.engine) == []


def test_the_command_asks_and_says_what_stays(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1)])
    saved(database, 1, write_back=True)
    command = ["uninstall", "--database-url", database.url]
    before = things(database)
    for answer in ("", "no\n", "perhaps\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert main(command) == 1
        assert "Nothing was removed" in capsys.readouterr().err
        assert things(database) == before
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert main([*command, "--keep-versions"]) == 0
    written = capsys.readouterr().out
    assert "1 interviews show a breakdown of ours in InterviewLab's own feedback" in written
    assert "kept in " in written
    assert main([*command, "--yes"]) == 0
    assert "Skill analytics is removed." in capsys.readouterr().out
    assert main([*command, "--yes"]) == 0
    assert capsys.readouterr().out == "Skill analytics is not in this database.\n"
    with database.platform_engine.connect() as connection:
        stored = connection.execute(sa.select(interviews.c.feedback)).scalar_one()
    assert "skill_breakdown" in stored
