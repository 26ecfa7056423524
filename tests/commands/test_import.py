"""`python -m analytics import`: transcripts, folders, tables and scores, each file by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.__main__ import main
from analytics.access.viewer import TRUSTED
from analytics.database.engine import create_engine_for
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews, users
from analytics.queries.tags import Tags, tags

TALK = "Ann Lee: Why a queue?\nBob Roy: It absorbs peaks.\nAnn Lee: And, {0}?\nBob Roy: That is all.\n"
SAID = ["--candidate", "Bob Roy", "--person", "bob@example.org", "--date", "2026-03-02"]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'own.db'}"


def rows(url: str, *columns: sa.ColumnElement[object]) -> list[tuple[object, ...]]:
    engine = create_engine_for(url)
    with engine.connect() as connection:
        found = connection.execute(sa.select(*columns).join_from(interviews, users).order_by(interviews.c.id)).all()
    engine.dispose()
    return [tuple(row) for row in found]


def test_a_folder_comes_in_file_by_file_and_once(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "talks"
    (folder / "below").mkdir(parents=True)
    (folder / "one.txt").write_text(TALK.format(1))
    (folder / "below" / "two.txt").write_text(TALK.format(2))
    (folder / "photo.png").write_bytes(b"\x89PNG and so on")
    (folder / "others.txt").write_text("Cy: Why?\nDee: So.\nCy: And?\nDee: No.\n")
    command = ["import", str(folder), *SAID, "--kind", "coding", "--database-url", url]
    assert main(command) == 1
    told = capsys.readouterr()
    assert told.out == "Interviews: 2 brought in, 0 were there already, 2 refused.\n"
    assert "photo.png: This is an image, not a transcript." in told.err
    assert "others.txt: Say who the candidate is: Cy, Dee." in told.err
    assert rows(url, interviews.c.title, interviews.c.turn_count) == [("two", 2), ("one", 2)]
    assert main(command) == 1
    assert capsys.readouterr().out == "Interviews: 0 brought in, 2 were there already, 2 refused.\n"
    engine = create_engine_for(url)
    with reading(engine) as db:
        assert tags(TRUSTED, db, [1, 2]) == dict.fromkeys([1, 2], Tags("coding"))
    engine.dispose()


def test_transcripts_are_not_guessed_about(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.txt").write_text(TALK.format(1))
    assert main(["import", str(tmp_path / "one.txt"), "--database-url", url]) == 1
    assert "Say --candidate, --person, --date" in capsys.readouterr().err
    wrong = ["--candidate", "Bob Roy", "--person", "b@example.org", "--date", "2026-03-02T10:00"]
    assert main(["import", str(tmp_path / "one.txt"), *wrong, "--database-url", url]) == 1
    assert "a time needs its zone" in capsys.readouterr().err
    assert not (tmp_path / "own.db").exists()


def test_how_a_transcript_is_read_can_be_said(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.txt").write_text(TALK.format(1))
    command = ["import", str(tmp_path / "one.txt"), *SAID, "--database-url", url, "--format"]
    assert main([*command, "subtitles"]) == 1
    assert "0 brought in" in capsys.readouterr().out
    assert main([*command, "text"]) == 0
    assert rows(url, interviews.c.title) == [("one",)]


def test_a_table_names_files_people_titles_and_dates(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.txt").write_text(TALK.format(number))
    table = tmp_path / "list.csv"
    table.write_text(
        "file;person;title;date;candidate;name\n"
        "1.txt;bob@example.org;First;2026-03-02;Bob Roy;Bob\n"
        "2.txt;ann@example.org;Second;2026-03-03T09:30:00+01:00;Ann Lee;Ann\n"
        "3.txt;ann@example.org;Third;2026-03-04;Ann Lee;Ann\n"
    )
    assert main(["import", str(table), "--database-url", url]) == 1
    told = capsys.readouterr()
    assert told.out == "Interviews: 2 brought in, 0 were there already, 1 refused.\n"
    assert "3.txt: It cannot be read" in told.err
    assert rows(url, interviews.c.title, users.c.full_name) == [("First", "Bob"), ("Second", "Ann")]
    table.write_text("file,person,title,date\n../secret.txt,bob@example.org,First,2026-03-02\n")
    assert main(["import", str(table), "--database-url", url]) == 1
    assert "does not lie beside the table" in capsys.readouterr().err


def test_scores_come_in_on_the_scale_that_is_named(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "scores.csv"
    table.write_text(
        "person,name,date,title,communication,technical,code_quality\n"
        'bob@example.org,Bob,2026-03-02,"Round 1, backend",4,3,\n'
        "bob@example.org,Bob,2026-03-09,Round 2,5,1,3\n"
    )
    command = ["import", str(table), "--database-url", url]
    assert main(command) == 1
    assert "Say what the scores lie between: --scale 0-1, 1-5, 0-10, percent." in capsys.readouterr().err
    assert main([*command, "--scale", "0-1"]) == 1
    told = capsys.readouterr().err
    assert "line 2, communication: 4 does not lie on the scale 0-1." in told
    assert not (tmp_path / "own.db").exists()
    assert main([*command, "--scale", "1-5"]) == 0
    assert main([*command, "--scale", "1-5"]) == 0
    assert "2 were there already" in capsys.readouterr().out
    found = [
        {name: value for name, value in row[0].items() if name.endswith(("_score", "_count"))}  # type: ignore[attr-defined]
        for row in rows(url, interviews.c.feedback)
    ]
    assert found == [
        {"communication_score": 0.75, "technical_score": 0.5, "code_submissions_count": 0},
        {"communication_score": 1.0, "technical_score": 0.0, "code_quality_score": 0.5, "code_submissions_count": 1},
    ]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("person,technical\nb@example.org,3\n", "a column is missing: title, date"),
        ("person,date,title,technical,mood\nb@example.org,2026-03-02,T,3,4\n", "no column is called mood"),
        ("person,date,title,technical\nb@example.org,soon,T,3\n", "line 2, date: write it as"),
        ("person,date,title,technical\nb@example.org,2026-03-02,T,three\n", "'three' is not a number"),
        ("person,date,title,technical\nb@example.org,2026-03-02,T,\n", "line 2, holds no score"),
        ("person,date,title,technical\n,2026-03-02,T,3\n", "line 2: person is empty"),
        ("person,date,title,technical\nb@example.org,2026-03-02,T,3,5\n", "line 2: there are more cells than columns"),
        (
            "person,date,title,technical,technical\nb@example.org,2026-03-02,T,3,5\n",
            "a column appears twice: technical",
        ),
        ("person,date,title,overall\nb@example.org,2026-03-02,T,3\n", "line 2, holds no score of a skill"),
        ("person,date,title,technical\n\n\nnobody,2026-03-02,T,3\n", "line 4, person.email"),
    ],
)
def test_what_is_wrong_with_scores_is_told_by_line(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str], table: str, sentence: str
) -> None:
    (tmp_path / "scores.csv").write_text(table)
    assert main(["import", str(tmp_path / "scores.csv"), "--scale", "1-5", "--database-url", url]) == 1
    assert sentence in capsys.readouterr().err


def test_a_folder_without_files_is_told(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "talks").mkdir()
    assert main(["import", str(tmp_path / "talks"), *SAID, "--database-url", url]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'talks'} holds no files.\n"


def test_a_difficulty_in_a_list_is_not_passed_over(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.txt").write_text(TALK.format(1))
    table = tmp_path / "list.csv"
    table.write_text("file,person,title,date,difficulty\n1.txt,bob@example.org,First,2026-03-02,hard\n")
    assert main(["import", str(table), "--database-url", url]) == 1
    assert "1.txt, difficulty: a whole number from 1 to 5" in capsys.readouterr().err


def test_a_list_without_a_file_is_told_by_line(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "list.csv"
    for row in ("bob@example.org,First,2026-03-02", "bob@example.org,First,2026-03-02,"):
        table.write_text(f"person,title,date,file\n{row}\n")
        assert main(["import", str(table), "--database-url", url]) == 1
        assert "line 2: file is empty" in capsys.readouterr().err


def test_a_file_that_is_somebody_elses_already_is_told(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = tmp_path / "one.txt"
    talk.write_text(TALK.format(1))
    command = ["import", str(talk), "--candidate", "Bob Roy", "--date", "2026-03-02", "--database-url", url, "--person"]
    assert main([*command, "bob@example.org"]) == 0
    assert main([*command, "BOB@example.org"]) == 0
    assert capsys.readouterr().err == ""
    assert main([*command, "rob@example.org"]) == 0
    assert "one.txt: look at this: It was added before, as an interview of bob@example.org" in capsys.readouterr().err


def test_a_moment_that_has_no_place_in_utc_is_told(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = '{"person": {"email": "a@example.org"}, "title": "T", "completed_at": "%s"}'
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        (tmp_path / "lines.jsonl").write_text(line % moment)
        assert main(["import", str(tmp_path / "lines.jsonl"), "--database-url", url]) == 1
        assert "line 1, completed_at: lies before the year 1" in capsys.readouterr().err
