"""Reads JSON lines one by one and collects the problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pydantic import (
    ValidationError,
)

from analytics.importing.lines import Line

MOST_BYTES_OF_A_LINE: Final = 20_000_000
MOST_PROBLEMS: Final = 20
_BATCH: Final = 200


class ImportFileError(ValueError):
    """A file that cannot be imported; the message names each line and field, and nothing was written."""


def check(file: BinaryIO) -> int:
    """Check every line and count them; raises `ImportFileError` with all problems."""
    problems: list[str] = []
    seen = 0
    first_at: dict[str, int] = {}
    for number, line in lines(file, problems):
        seen += 1
        earlier = first_at.setdefault(line.fingerprint, number)
        if earlier != number:
            problems.append(f"line {number}: the same interview as line {earlier}")
    if problems:
        first_problems = problems[:MOST_PROBLEMS]
        more = [f"... and {len(problems) - MOST_PROBLEMS} more."] if len(problems) > MOST_PROBLEMS else []
        raise ImportFileError("\n".join(["Nothing was brought in:", *first_problems, *more]))
    if not seen:
        raise ImportFileError("Nothing was brought in: the file holds no interviews.")
    return seen


def lines(file: BinaryIO, problems: list[str] | None = None) -> Iterator[tuple[int, Line]]:
    """Yield the valid lines; problems with the others are appended to `problems`."""
    number = 0
    while written := file.readline(MOST_BYTES_OF_A_LINE + 1):
        number += 1
        whole = len(written) <= MOST_BYTES_OF_A_LINE
        text = written.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else written.strip()
        while not written.endswith(b"\n") and (rest := file.readline(MOST_BYTES_OF_A_LINE)):
            written = rest
        if not text:
            continue
        wrong: list[str]
        if not whole:
            wrong = [f"line {number}: longer than {MOST_BYTES_OF_A_LINE:,} bytes"]
        else:
            try:
                yield number, Line.model_validate_json(text)
                continue
            except ValidationError as error:
                wrong = [_problem(number, detail) for detail in error.errors(include_url=False, include_input=False)]
        if problems is None:
            raise ImportFileError("Nothing was brought in: the file changed while it was read.")
        problems += wrong


def _problem(number: int, detail: Any) -> str:
    named = [str(part) for part in detail["loc"] if part not in {"message", "turn", "checkpoint"}]
    field = f", {'.'.join(named)}" if named else ""
    text: str = detail["msg"].removeprefix("Value error, ")
    return f"line {number}{field}: {text[:1].lower()}{text[1:]}"


def batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Group lines into the batches that are written together."""
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
