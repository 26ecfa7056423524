"""`python -m analytics`: what each command does, prints and returns."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from analytics.__main__ import main
from analytics.access.viewer import TRUSTED
from analytics.commands import COMMANDS, common
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError
from analytics.database.sessions import reading
from analytics.demo import load, rows, stories
from analytics.demo.load import load_demo, load_synthetic
from analytics.interviewlab.tables import create_platform, interviews, users
from analytics.roster.page import page
from analytics.setup.install import list_missing, set_up
from tests.support.databases import Database, Databases
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.score_rows import assert_exact

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty(databases: Databases) -> Iterator[tuple[str, Engine]]:
    """The address of an empty database, for the role that owns it, and an engine for looking."""
    with databases.empty() as database:
        engine = create_engine_for(database.platform_url)
        yield database.platform_url, engine
        engine.dispose()


def rows_of(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            table.name: connection.execute(sa.select(table).order_by(table.c.id)).all() for table in (users, interviews)
        }


def test_set_up_and_its_check(platform_database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    url = ["--database-url", platform_database.url]
    assert main(["setup", "--check", *url]) == 1
    assert capsys.readouterr().out.startswith("Tables are missing: ")
    # The check itself has changed nothing.
    assert main(["setup", "--check", *url]) == 1
    capsys.readouterr()
    assert main(["setup", *url]) == 0
    assert capsys.readouterr().out == "Skill analytics is set up.\n"
    assert main(["setup", "--check", *url]) == 0
    assert capsys.readouterr().out == "Nothing is missing.\n"


def test_an_empty_database_gets_the_platforms_tables_when_asked_to(
    empty: tuple[str, Engine], capsys: pytest.CaptureFixture[str]
) -> None:
    url, engine = empty
    assert main(["setup", "--create", "--database-url", url]) == 0
    assert main(["setup", "--check", "--database-url", url]) == 0
    assert capsys.readouterr().out.endswith("Nothing is missing.\n")
    with engine.begin() as connection:
        connection.execute(sa.insert(users), person(1))
    assert main(["setup", "--create", "--database-url", url]) == 0
    assert len(rows_of(engine)["users"]) == 1, "a second run made the tables again"


def test_a_failing_command_says_one_sentence_and_returns_one(
    empty: tuple[str, Engine], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["setup", "--database-url", empty[0]]) == 1
    told = capsys.readouterr()
    absent = "DATABASE_URL names a database file that does not exist"
    assert told.err.startswith(absent if "sqlite" in empty[0] else "This database has no InterviewLab tables")
    assert (told.out, "Traceback" in told.err) == ("", False)
    monkeypatch.setenv("SESSION_HOURS", "soon")
    assert main(["setup", "--database-url", empty[0]]) == 1
    assert "SESSION_HOURS" in capsys.readouterr().err


def test_where_nothing_was_named_and_nothing_was_started_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert main(["regenerate", "--missing", "--dry-run"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("There is no data here yet. Start the program once")
    assert "Check its path" not in told
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_command_says_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(COMMANDS, "setup", COMMANDS["setup"]._replace(run=interrupt))
    assert main(["setup"]) == 130
    assert "goes on from here" in capsys.readouterr().err


def failing(error: Exception) -> Callable[..., int]:
    def run(*_arguments: object) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            PermissionError(13, "Permission denied", "talks/a.vtt"),
            "talks/a.vtt cannot be read or written: Permission denied.",
        ),
        (DBAPIError("SELECT 1", {}, Exception("secret words")), "The database refused a statement of this program."),
    ],
)
def test_what_no_command_expects_is_one_sentence_too(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(COMMANDS, "setup", COMMANDS["setup"]._replace(run=failing(error)))
    assert main(["setup"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(told)
    assert ("Traceback" in said, "secret words" in said) == (False, False)


def test_a_reader_who_has_seen_enough_is_no_failure_to_explain(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'own.db'}"
    assert main(["demo", "--people", "1", "--interviews", "200", "--database-url", url]) == 0
    command = [sys.executable, "-m", "analytics", "export", "--user", "1", "--database-url", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as export:
        assert export.stdout is not None
        assert export.stderr is not None
        export.stdout.read(1)
        export.stdout.close()
        assert export.stderr.read() == b""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["demo", "--people", "0"],
        ["demo", "--people", "-1"],
        ["demo", "--people", "1.5"],
        ["demo", "--interviews", "1000001"],
        ["demo", "--interviews", "many"],
        ["import"],
        ["export", "--user", "9" * 30],
        ["forget", "--user", "-1"],
        ["regenerate", "--interview", "2147483648"],
    ],
)
def test_a_wrong_call_returns_two_and_shows_how(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m analytics" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: python -m analytics {name}")
    # Names keep their capitals, but for an option and its choices.
    assert not {"interviewlab", "sqlite", "json", "csv"} & set(re.findall(r"(?<!--)(?<![{,])\b\w+", text))


def test_the_program_runs_as_a_program(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DATA_DIR": str(tmp_path / "data")}
    for command, said in ((["demo"], "The demo people are there."), (["setup", "--check"], "Nothing is missing.")):
        done = subprocess.run(
            [sys.executable, "-m", "analytics", *command],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stdout.strip(), done.stderr) == (0, said, "")


def test_the_demo_people_come_once(empty: tuple[str, Engine]) -> None:
    url, engine = empty
    assert main(["demo", "--database-url", url]) == 0
    before = rows_of(engine)
    assert len(before["users"]) == len(stories.STORIES)
    assert len(before["interviews"]) == len(rows.interviews())
    assert_exact(engine)
    assert main(["demo", "--database-url", url]) == 0
    assert rows_of(engine) == before
    # The next row of the platform's gets the next number.
    new = {key: value for key, value in person(0).items() if key != "id"}
    with engine.begin() as connection:
        number = connection.execute(sa.insert(users).returning(users.c.id), [new]).scalar()
    assert number == len(stories.STORIES) + 1


def test_other_peoples_data_is_never_mixed_with_the_demo(
    platform_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    add(platform_database.platform_engine, people=[person(1)], rows=[interview(1, feedback=feedback(0.5))])
    engine = create_engine_for(platform_database.platform_url)
    before = rows_of(engine)
    for arguments in ([], ["--people", "3"]):
        assert main(["demo", "--database-url", platform_database.platform_url, *arguments]) == 1
        assert "only go into an empty one" in capsys.readouterr().err
    assert rows_of(engine) == before
    engine.dispose()


def test_an_interrupted_demo_leaves_nothing(empty: tuple[str, Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    _, engine = empty
    with monkeypatch.context() as patch:
        patch.setattr(load.demo_rows, "interviews", lambda: [interview(1, user_id=999, title=None)])
        with pytest.raises(DatabaseError):
            load_demo(engine)
    with engine.connect() as connection:
        assert not sa.inspect(connection).has_table("users")
    load_demo(engine)
    assert list_missing(engine) == []


def test_any_number_of_people(empty: tuple[str, Engine], capsys: pytest.CaptureFixture[str]) -> None:
    url, engine = empty
    assert (
        main(["demo", "--database-url", url, "--people", "30", "--interviews", "400", "--transcript-bytes", "500"]) == 0
    )
    assert capsys.readouterr().out == "30 people with 400 interviews are there.\n"
    held = rows_of(engine)
    assert (len(held["users"]), len(held["interviews"])) == (30, 400)
    assert_exact(engine)
    with reading(engine) as db:
        assert page(TRUSTED, db).total == 30
    transcripts = [len(json.dumps(row.conversation_history)) for row in held["interviews"]]
    assert 200 < sum(transcripts) / len(transcripts) < 2_000
    with engine.begin() as connection:
        new = {key: value for key, value in interview(0, 1).items() if key != "id"}
        assert connection.execute(sa.insert(interviews).returning(interviews.c.id), [new]).scalar() == 401


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--people", "3"], "3 people with 30 interviews"), (["--interviews", "45"], "4 people with 45 interviews")],
)
def test_one_number_is_enough(
    empty: tuple[str, Engine], capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["demo", "--database-url", empty[0], *arguments]) == 0
    assert said in capsys.readouterr().out


def test_filling_a_database_that_was_set_up_before_is_followed_by_the_triggers(empty: tuple[str, Engine]) -> None:
    _, engine = empty
    with engine.begin() as connection:
        create_platform(connection)
    set_up(engine)
    load_synthetic(engine, 5, 60)
    assert_exact(engine)


def test_an_import_is_a_command(empty: tuple[str, Engine], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url, engine = empty
    file = tmp_path / "interviews.jsonl"
    one = {"person": {"email": "a@example.org"}, "title": "One", "completed_at": "2026-01-01T10:00:00Z"}
    file.write_text(json.dumps(one))
    assert main(["import", str(file), "--database-url", url]) == 0
    assert capsys.readouterr().out == (
        "Interviews: 1 brought in, 0 brought up to date, 0 were there already. New people: 1.\n"
    )
    assert_exact(engine)
    file.write_text(json.dumps(one | {"title": ""}))
    assert main(["import", str(file), "--database-url", url]) == 1
    assert "line 1, title:" in capsys.readouterr().err


def test_progress_is_shown_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    common.progress_bar("skill_scores")(10, 10)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    show = common.progress_bar("skill_scores")
    show(5, 10)
    show(10, 10)
    told = capsys.readouterr().err
    assert "Skill scores" in told
    assert "10/10" in told


def test_what_a_command_writes_is_for_its_owner_only(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "analytics", "demo", "--people", "2", "--interviews", "2"]
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")}
    wide = lambda: os.umask(0o022)  # noqa: E731 - as most shells have it
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=100, preexec_fn=wide)
    made = [path for path in (tmp_path / "data").iterdir() if path.is_file()]
    assert made
    assert [path for path in made if path.stat().st_mode & 0o077] == []
