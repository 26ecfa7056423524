"""The rules of the house that a program can check: where tests stand, how large things may be, what may not grow."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import grimp
import pytest

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
# Folders of tests that show something across the tree.
ACROSS = {"browser", "faults", "fixtures", "fuzz", "model", "mutation", "support"}

LINES_OF_A_FILE = 300
LINES_OF_A_TEST_FILE = 400
LINES_OF_A_FUNCTION = 60
LINES_OF_A_CLASS = 150
# Those that are not keyword-only.
PARAMETERS = 5
# What is larger, and why.
LARGER_FILES = {
    "benchmarks/multi_instance.py": "a program of its own, run by hand",
    "tests/faults/test_disk_full.py": "one disk for all of it",
    "tests/importing/test_importing.py": "one line at a time, then whole files",
    "tests/scores/test_triggers.py": "both databases, side by side",
}
LARGER_DEFINITIONS = {
    "analytics/breakdown/jobs/worker.py JobWorker": "one life, from start to stop",
    "analytics/charts/comparison.py comparison": "one figure",
    "analytics/charts/radar.py _radar": "one figure",
    "analytics/database/migrations/versions/0001_our_tables.py upgrade": "a migration is never changed",
    "analytics/trends/analysis.py analyse": "one method, read from top to bottom",
    "benchmarks/multi_instance.py measure": "a program of its own, run by hand",
    "tests/browser/test_coach_journey.py test_roster_person_point_interview_back_compare": "one way through the pages",
    "tests/support/model_server.py ModelServer": "a server with all that can go wrong",
    "tests/support/model_server.py _handler": "a server with all that can go wrong",
}
MORE_PARAMETERS = {
    "analytics/api/breakdown_routes.py regenerate": "FastAPI hands them in by name",
    "analytics/api/report_routes.py candidate_report": "FastAPI hands them in by name",
    "analytics/api/routes.py candidates": "FastAPI hands them in by name",
    "analytics/breakdown/versions/append.py show": "what is shown, by whom and when",
    "analytics/observability/metrics.py begin": "SQLAlchemy calls it",
    "analytics/observability/metrics.py end": "SQLAlchemy calls it",
    "analytics/views/report.py _line": "one line of a report",
    "benchmarks/candidate.py note": "SQLAlchemy calls it",
    "benchmarks/multi_instance.py visit": "a program of its own, run by hand",
}
# Questions about the dialect outside the three places that know dialects; the number may only fall.
DIALECT_QUESTIONS = 18


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in path.parts)


ALL = [ROOT / "app.py", *sources("analytics", "pages", "benchmarks", "tests")]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class Definition(NamedTuple):
    """A class or function; the trees of all files at once would take long to keep."""

    name: str
    is_class: bool
    lines: int
    positional: int


@cache
def definitions(path: Path) -> list[Definition]:
    return [
        Definition(
            f"{name_of(path)} {node.name}",
            isinstance(node, ast.ClassDef),
            (node.end_lineno or 0) - node.lineno + 1,
            0 if isinstance(node, ast.ClassDef) else positional(node),
        )
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]


def positional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_no_file_is_too_long() -> None:
    def most(path: Path) -> int:
        return LINES_OF_A_TEST_FILE if path.is_relative_to(TESTS) else LINES_OF_A_FILE

    longer = {name_of(path) for path in ALL if len(path.read_text().splitlines()) > most(path)}
    assert longer - LARGER_FILES.keys() == set()


def test_no_definition_is_too_long() -> None:
    longer = {
        one.name
        for path in ALL
        for one in definitions(path)
        if one.lines > (LINES_OF_A_CLASS if one.is_class else LINES_OF_A_FUNCTION)
    }
    assert longer - LARGER_DEFINITIONS.keys() == set()


def test_no_function_takes_too_many_parameters_by_position() -> None:
    # pytest hands its own in by name.
    more = {
        one.name
        for path in ALL
        if not path.is_relative_to(TESTS)
        for one in definitions(path)
        if one.positional > PARAMETERS
    }
    assert more - MORE_PARAMETERS.keys() == set()


@pytest.mark.parametrize("exceptions", [LARGER_FILES, LARGER_DEFINITIONS, MORE_PARAMETERS], ids=["f", "d", "p"])
def test_every_exception_is_there_and_has_a_reason(exceptions: dict[str, str]) -> None:
    known = {name_of(path) for path in ALL} | {one.name for path in ALL for one in definitions(path)}
    assert exceptions.keys() - known == set()
    assert all(exceptions.values())


def test_modules_import_each_other_in_no_circle() -> None:
    graph = grimp.build_graph("analytics", "pages", exclude_type_checking_imports=True)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(list(graphlib.TopologicalSorter(imported).static_order())) == len(imported) > 100


def test_questions_about_the_dialect_only_become_fewer() -> None:
    knowing = tuple(ROOT / "analytics" / name for name in ("scores", "setup", "database"))
    asked = [
        f"{name_of(path)}: {line.strip()}"
        for path in (ROOT / "app.py", *sources("analytics", "pages"))
        if not any(path.is_relative_to(folder) for folder in knowing)
        for line in path.read_text().splitlines()
        if re.search(r"\bdialect\.name\b", line)
    ]
    assert len(asked) <= DIALECT_QUESTIONS, asked


def test_no_test_imports_from_a_test() -> None:
    borrowed = re.compile(r"^\s*(?:from|import) tests\.(?:[\w.]*\.)?(?:test_\w+|conftest)\b", re.MULTILINE)
    assert [name_of(path) for path in sources("tests", "benchmarks") if borrowed.search(path.read_text())] == []


def test_tests_stand_where_the_code_stands() -> None:
    rooms = {path.parent.relative_to(TESTS) for path in sources("tests") if path.name.startswith("test_")}
    missing = [
        room.as_posix()
        for room in rooms
        if room.parts[:1] not in [(name,) for name in ACROSS]
        and not (ROOT / "analytics" / room).is_dir()
        and not (ROOT / room).is_dir()
    ]
    assert missing == []
    # Every test stands in a file that pytest looks into.
    stray = [
        one.name
        for path in sources("tests")
        if not path.name.startswith("test_")
        for one in definitions(path)
        if one.name.split()[1].startswith("test_")
    ]
    assert stray == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in sources("tests")}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
