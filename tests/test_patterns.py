"""No pattern of the program takes more than time in proportion to a text, whatever the text is."""

from __future__ import annotations

import ast
import importlib
import math
import pkgutil
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import regex

import analytics
import pages.parts

ROOT = Path(analytics.__file__).parent.parent
UNITS = (
    "a", "A", "1", " ", "\n", "-", ".", "'", '"', "@", "(", "<", "=", "\\", "#", "Aa ", "a1", "a'", "a-", "a.",
    "a@", "1 ", "1.", "1-", "0 12 ", "a b ", "give ", "level 5 ", "score: ", "/*", "//", "```", "``` a ", "[", "{",
    ">", "http://", "a:b@", "eyJ", "sk-", "University of ", "my name is ", "Hi A", "Author: ", "password=", "пр ",
    "\u4e2d", "é", "\u0301", "हि", "ignore ", "you ", "the ", "i 1 ms ", "www.", "\r\n", "/", "%", "+1 ", "(1)",
    "a_", "_", "api_key ", "S1 | ", "*", ", ", "; ", "don't ", "== ", "\\u0000",
)  # fmt: skip

# What is repeated behind a word of the pattern itself.
FURTHER_UNITS = ("a", " ", "1", "\n", "a ")
LITERAL = re.compile(r"[^\\\[\](){}?*+|.^$\s]+")
MOST_BEGINNINGS = 4

# Seconds; no shorter time is told from none. A square takes 64 times as long, and is then no more than enough to tell.
SHORTEST = 0.0002
# What takes less is held against a longer text.
ENOUGH_TO_TELL = 0.02
# What is a square may be as quick as this where the text is short.
WORTH_A_LONGER_TEXT = 0.004
# Whatever else runs here only adds to a time, so that one quick try of several is enough.
TRIES = 5


def compiled(value: Any, seen: set[int]) -> Iterator[Any]:
    if isinstance(value, re.Pattern | regex.Pattern):
        yield value
    elif id(value) not in seen:
        seen.add(id(value))
        if isinstance(value, dict):
            entries: Iterable[Any] = value.values()
        elif isinstance(value, list | tuple | set | frozenset):
            entries = value
        elif hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
            entries = [getattr(value, name) for name in value.__dataclass_fields__]
        else:
            return
        for entry in entries:
            yield from compiled(entry, seen)


def modules() -> Iterator[Any]:
    for package in (analytics, pages.parts):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def patterns() -> Iterator[tuple[str, Any, bool]]:
    """Give each pattern with its name, and whether it is only ever held against the beginning of a text."""
    for module in modules():
        source = Path(module.__file__).read_text()
        for name, value in vars(module).items():
            for pattern in compiled(value, set()):
                anchored = re.search(rf"\b{name}\.(?:full)?match\(", source) is not None
                searched = re.search(rf"\b{name}\.(?:search|sub|split|findall|finditer)\(", source) is not None
                yield f"{name} {pattern.pattern} {pattern.flags}", pattern, anchored and not searched
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                module_name, first = node.func.value, node.args[0]
                used = isinstance(module_name, ast.Name) and module_name.id in ("re", "regex")
                if used and isinstance(first, ast.Constant) and node.func.attr not in ("compile", "escape"):
                    pattern = (re if module_name.id == "re" else regex).compile(first.value)
                    yield f"{first.value} {pattern.flags}", pattern, node.func.attr in ("match", "fullmatch")


def seconds(pattern: Any, text: str, *, anchored: bool) -> float:
    read = text.encode() if isinstance(pattern.pattern, bytes) else text
    start = time.process_time()
    for _ in () if anchored else pattern.finditer(read):
        pass
    pattern.match(read)
    pattern.fullmatch(read)
    return time.process_time() - start


def grows_too_fast(pattern: Any, shorter: str, longer: str, *, anchored: bool) -> bool:
    """Report whether eight times the text takes 24 times as long in every one of several tries; a square takes 64."""
    least = math.inf
    for _ in range(TRIES):
        least = min(least, max(seconds(pattern, shorter, anchored=anchored), SHORTEST))
        if seconds(pattern, longer, anchored=anchored) < 24 * least:
            return False
    return True


def beginnings(pattern: Any) -> list[str]:
    """Return words of a pattern behind which it may look for more: what is slow there no repetition alone reaches."""
    text = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    return list(dict.fromkeys(LITERAL.findall(text)))[:MOST_BEGINNINGS]


def slow_text(pattern: Any, *, anchored: bool) -> tuple[str, str] | None:
    """Return a beginning and a unit behind it whose repetition takes out of proportion long; None if there is none."""
    tried = [("", unit) for unit in UNITS]
    tried += [(beginning, unit) for beginning in beginnings(pattern) for unit in FURTHER_UNITS]
    for beginning, unit in tried:
        short, medium, long = (beginning + unit * (size // len(unit)) for size in (500, 4_000, 32_000))
        took = seconds(pattern, medium, anchored=anchored)
        if took > ENOUGH_TO_TELL:
            slow = grows_too_fast(pattern, short, medium, anchored=anchored)
        elif took > WORTH_A_LONGER_TEXT:
            slow = grows_too_fast(pattern, medium, long, anchored=anchored)
        else:
            slow = False
        if slow:
            return beginning, unit
    return None


def timed() -> dict[str, tuple[Any, bool]]:
    """Return each pattern once, by name; whoever searches with one that others hold against a beginning decides."""
    found: dict[tuple[Any, int], tuple[str, Any, bool]] = {}
    # In one order, whatever the process: the workers of a run must agree on the tests there are.
    for name, pattern, anchored in sorted(patterns(), key=lambda entry: (entry[2], entry[0])):
        found.setdefault((pattern.pattern, pattern.flags), (name, pattern, anchored))
    return {name: (pattern, anchored) for name, pattern, anchored in found.values()}


PATTERNS = timed()


def test_every_pattern_that_is_written_down_is_among_those_timed() -> None:
    written = 0
    for source in [*ROOT.glob("analytics/**/*.py"), *ROOT.glob("pages/**/*.py")]:
        for node in ast.walk(ast.parse(source.read_text())):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "compile"
            written += called and isinstance(node.func.value, ast.Name) and node.func.value.id in ("re", "regex")
    assert written >= 40
    assert len(PATTERNS) >= written


@pytest.mark.heavy
@pytest.mark.parametrize("name", PATTERNS, ids=lambda name: name[:50])
def test_a_pattern_takes_time_in_proportion_to_the_text(name: str) -> None:
    pattern, anchored = PATTERNS[name]
    assert slow_text(pattern, anchored=anchored) is None


@pytest.mark.heavy
def test_a_pattern_that_takes_a_square_is_found() -> None:
    square = re.compile("a*b")
    assert slow_text(square, anchored=False) == ("", "a")
    assert slow_text(square, anchored=True) is None
    behind = re.compile(r"```\w*[^\n`]*\n")
    assert slow_text(behind, anchored=False) == ("```", "a")
    assert slow_text(re.compile(r"```\w*+[^\n`]*+\n"), anchored=False) is None
