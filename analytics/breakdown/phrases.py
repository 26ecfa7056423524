"""Compiles lists of phrases into one pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# With the vowel signs of Devanagari, which `re` takes for the end of a word.
_LETTER: Final = r"[\w\u0900-\u0963]"
# Scripts that put no space between words: a phrase may stand anywhere in a sentence.
_UNSPACED: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
# ` .. ` is up to three words, `*` any ending.
_NOTATION: Final = {
    r"\ \.\.\ ": rf"\s+(?:{_LETTER}+\s+){{0,3}}",
    r"\*": rf"{_LETTER}*",
    "'": "['’]",
    r"\-": "[-‐‑]",
    r"\ ": r"\s+",
}


def any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Compile phrases into one pattern that matches whole words in any case; Chinese and Japanese ones anywhere."""
    # The longest first, so that what is found is whole.
    patterns = [re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True)]
    for written, read in _NOTATION.items():
        patterns = [pattern.replace(written, read) for pattern in patterns]
    whole = [pattern for pattern in patterns if not _UNSPACED.search(pattern)]
    anywhere = [pattern for pattern in patterns if _UNSPACED.search(pattern)]
    return re.compile("|".join([rf"(?<!{_LETTER})(?:{'|'.join(whole)})(?!{_LETTER})", *anywhere]), re.IGNORECASE)
