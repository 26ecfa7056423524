"""Size, complexity and comments of submitted code, measured by lizard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import lizard

from analytics.breakdown.reading.transcript import Submission

# The file endings by which lizard knows a language.
_ENDINGS: Final[Mapping[str, str]] = {
    "python": "py",
    "python3": "py",
    "java": "java",
    "javascript": "js",
    "js": "js",
    "typescript": "ts",
    "ts": "ts",
    "c": "c",
    "c++": "cpp",
    "cpp": "cpp",
    "c#": "cs",
    "csharp": "cs",
    "go": "go",
    "golang": "go",
    "rust": "rs",
    "ruby": "rb",
    "php": "php",
    "swift": "swift",
    "kotlin": "kt",
    "scala": "scala",
    "lua": "lua",
    "r": "r",
    "perl": "pl",
}
# Beyond this, measuring takes longer than anyone waits (about 1 s per 500,000 characters).
_LARGEST: Final = 500_000


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its first and last line from 1, lines of code, cyclomatic complexity and parameters."""

    name: str
    first: int
    last: int
    lines: int
    complexity: int
    parameters: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """The number of lines that hold code, and the functions in order."""

    lines: int
    functions: tuple[Function, ...]


def measure(submission: Submission) -> Metrics | None:
    """Measure a submission; None if lizard does not read its language, or the code cannot be measured."""
    ending = _ENDINGS.get(submission.language.strip().lower())
    if ending is None or len(submission.code) > _LARGEST:
        return None
    try:
        analysis = lizard.analyze_file.analyze_source_code(f"submission.{ending}", submission.code)
    except Exception:  # whatever a parser makes of text that may be no code at all
        return None
    functions = tuple(
        Function(
            name=function.name,
            first=function.start_line,
            last=min(function.end_line, len(submission.lines)),
            lines=function.nloc,
            complexity=function.cyclomatic_complexity,
            parameters=len(function.full_parameters),
        )
        for function in analysis.function_list
        if 1 <= function.start_line <= min(function.end_line, len(submission.lines))
    )
    return Metrics(lines=analysis.nloc, functions=functions)
