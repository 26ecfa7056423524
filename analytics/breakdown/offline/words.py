"""The words by which the rules without a model tell what an answer holds, read from TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from analytics.breakdown.phrases import any_of

_FILE: Final = Path(__file__).with_name("words.toml")


@dataclass(frozen=True, slots=True)
class Element:
    """What a question may ask for, how an answer gives it, and what is said of it; `{}` are the very words."""

    skill: str
    asked: re.Pattern[str]
    given: tuple[re.Pattern[str], ...]
    or_else: tuple[re.Pattern[str], ...]
    present: str
    absent: str = ""
    practise: str = ""
    notice: str = ""
    first: bool = False
    vague: bool = False


_READ: Final = tomllib.loads(_FILE.read_text(encoding="utf-8"))
NUMBER: Final = r"(?<![\w.‑-])(?<!per )[~<>$€£]?(?!(?:19|20)\d\d\b|\d+(?:\.\s|/))\d(?:[\d.,]*\d)?"
UNIT: Final = r"\s?(?:%|percent\b|ms\b|milliseconds\b|k\b|m\b|x\b|gb\b|mb\b)"
FIGURE: Final = re.compile(
    rf"{NUMBER}(?:{UNIT}|\s[a-z]{{3,}}(?<!and)(?<!the)(?<!but)\b)?(?!\w|[‑-][a-z])", re.IGNORECASE
)
# One of these measures; of others it takes two.
MEASURE: Final = re.compile(rf"{NUMBER}{UNIT}", re.IGNORECASE)
NAME: Final = re.compile(
    r"\b(?!I\b)(?:[A-Z]{2,}[a-z0-9]*|[A-Z][a-z]+[A-Z]\w*|[a-z]+_\w+|[A-Z][a-z]+-?\d\w*|[A-Z]+-[A-Z]+|[A-Z]\d\w*)\b"
)
LISTS: Final[Mapping[str, re.Pattern[str]]] = {
    **{name: any_of(phrases) for name, phrases in _READ["lists"].items()},
    "figures": FIGURE,
    "names": NAME,
}
ADVICE: Final = (_READ["vague"]["practise"], _READ["vague"]["notice"])


def _element(entry: Mapping[str, Any]) -> Element:
    lists = {field: tuple(LISTS[name] for name in entry.get(field, ())) for field in ("given", "or_else")}
    return Element(**{**entry, **lists, "asked": any_of(entry["asked"])})


ELEMENTS: Final = tuple(_element(entry) for entry in _READ["element"])
