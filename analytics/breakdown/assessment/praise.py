"""Praise that says nothing of what was good, in the languages of `praise.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from itertools import chain, pairwise
from pathlib import Path
from typing import Final

from analytics.breakdown.assessment.forbidden.subject import SUBJECT
from analytics.breakdown.phrases import any_of
from analytics.text import fold
from analytics.text import words as words_of

_READ: Final[Mapping[str, Mapping[str, list[str]]]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
PRAISE: Final = frozenset(_READ["praise"]["en"])
# Words that say nothing about what was good.
GENERAL: Final = frozenset(_READ["general"]["en"])
_ANY: Final = any_of(chain(*_READ["praise"].values()))
_WORDS: Final = {
    language: (any_of(_READ["praise"][language]), any_of(_READ["general"][language])) for language in _READ["praise"]
}
_ANSWERS: Final = {language: any_of(names) for language, names in _READ["answers"].items()}
_PHRASES: Final = any_of(chain(*_READ["praised"].values()))
# English, where the subject and what follows matter.
_PRAISED: Final = re.compile(
    r"\b(?:great|good|excellent|amazing|awesome|fantastic|brilliant|superb|perfect|wonderful|outstanding|"
    r"impressive|"
    r"terrific|nice|stellar) (?:answer|job|work|response|effort|performance|interview|candidate|showing)s?"
    r"(?! (?:would|opens?|names|needs|starts|gives|has|is|queue|runner))\b"
    r"|\bdid (?:very |really |so |quite |extremely |rather |pretty )*well\b"
    rf"|{SUBJECT}(?:does|performs|performed) (?:very |really |so |quite |extremely |rather |pretty )*well\b"
    r"|\bwell done\b|\b(?:good|great|nice) (?:going|stuff)\b|\bkeep (?:it|this) up\b|\bkudos\b|\bbravo\b|"
    r"\bnail(?:s|ed) (?:it|this|that)\b|\b(?:first|world)-class\b|\btop-notch\b|\bspot[- ]on\b|"
    r"\bthumbs up\b"
    r"|^what an? (?:[\w-]+ ){1,6}(?:answer|account|story|response|contribution|performance|"
    r"interview|explanation|person)\W*$"
    # An exclamation is no observation, in whatever language.
    r"|^\W*(?:what an?|was für eine?n?|quelle?s?|qué|che|que|wat een)\b[^.?!]*!\W*$"
)


def is_empty_praise(text: str) -> bool:
    """Return whether a text praises without a word about what was good."""
    folded = fold(text)
    if _PRAISED.search(folded) or _PHRASES.search(folded):
        return True
    return _ANY.search(folded) is not None and any(_is_empty(words_of(folded), language) for language in _WORDS)


def _is_empty(words: list[str], language: str) -> bool:
    praise, general = _WORDS[language]
    praising = [praise.fullmatch(word) is not None for word in words]
    if not any(praising):
        return False
    if language in _ANSWERS:
        answers = [_ANSWERS[language].fullmatch(word) is not None for word in words]
        pairs = pairwise(zip(praising, answers, strict=True))
        if any((one and answer) or (named and other) for (one, named), (other, answer) in pairs):
            return True
    telling = [word for word, empty in zip(words, praising, strict=True) if not (empty or general.fullmatch(word))]
    return len(telling) < 2
