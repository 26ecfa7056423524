"""Sentence segmentation of answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

# Wikimedia's splitter: rules only, no model, offsets in characters; pysbd has had no release since 2021.
from sentencex import get_sentence_boundaries  # type: ignore[import-untyped] # it has no types

# Speech without full stops, or a pasted log, is cut into pieces of at most this many characters.
LONGEST: Final = 400
# The splitter takes the square of the number of quotation marks, so that it is given so much at a time.
_WINDOW: Final = 4_000
_FENCED: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_SPOKEN: Final = re.compile(r"[^\W_]")


def split(text: str) -> list[tuple[int, int]]:
    """Return the start and end of every sentence, without surrounding whitespace.

    Sentences end at line ends too; a fenced block of code stays together as far as `LONGEST` allows. What holds no
    letter or digit ("}", "...") belongs to the sentence before it.
    """
    spans: list[tuple[int, int]] = []
    position = 0
    for fence in _FENCED.finditer(text):
        spans += _prose(text, position, fence.start())
        spans.append(fence.span())
        position = fence.end()
    spans += _prose(text, position, len(text))
    found: list[tuple[int, int]] = []
    for start, end in spans:
        for piece in _pieces(text, start, end):
            if _SPOKEN.search(text, *piece):
                found.append(piece)
            elif found and piece[1] - found[-1][0] <= LONGEST:
                found[-1] = (found[-1][0], piece[1])
    return found


def join_pieces(pieces: Iterable[str], *, alone: str) -> Iterator[str]:
    """Join short pieces into lines of at most `LONGEST` characters; those in `alone` stay separate."""
    line = ""
    for piece in pieces:
        if line and (alone in (line, piece) or len(line) + len(piece) >= LONGEST):
            yield line
            line = ""
        line = f"{line} {piece}" if line else piece
    if line:
        yield line


def _prose(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    while start < end:
        stop = end if end - start <= _WINDOW else _cut(text, start, _WINDOW, ("\n", ". ", " "))
        boundaries = get_sentence_boundaries("en", text[start:stop]) if text[start:stop].strip() else ()
        for boundary in boundaries:
            position = start + boundary["start_index"]
            for line in text[position : start + boundary["end_index"]].split("\n"):
                spans.append((position, position + len(line)))
                position += len(line) + 1
        start = stop
    return spans


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    while end > start and text[end - 1].isspace():
        end -= 1
    pieces: list[tuple[int, int]] = []
    while start < end:
        if text[start].isspace():
            start += 1
            continue
        stop = end if end - start <= LONGEST else _cut(text, start, LONGEST, ("\n", "; ", ", ", " "))
        last = stop
        while text[last - 1].isspace():
            last -= 1
        pieces.append((start, last))
        start = stop
    return pieces


def _cut(text: str, start: int, longest: int, marks: Sequence[str]) -> int:
    # Behind the last of the first mark that is found in the later half.
    limit = start + longest
    for mark in marks:
        position = text.rfind(mark, start + longest // 2, limit)
        if position != -1:
            return position + len(mark)
    return limit
