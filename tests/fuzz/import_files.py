"""What must hold of files that are brought in from the command line: every line checked, or all refused by name."""

from __future__ import annotations

import io
import json
from contextlib import suppress

from analytics.importing import tables
from analytics.importing.errors import AddError
from analytics.importing.jsonl import ImportFileError, check, lines


def json_lines(text: str) -> None:
    """Whatever lines are brought in: all of them become rows, or the refusal begins with what became of them."""
    data = text.encode(errors="ignore")
    if _is_taken(data):
        for _number, line in lines(io.BytesIO(data)):
            json.dumps(line.row(), default=str).encode()


def score_table(text: str) -> None:
    """Whatever table of scores: what passes lies between 0 and 1, and can be brought in as lines."""
    data = text.encode(errors="ignore")
    tables.is_table_of_scores(data)
    for scale in tables.SCALES:
        try:
            written = tables.scores_as_lines(data, scale)
        except ImportFileError as error:
            _names_what_is_wrong(error)
            continue
        for line in filter(None, written.split(b"\n")):
            scores = [value for name, value in json.loads(line)["feedback"].items() if name.endswith("_score")]
            assert scores
            assert all(0 <= score <= 1 for score in scores)
        _is_taken(written)


def file_table(text: str) -> None:
    """Whatever table of files: each row says whose the file is, and its date and tags are read or refused."""
    data = text.encode(errors="ignore")
    tables.is_table_of_files(data)
    try:
        rows = tables.read_file_list(data)
    except ImportFileError as error:
        _names_what_is_wrong(error)
        return
    for row in rows:
        assert row["person"].strip()
        assert row["title"].strip()
        with suppress(AddError):
            assert tables.moment(row["date"]).tzinfo is not None
            tables.tags_of(row)


def _is_taken(data: bytes) -> bool:
    try:
        assert check(io.BytesIO(data)) > 0
    except ImportFileError as error:
        _names_what_is_wrong(error)
        return False
    return True


def _names_what_is_wrong(error: ImportFileError) -> None:
    assert str(error).strip()
    assert len(str(error).split("\n")) <= 22
