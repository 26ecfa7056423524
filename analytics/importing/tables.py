"""Tables about people: scores without transcripts, and lists of transcript files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

from analytics.importing.errors import AddError
from analytics.importing.jsonl import MOST_PROBLEMS, ImportFileError
from analytics.skills import SKILL_KEYS
from analytics.transcripts.encodings import decode
from analytics.transcripts.model import TranscriptError

# What the scores of a file lie between; which of them it is, is said and never guessed.
SCALES: Final[Mapping[str, tuple[float, float]]] = {
    "0-1": (0, 1), "1-5": (1, 5), "0-10": (0, 10), "percent": (0, 100),
}  # fmt: skip
_SCORES: Final = (*SKILL_KEYS, "overall")
_SCORE_COLUMNS: Final = frozenset({"person", "name", "title", "date", "kind", "difficulty", *_SCORES})
_FILE_COLUMNS: Final = frozenset(
    {"file", "person", "name", "title", "date", "candidate", "kind", "difficulty", "job_description"}
)
_NEEDED: Final = ("person", "title", "date")
_MORE_CELLS: Final = "there are more cells than columns; where numbers have a comma, put semicolons between the cells"


def is_table_of_scores(data: bytes) -> bool:
    """Return whether a file is a table with a column of people and a column of scores."""
    header = _header(data)
    return "person" in header and not header.isdisjoint(_SCORES) and "file" not in header


def is_table_of_files(data: bytes) -> bool:
    """Return whether a file is a table with a column of files."""
    return {"file", "person"} <= _header(data)


def scores_as_lines(data: bytes, scale: str) -> bytes:
    """Convert a table of scores to lines of an import, keeping the line numbers.

    Raises `ImportFileError` with all that is wrong, and for a scale that is none.
    """
    if scale not in SCALES:
        raise ImportFileError(f"Say what the scores lie between: --scale {', '.join(SCALES)}.")
    problems: list[str] = []
    written = [b""]
    for number, row in _rows(data, _SCORE_COLUMNS, _NEEDED, problems):
        written += [b""] * (number - 1 - len(written))
        try:
            line = {
                "person": {"email": row["person"], **({"name": row["name"]} if row.get("name") else {})},
                "title": row["title"],
                "completed_at": moment(row["date"]).isoformat(),
                "feedback": _feedback(row, scale),
                **tags_of(row),
            }
            written.append(json.dumps(line).encode())
        except AddError as error:
            written.append(b"")
            problems.append(f"line {number}, {error}")
    if problems:
        more = [f"... and {len(problems) - MOST_PROBLEMS} more."] if len(problems) > MOST_PROBLEMS else []
        raise ImportFileError("\n".join(["Nothing was brought in:", *problems[:MOST_PROBLEMS], *more]))
    return b"\n".join(written)


def read_file_list(data: bytes) -> list[dict[str, str]]:
    """Read a list of transcripts, one per row; raises `ImportFileError` with all problems."""
    problems: list[str] = []
    rows = [row for _number, row in _rows(data, _FILE_COLUMNS, ("file", *_NEEDED), problems)]
    if problems:
        raise ImportFileError("\n".join(["Nothing was brought in:", *problems[:MOST_PROBLEMS]]))
    return rows


def moment(written: str) -> datetime:
    """Parse a date and time with its zone; a date alone is noon (UTC). Raises `AddError`."""
    text = written.strip()
    try:
        if len(text) <= len("2026-03-02"):
            return datetime.combine(date.fromisoformat(text), time(12), UTC)
        read = datetime.fromisoformat(text)
    except ValueError:
        raise AddError("date: write it as 2026-03-02 or 2026-03-02T10:00:00+01:00.") from None
    if read.tzinfo is None:
        raise AddError("date: a time needs its zone, such as 2026-03-02T10:00:00+01:00.")
    return read


def _feedback(row: Mapping[str, str], scale: str) -> dict[str, Any]:
    scores = {f"{key}_score": _score(key, row[key], scale) for key in _SCORES if row.get(key)}
    # The overall score alone would be shown nowhere.
    if not any(row.get(key) for key in SKILL_KEYS):
        raise AddError("holds no score of a skill.")
    # Somebody scored the code, so there was some.
    return scores | ({"code_submissions_count": 1} if row.get("code_quality") else {})


def _score(key: str, written: str, scale: str) -> float:
    lowest, highest = SCALES[scale]
    text = written.strip().removesuffix("%" if scale == "percent" else "").strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        raise AddError(f"{key}: {written!r} is not a number.") from None
    if not lowest <= value <= highest:
        raise AddError(f"{key}: {written} does not lie on the scale {scale}.")
    return round((value - lowest) / (highest - lowest), 6)


def tags_of(row: Mapping[str, str]) -> dict[str, Any]:
    """Read the kind and difficulty of a row, if given; raises `AddError`."""
    difficulty = row.get("difficulty", "")
    if difficulty and difficulty not in {"1", "2", "3", "4", "5"}:
        raise AddError("difficulty: a whole number from 1 to 5, or nothing.")
    tags = {"kind": row.get("kind") or None, "difficulty": int(difficulty) if difficulty else None}
    return {name: value for name, value in tags.items() if value is not None}


def _header(data: bytes) -> frozenset[str]:
    try:
        text, _encoding = decode(data[:4_000].rpartition(b"\n")[0] or data[:4_000])
    except TranscriptError:
        return frozenset()
    first = next((line.strip() for line in text.splitlines() if not _names_delimiter(line)), "")
    return frozenset(cell.strip().strip('"').lower() for cell in first.split(_delimiter(first)))


def _names_delimiter(line: str) -> bool:
    """Return whether a line is Excel's own, which says what stands between the cells."""
    return line.strip().lower().startswith("sep=")


def _delimiter(first: str) -> str:
    return max(",;\t", key=first.count)


def _rows(
    data: bytes, known: frozenset[str], needed: Sequence[str], problems: list[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Read the rows of a table with the number of the line each ends on; what is wrong is added to `problems`."""
    try:
        text, _encoding = decode(data)
    except TranscriptError as error:
        raise ImportFileError(str(error)) from None
    # Also with the line ends of an old Mac.
    lines = list(io.StringIO(text, newline=None))
    begins = next((place for place, line in enumerate(lines) if not _names_delimiter(line)), 0)
    reader = csv.reader(lines, delimiter=_delimiter(lines[begins] if lines else ""))
    try:
        for _ in range(begins):
            next(reader)
        names = [cell.strip().lower() for cell in next(reader, [])]
        # Columns that were emptied in a spreadsheet.
        while names and not names[-1]:
            names.pop()
        if unknown := [name for name in names if name not in known]:
            problems.append(f"line 1: no column is called {', '.join(unknown)}")
        if lacking := [name for name in needed if name not in names]:
            problems.append(f"line 1: a column is missing: {', '.join(lacking)}")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            problems.append(f"line 1: a column appears twice: {', '.join(twice)}")
        if problems:
            return
        for cells in reader:
            row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
            if any(cell.strip() for cell in cells[len(names) :]):
                problems.append(f"line {reader.line_num}: {_MORE_CELLS}")
                continue
            if not any(row.values()):
                continue
            if empty := [name for name in needed if not row.get(name)]:
                problems.append(f"line {reader.line_num}: {', '.join(empty)} is empty")
                continue
            yield reader.line_num, row
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}")
