"""Marks on the quotes in a message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from analytics.breakdown import Quote
from analytics.text import fold
from pages.parts.markdown import plain

_BLANK_LINES: Final = re.compile(r"(?<! ) *\n(?: *\n)+ *")


def mark_text(
    text: str, quotes: Sequence[Quote], asked: Quote | None = None, start: int = 0, length: int | None = None
) -> str | None:
    """Format a message, or a part of it, with its quotes marked; None without a quote.

    A quote whose words no longer stand there, since the conversation was changed, is not marked.
    """
    end = len(text) if length is None else start + length
    standing = sorted(
        (max(quote.start, start), min(quote.end, end), quote)
        for quote in {quote.id: quote for quote in quotes}.values()
        if quote.start < end and quote.end > start and fold(text[quote.start : quote.end]) == fold(quote.text)
    )
    if not standing:
        return None
    written: list[str] = []
    place = start
    for first, last, quote in standing:
        if first < place:
            continue
        colour = "orange" if asked is not None and quote.id == asked.id else "blue"
        written.append(_lines(text[place:first]))
        written.append(f":{colour}-background[{plain(text[first:last])}] :{colour}-badge[{plain(quote.id)}]")
        place = last
    written.append(_lines(text[place:end]))
    return "".join(written)


def _lines(text: str) -> str:
    """Write text between marks, line by line as it was."""
    lines = [plain(line) for line in text.split("\n")]
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() else ""
    return before + _BLANK_LINES.sub("\n\n", "  \n".join(lines)) + after
