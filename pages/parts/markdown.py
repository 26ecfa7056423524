"""Escapes texts by people and models for our Markdown."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from analytics.text import shorten, visible

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
# What Streamlit changes even where it is escaped: links, addresses, `:streamlit:` and typed arrows. A word joiner,
# which has no width, keeps the pieces apart.
_RECOGNISED: Final = re.compile(r"(?<=:)(?=[A-Za-z/])|(?<=@)(?=\w)|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SLASH: Final = re.compile(r"(?<=[^/]/)(?=\w)")
_BREAK: Final = "\u200b"
WORD_JOINER: Final = "\u2060"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def plain(text: str, length: int | None = None) -> str:
    """Escape a text so that Markdown shows it as it is, on one line, cut to `length` characters if given.

    Right-to-left text is isolated, so that it does not reorder what stands beside it.
    """
    seen = shorten(text, length) if length else " ".join(visible(text).split())
    written = _PUNCTUATION.sub(r"\\\1", _RECOGNISED.sub(WORD_JOINER, _ADDRESS.sub(_break_address, seen)))
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in seen):
        return f"\u2068{written}\u2069"
    return written


def plain_lines(text: str) -> str:
    """Escape a text so that Markdown shows it as it is, keeping its lines."""
    return "  \n".join(plain(line) for line in text.splitlines() if line.strip())


def _break_address(found: re.Match[str]) -> str:
    """Allow a line break after each slash of a long address, rather than within a word."""
    return _SLASH.sub(_BREAK, found[0])
