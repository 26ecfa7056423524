"""What an answer may show unasked, read from TOML: patterns, what is said of them, and which question is named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from analytics.breakdown.offline.words import LISTS, NUMBER, UNIT
from analytics.breakdown.phrases import any_of

_READ: Final[Mapping[str, Any]] = tomllib.loads(Path(__file__).with_name("signs.toml").read_text(encoding="utf-8"))
_PART: Final = re.compile(r"\{\{(\w+)\}\}")
# In a pattern that is spread over lines a space stands for nothing.
_SHARED: Final = {"NUMBER": NUMBER.replace(" ", "[ ]"), "UNIT": UNIT.replace(" ", "[ ]")}


@dataclass(frozen=True, slots=True)
class Sign:
    """What an answer may show unasked; `said` holds `{}` for the very words. A weakness where there is advice."""

    name: str
    skill: str
    said: str
    pattern: re.Pattern[str]
    asks: re.Pattern[str] | None = None
    practise: str = ""
    notice: str = ""
    without: tuple[re.Pattern[str], ...] = ()
    continued: bool = False
    least: int = 5


@dataclass(frozen=True, slots=True)
class Lack:
    """What a question may ask for that its answer lacks, and what is said of that."""

    skill: str
    asked: re.Pattern[str]
    said: str
    practise: str
    notice: str


def _compile(pattern: str) -> re.Pattern[str]:
    while _PART.search(pattern):
        pattern = _PART.sub(lambda part: _SHARED.get(part[1]) or _READ["parts"][part[1]], pattern)
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


def _sign(entry: Mapping[str, Any]) -> Sign:
    asks = any_of(entry["asks"]) if "asks" in entry else None
    without = tuple(LISTS[name] for name in entry.get("without", ()))
    return Sign(**{**entry, "pattern": _compile(entry["pattern"]), "asks": asks, "without": without})


def _lack(name: str) -> Lack:
    asked = _READ[name]["asked"]
    compiled = _compile(asked) if isinstance(asked, str) else any_of(asked)
    return Lack(**{field: _READ[name][field] for field in ("skill", "said", "practise", "notice")}, asked=compiled)


SIGNS: Final = tuple(_sign(entry) for entry in _READ["sign"])
SIGN_PATTERNS: Final = frozenset(sign.pattern for sign in SIGNS)
OCCASION: Final = _lack("occasion")
TOLD: Final = _compile(_READ["occasion"]["told"])
SHORT: Final = _lack("short")
