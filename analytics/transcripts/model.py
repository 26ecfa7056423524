"""Transcripts once they are read: turns with speakers and times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

LARGEST_FILE: Final = 10_000_000
MOST_TURNS: Final = 10_000
MOST_SPEAKERS: Final = 200
MOST_LINES: Final = 150_000
_LINE_ENDS: Final = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
# What stands before and behind lines and names and is not seen: byte order marks, and marks of the writing direction.
UNSEEN: Final = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class TranscriptError(ValueError):
    """A file that cannot be read as a transcript; the message is one sentence that says what to do."""


def require_speakers(count: int) -> None:
    """Raise `TranscriptError` for more speakers than a conversation has."""
    if count > MOST_SPEAKERS:
        raise TranscriptError(
            f"This file names {count:,} speakers, more than a conversation has ({MOST_SPEAKERS}). "
            "Check that each line begins with the name of whoever speaks."
        )


def require_lines(text: str) -> None:
    """Raise `TranscriptError` for more lines than are read."""
    if (lines := sum(map(text.count, _LINE_ENDS)) - text.count("\r\n")) > MOST_LINES:
        raise TranscriptError(f"This file has {lines:,} lines; up to {MOST_LINES:,} are read. Check what it is.")


def split_lines(text: str) -> list[str]:
    """Split a text at every kind of line end."""
    return [line.strip(UNSEEN) for line in text.splitlines()]


@dataclass(frozen=True, slots=True)
class Turn:
    """An uninterrupted stretch by one speaker; times in seconds from the start, None where unknown.

    `speaker` is None where the file does not say who speaks.
    """

    speaker: str | None
    text: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class RemovedText:
    """Text of the file that nobody said, and why it was removed."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """The turns of one conversation in order, and the reader's warnings.

    `format` is the format's name as shown, `encoding` how the bytes were read ("" for formats that say it themselves).
    """

    format: str
    turns: tuple[Turn, ...]
    removed: tuple[RemovedText, ...] = ()
    warnings: tuple[str, ...] = ()
    encoding: str = ""

    @property
    def speakers(self) -> tuple[str, ...]:
        """List the speakers in order of their first turn."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns if turn.speaker is not None))


# Seconds of silence that end a line of speech without punctuation, and what punctuation would end it with.
_PAUSE: Final = 0.7
_ENDS: Final = (".", "?", "!", "…", "。", "？", "！", "؟", "।")


def join_turns(turns: list[Turn]) -> tuple[Turn, ...]:
    """Join neighbouring turns of one speaker; turns without a speaker stay apart, empty ones are dropped.

    Speech without punctuation is put into lines by its pauses, so that a line of it can be cited.
    """
    joined: list[Turn] = []
    texts: list[list[str]] = []
    in_lines = False
    punctuated = any(turn.text.rstrip("\"'”’» \n").endswith(_ENDS) for turn in turns)
    for turn in turns:
        if not turn.text.strip():
            continue
        if joined and turn.speaker is not None and joined[-1].speaker == turn.speaker:
            before, pieces = joined[-1], texts[-1]
            in_lines = in_lines or "\n" in turn.text
            breaks = in_lines or not (punctuated or _pause(before, turn) < _PAUSE)
            pieces += ("" if pieces[-1].endswith("\n") else "\n" if breaks else " ", turn.text)
            joined[-1] = replace(before, end=turn.end if turn.end is not None else before.end)
        else:
            joined.append(turn)
            texts.append([turn.text])
            in_lines = "\n" in turn.text
    return tuple(replace(turn, text="".join(pieces)) for turn, pieces in zip(joined, texts, strict=True))


def _pause(before: Turn, turn: Turn) -> float:
    return 0.0 if before.end is None or turn.start is None else turn.start - before.end
