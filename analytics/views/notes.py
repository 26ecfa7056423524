"""Notes in an interview, by the message they belong to, and new ones about a turn or a line of code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer
from analytics.coaching.access import MissingError, coaches
from analytics.coaching.notes import Note, Visibility, notes_about, search_notes, write_note
from analytics.coaching.places import line_place, message_of, turn_place
from analytics.interviewlab.conversation import Conversation
from analytics.interviewlab.tables import display_name, users
from analytics.queries import interviews
from analytics.queries.interviews import InterviewRow


@dataclass(frozen=True, slots=True)
class InterviewNotes:
    """The notes about an interview that the viewer may read.

    `at` has those about a message or code that is still there, by its number from 1; `elsewhere` are all the others.
    `coaching` is whether the viewer is on the coaches' side of the person.
    """

    coaching: bool
    at: Mapping[int, Sequence[Note]]
    elsewhere: Sequence[Note]


def view_notes(
    viewer: Viewer, interview: InterviewRow, conversation: Conversation, db: Session, *, private: bool = False
) -> InterviewNotes:
    """Read the notes about an interview that the viewer sees and has rated; `private` as in `notes_about`."""
    at: dict[int, list[Note]] = {}
    elsewhere = []
    for note in notes_about(viewer, db, interview.user_id, private=private, interview_id=interview.interview_id):
        number = None if note.place is None else message_of(conversation, note.place)
        if number is None:
            elsewhere.append(note)
        else:
            at.setdefault(number, []).append(note)
    return InterviewNotes(coaches(viewer, interview.user_id), at, elsewhere)


class FoundNote(NamedTuple):
    """A note found by a search, and the name of the person it is about."""

    candidate: str
    note: Note


def view_found_notes(viewer: Viewer, search: str, db: Session, *, private: bool = False) -> list[FoundNote]:
    """Find notes as `search_notes` does, each with the person it is about."""
    found = search_notes(viewer, db, search, private=private)
    ids = {note.user_id for note in found}
    named = sa.select(users.c.id, display_name.label("name")).where(users.c.id.in_(ids))
    names = {row.id: row.name for row in db.execute(named)} if ids else {}
    return [FoundNote(names.get(note.user_id, ""), note) for note in found]


def note_in_interview(
    viewer: Viewer,
    db: Connection,
    interview_id: int,
    visibility: Visibility,
    text: str,
    *,
    message: int | None = None,
    submission: int | None = None,
    line: int | None = None,
    **about: Any,
) -> str:
    """Write a note about an interview, one of its messages or a line of its code, all numbered from 1.

    A line is one of a submission, the first unless another is named. Gives the note's id; raises as `write_note`.
    """
    conversation = interviews.conversation(viewer, db, interview_id)
    interview = interviews.interview(viewer, db, interview_id)
    if interview is None or conversation is None:
        raise MissingError("This interview does not exist, or you do not have access.")
    place = None
    if line is not None:
        place = line_place(conversation, submission or 1, line)
    elif message is not None:
        place = turn_place(conversation, message)
    about |= {"interview_id": interview_id, "place": place}
    return write_note(viewer, db, interview.user_id, visibility, text, **about)
