"""The rubric, read from TOML: what each skill means, its levels 1 to 5, and what a post expects."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from analytics.skills import POSTS, SKILL_KEYS

LEVELS: Final = (1, 2, 3, 4, 5)
STANDARD: Final = Path(__file__).with_name("rubric.toml")
# The fingerprints of the program's own rubrics before the present one: a job begun with one of them goes on.
FORMER: Final = frozenset({"48ff9ea4d9dd1af6dbe7caf58865bc25a520737b1b2e4054dd7421fa9d7e25a5"})
_MOST_BYTES: Final = 100_000
_LONGEST: Final = 1_500
# From the clearest word on: a senior lead is a lead, and "junior" beside "senior engineers" is found in the title.
_POST_WORDS: Final = (
    ("intern", r"\bintern(?:ship)?\b|\bworking student\b|\btrainee\b|\bapprentice\b"),
    ("junior", r"\bjunior\b|\bjr\b|\bgraduate\b|\bentry[- ]level\b|\bnew grad\b"),
    ("lead", r"\blead\b|\bprincipal\b|\bstaff (?:software |data |platform )?engineer\b|\bhead of\b|\bmanager\b"),
    ("senior", r"\bsenior\b|\bsr\b|\bexperienced\b"),
)


@dataclass(frozen=True, slots=True)
class Rubric:
    """What counts for a skill and what does not, with an anchor for each level from 1 to 5."""

    looks_at: str
    leaves_out: str
    anchors: tuple[str, str, str, str, str]

    def anchor(self, level: float) -> str:
        """Return the first sentence of the anchor nearest to a level, which may lie between two."""
        return summary(self.anchors[min(max(round(level), 1), 5) - 1])


@dataclass(frozen=True, slots=True)
class RubricSet:
    """The rubrics of all skills by key, and the expectations of each post."""

    skills: Mapping[str, Rubric]
    posts: Mapping[str, str]

    @property
    def hash(self) -> str:
        """Return its fingerprint, to tell whether a stored version used this rubric."""
        text = json.dumps(
            {"skills": {key: asdict(rubric) for key, rubric in self.skills.items()}, "posts": dict(self.posts)},
            sort_keys=True,
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def continues(self, fingerprint: str) -> bool:
        """Return whether this rubric is the one of that fingerprint, or the program's own that came after it."""
        return fingerprint == self.hash or (fingerprint in FORMER and self.hash == rubric_hash())


class RubricError(ValueError):
    """A rubric file that cannot be used; the message names the line and the fault."""


def summary(anchor: str) -> str:
    """Return the first sentence of an anchor."""
    return re.split(r"(?<=[.!?])\s", anchor, maxsplit=1)[0]


@cache
def read_rubric(path: str | None = None) -> RubricSet:
    """Read a rubric file, by default the program's own; raises RubricError for an invalid one."""
    file = Path(path) if path else STANDARD
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST_BYTES + 1).decode()
    except OSError as error:
        raise RubricError(f"RUBRIC_FILE cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RubricError("RUBRIC_FILE must be UTF-8 text") from None
    if len(text) > _MOST_BYTES:
        raise RubricError("RUBRIC_FILE is longer than 100 kB")
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RubricError(f"RUBRIC_FILE: {error}") from None
    return _RubricReader(text).rubrics(read)


def post_of(title: str, job_description: str) -> str:
    """Return the level of a post (one of POSTS) from its title, else from the job description; `mid` by default."""
    for text in (title, "\n".join(job_description.splitlines()[:3])):
        for post, pattern in _POST_WORDS:
            if re.search(pattern, text, re.IGNORECASE):
                return post
    return "mid"


class _RubricReader:
    # Holds a parsed file against what is needed, and finds the line of what is wrong.

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def rubrics(self, read: dict[str, Any]) -> RubricSet:
        self._only(read, ("posts", "skills"), 1)
        posts, skills = self._table(read, "posts"), self._table(read, "skills")
        self._only(posts, POSTS, self._line(r"\[posts\]"))
        expected = {post: self._text(posts, post, self._line(r"\[posts\]")) for post in POSTS}
        self._only(skills, SKILL_KEYS, self._line(r"\[skills"))
        return RubricSet(skills={key: self._rubric(skills, key) for key in SKILL_KEYS if key in skills}, posts=expected)

    def _rubric(self, skills: dict[str, Any], key: str) -> Rubric:
        line = self._line(rf"\[skills\.{key}\]")
        table = self._table(skills, key, line)
        self._only(table, ("looks_at", "leaves_out", "levels"), line)
        levels = table.get("levels")
        at = self._line("levels", line)
        if not isinstance(levels, list) or len(levels) != len(LEVELS):
            raise self._error(at, f"levels of {key} must be a list of five texts, for level 1 to 5")
        texts = [
            self._check_text(text, f"level {number} of {key}", at + number) for number, text in enumerate(levels, 1)
        ]
        one, two, three, four, five = texts
        looks_at, leaves_out = (self._text(table, name, line) for name in ("looks_at", "leaves_out"))
        return Rubric(looks_at=looks_at, leaves_out=leaves_out, anchors=(one, two, three, four, five))

    def _table(self, holder: dict[str, Any], name: str, line: int = 1) -> dict[str, Any]:
        table = holder.get(name)
        if not isinstance(table, dict):
            raise self._error(line, f"the table {name} is missing")
        return table

    def _only(self, table: dict[str, Any], names: tuple[str, ...], line: int) -> None:
        for name in table:
            if name not in names:
                at = self._line(rf"\[?(?:skills\.)?{re.escape(name)}\b", line)
                raise self._error(at, f"{name!r} is not known here; known are {', '.join(names)}")
        if missing := next((name for name in names if name not in table), None):
            raise self._error(line, f"{missing!r} is missing")

    def _text(self, table: dict[str, Any], name: str, line: int) -> str:
        return self._check_text(table.get(name), name, self._line(name, line))

    def _check_text(self, text: object, name: str, line: int) -> str:
        if not isinstance(text, str) or not text.strip():
            raise self._error(line, f"{name} must be a text")
        if len(text) > _LONGEST:
            raise self._error(line, f"{name} is longer than {_LONGEST:,} characters")
        return " ".join(text.split())

    def _line(self, pattern: str, after: int = 1) -> int:
        numbers = range(after, len(self._lines) + 1)
        return next((number for number in numbers if re.match(rf"\s*{pattern}", self._lines[number - 1])), after)

    def _error(self, line: int, what: str) -> RubricError:
        return RubricError(f"RUBRIC_FILE, line {line}: {what}")


RUBRICS: Final[Mapping[str, Rubric]] = read_rubric().skills


def rubric_hash() -> str:
    """Return the fingerprint of the program's own rubric."""
    return read_rubric().hash
