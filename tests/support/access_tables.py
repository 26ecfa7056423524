"""The tables of docs/access.md, which tests ask for cell by cell."""

from __future__ import annotations

from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
EVERYBODY = ("nobody", "interviewee", "other interviewee", "coach", "other coach", "admin", "deactivated")


def rows(heading: str) -> dict[str, dict[str, str]]:
    """Read one of the document's tables: a row for each page or route, a cell for each person."""
    lines = DOCUMENT.read_text().splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:]]
    names = split[0][1:]
    body = split[2 : next((place for place, row in enumerate(split) if len(row) < 2), None)]
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in body}
