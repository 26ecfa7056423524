"""The pages of a long conversation, and where on them a quote stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from analytics.breakdown import Quote
from analytics.interviewlab.conversation import Turn

# What one page of a conversation holds at most: more makes the browser slow.
CHARACTERS: Final = 20_000
MESSAGES: Final = 30


class Piece(NamedTuple):
    """A message, numbered as stored, or a part of a very long one."""

    number: int
    turn: Turn
    said: str
    part: int
    parts: int


def divide_into_pages(turns: Sequence[Turn]) -> list[list[Piece]]:
    """Split a conversation into pages of at most `MESSAGES` messages and `CHARACTERS` characters."""
    pages: list[list[Piece]] = []
    length = 0
    for turn in turns:
        parts = max(1, -(-len(turn.said) // CHARACTERS))
        for part in range(parts):
            text = turn.said[part * CHARACTERS : (part + 1) * CHARACTERS]
            if not pages or length + len(text) > CHARACTERS or len(pages[-1]) >= MESSAGES:
                pages.append([])
                length = 0
            pages[-1].append(Piece(turn.message + 1, turn, text, part + 1, parts))
            length += len(text)
    return pages


def page_of(pages: Sequence[Sequence[Piece]], number: int, part: int) -> int:
    """Return the page that holds a part of a message, or the page that would."""
    exact = [place for place, page in enumerate(pages) if any((p.number, p.part) == (number, part) for p in page)]
    before = [place for place, page in enumerate(pages) if page[0].number <= number and page[0].part == 1]
    return (exact or before[-1:] or [0])[0]


def piece_of(quote: Quote) -> tuple[int, int]:
    """Return the message, numbered as stored, and the part of it in which a quote begins."""
    return quote.message + 1, quote.start // CHARACTERS + 1


def anchor(quote: Quote) -> str:
    """Return the HTML anchor of a quote."""
    if quote.place == "code":
        return f"code-{quote.message + 1}"
    number, part = piece_of(quote)
    return f"message-{number}" if part == 1 else f"message-{number}-part-{part}"


def quote_label(quote: Quote) -> str:
    """Return what stands for a quote on a page: the number of its sentence, or the lines of its code."""
    if quote.place != "code" or quote.lines is None:
        return quote.id
    return line_label(*quote.lines)


def line_label(first: int, last: int) -> str:
    """Name a line of code, or several."""
    return f"line {first}" if first == last else f"lines {first}–{last}"
