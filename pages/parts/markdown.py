"""Texts that people and models wrote, made safe to stand in ours."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from analytics.text import shortened, visible

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
# What Streamlit changes even where it is escaped: links, addresses, `:streamlit:` and typed arrows. A word joiner,
# which has no width, keeps the pieces apart.
_RECOGNISED: Final = re.compile(r"(?<=:)(?=[A-Za-z/])|(?<=@)(?=\w)|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)
_WORD_JOINER: Final = "\u2060"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def plain(text: str, length: int | None = None) -> str:
    """Write a text so that Markdown shows it as it is, on one line, cut to `length` characters if that is given.

    Right-to-left text is isolated, so that it does not reorder what stands beside it.
    """
    seen = shortened(text, length) if length else " ".join(visible(text).split())
    written = _PUNCTUATION.sub(r"\\\1", _RECOGNISED.sub(_WORD_JOINER, seen))
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in seen):
        return f"\u2068{written}\u2069"
    return written


def number(score: float | None) -> str:
    """Write a score with two decimals; a dash where there is none."""
    return "–" if score is None else f"{score:.2f}"


def signed(difference: float | None) -> str:
    """Write a difference with its sign; a dash where there is none."""
    return "–" if difference is None else f"{difference:+.2f}".replace("-", "−")


def counted(count: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def give_or_take(value: float | None, error: float | None) -> str:
    """Write a figure with its 95% interval, or without where there is none; a dash where there is no figure."""
    if value is None:
        return "–"
    return number(value) if error is None else f"{value:.2f} ± {min(error, 1.0):.2f}"
