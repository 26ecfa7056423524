"""The command line audits the judge: what it found is printed and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analytics.__main__ import main
from analytics.access.viewer import TRUSTED
from analytics.agreement import audits
from analytics.database.sessions import reading
from tests.support.databases import Database
from tests.support.platform_rows import add, interview, person


@pytest.fixture(autouse=True)
def environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_audit_judge_prints_and_keeps_what_it_found(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit-judge"]) == 0
    printed = capsys.readouterr()
    assert "hedged" in printed.out
    assert "No bias found: no shift is larger than chance.\n" in printed.out
    assert "simple rules are audited" in printed.err
    assert main(["audit-judge", "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert {shift["variant"] for shift in read["shifts"]} >= {"hedged", "indian", "name"}
    with reading(database.engine) as db:
        (kept,) = audits.latest(TRUSTED, db)
    assert json.loads(json.dumps(audits.as_json(kept.found))) == read


def test_a_dry_run_of_an_audit_asks_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_MODEL", "nowhere")
    assert main(["audit-judge", "--dry-run", "--repeats", "1"]) == 0
    assert "108 breakdowns of short texts, about " in capsys.readouterr().err
    with reading(database.engine) as db:
        assert audits.latest(TRUSTED, db) == []


def test_labels_come_in_from_a_file_or_say_what_is_wrong(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1)])
    table = tmp_path / "levels.csv"
    table.write_text("id,skill,level\n1,technical,4\n")
    assert main(["labels", str(table)]) == 0
    assert capsys.readouterr().out == "Brought in 1 level of 1 interview.\n"
    table.write_text("id,skill,level\n2,technical,4\n")
    assert main(["labels", str(table)]) == 1
    assert "Line 2: there is no completed interview 2" in capsys.readouterr().err
    assert main(["labels", str(tmp_path / "nowhere.csv")]) == 1
    assert "nowhere.csv cannot be read" in capsys.readouterr().err
