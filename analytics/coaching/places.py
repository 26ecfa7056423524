"""The place of a note in an interview: a turn or a line of code, found again when turns are reassigned.

Who spoke in an interview that was added can be changed, and turns are then joined or split; the words stay. So a turn
is known by how many words were said before it, and its first words tell whether they still stand there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from analytics.coaching.access import CoachingError
from analytics.interviewlab.conversation import Conversation
from analytics.text import fold

_LONGEST_QUOTE: Final = 200
# So many words tell a turn from its neighbours.
_COMPARED: Final = 5


@dataclass(frozen=True, slots=True)
class NotePlace:
    """A place in an interview.

    `place` counts the words before a turn; with a `line` (from 1) it is the number of the submission (from 1).
    `quote` is how the place began when the note was written.
    """

    place: int
    line: int | None
    quote: str


def turn_place(conversation: Conversation, number: int) -> NotePlace:
    """Return the place of a turn, numbered from 1 as on the page; raises `CoachingError` if there is none."""
    for start, message, words in _turns(conversation):
        if message + 1 == number and words:
            return NotePlace(start, None, _shorten(" ".join(words)))
    raise CoachingError("There is no such message in this interview.")


def line_place(conversation: Conversation, submission: int, line: int) -> NotePlace:
    """Return the place of a line of submitted code, both numbered from 1; raises `CoachingError` if there is none."""
    lines = _lines(conversation, submission)
    if not 1 <= line <= len(lines):
        raise CoachingError("There is no such line in the submitted code.")
    return NotePlace(submission, line, _shorten(lines[line - 1].strip()))


def message_of(conversation: Conversation, place: NotePlace) -> int | None:
    """Return the number (from 1) of the message that holds a place now; None if it is gone."""
    if place.line is not None:
        is_there = fold(place.quote) in map(fold, map(_shorten, map(str.strip, _lines(conversation, place.place))))
        turns = conversation.submission_turns
        return turns[place.place - 1].message + 1 if is_there else None
    wanted = [fold(word) for word in place.quote.split()[:_COMPARED]]
    for start, message, words in _turns(conversation):
        if start <= place.place < start + len(words):
            # The turn may end within what is compared, as where it was split. Without spaces, as in Chinese, all of it
            # is one word, of which the quote has the beginning.
            found = [fold(word[:_LONGEST_QUOTE]) for word in words[place.place - start :][: len(wanted)]]
            return message + 1 if found == wanted[: len(found)] else None
    return None


def _turns(conversation: Conversation) -> Iterator[tuple[int, int, list[str]]]:
    said = 0
    for turn in conversation.turns:
        words = turn.said.split()
        yield said, turn.message, words
        said += len(words)


def _lines(conversation: Conversation, submission: int) -> list[str]:
    submissions = conversation.submissions
    return submissions[submission - 1].code.split("\n") if 1 <= submission <= len(submissions) else []


def _shorten(text: str) -> str:
    """Cut a text to what is kept: at a space, so that no word is kept in part, where there is one."""
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE].rsplit(" ", 1)[0]
