"""Texts that people and models wrote, made fit to be shown on one line."""

from __future__ import annotations

import unicodedata
from typing import Final

# Kept of the invisible: line breaks and tabs, and the joiners that emoji and several scripts are written with.
_KEPT: Final = frozenset("\n\t\u200c\u200d")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs"})


def visible(text: str) -> str:
    """Drop what cannot be seen or sent: control and direction characters, lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character for character in text if character in _KEPT or unicodedata.category(character) not in _INVISIBLE
    )


def shortened(text: str, length: int = 60) -> str:
    """Write a text on one line of at most `length` characters, with an ellipsis where something is missing."""
    seen = " ".join(visible(text).split())
    return seen if len(seen) <= length else f"{seen[: length - 1].rstrip()}…"
