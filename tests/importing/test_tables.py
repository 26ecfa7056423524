"""Tables as spreadsheets save them: what Excel adds is no column, and what is no column is still refused."""

from __future__ import annotations

import json

import pytest

from analytics.importing.jsonl import ImportFileError
from analytics.importing.tables import is_table_of_files, is_table_of_scores, read_file_list, scores_as_lines

SCORES = "person;title;date;technical\nada@example.org;First;2026-03-02;0,7\n"


@pytest.mark.parametrize(
    "written",
    [
        SCORES,
        f"sep=;\n{SCORES}",
        SCORES.replace("\n", "\r"),
        f"sep=;\n{SCORES}".replace("\n", "\r\n"),
        SCORES.replace("technical\n", "technical;;\n").replace("0,7\n", "0,7;;\n"),
    ],
)
def test_what_spreadsheets_add_to_a_table_of_scores_is_no_column(written: str) -> None:
    data = written.encode("utf-8-sig")
    assert is_table_of_scores(data)
    (line,) = [json.loads(line) for line in scores_as_lines(data, "0-1").split(b"\n") if line]
    assert (line["title"], line["feedback"]) == ("First", {"technical_score": 0.7})


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    with pytest.raises(ImportFileError, match="line 3, technical"):
        scores_as_lines(f"sep=;\n{SCORES}".replace("0,7", "much").encode(), "0-1")
    with pytest.raises(ImportFileError, match="no column is called colour"):
        scores_as_lines(SCORES.replace("technical", "colour").encode(), "0-1")


def test_a_list_of_files_with_empty_columns_is_read() -> None:
    data = b"sep=,\nfile,person,title,date,,\ntalk.vtt,ada@example.org,First,2026-03-02,,\n"
    assert is_table_of_files(data)
    assert [row["file"] for row in read_file_list(data)] == ["talk.vtt"]
