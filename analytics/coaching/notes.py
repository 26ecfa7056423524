"""Notes about a person, a skill, an interview or a part of it; visibility is chosen first and does not change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.viewer import Viewer, is_private
from analytics.coaching.access import (
    CoachingError,
    MissingError,
    clean_text,
    coaches,
    require_about,
    require_seeing,
    sees,
    visible_rows,
)
from analytics.coaching.limits import NOTES, require_room
from analytics.coaching.places import NotePlace
from analytics.columns import bound_id
from analytics.database.coaching_tables import note_versions
from analytics.interviewlab.tables import moment_for
from analytics.text import fold

_SUBJECT: Final = (
    "note_id", "user_id", "interview_id", "skill", "visibility", "written_by", "place", "line", "quote",
)  # fmt: skip


class Visibility(StrEnum):
    """Who may read a note."""

    ME = "me"
    COACHES = "coaches"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class NoteText:
    """One revision of a note: its number from 1, text (empty if withdrawn), and time."""

    number: int
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """A note with its revisions, oldest first; `yours` is whether the viewer wrote it."""

    id: str
    user_id: int
    interview_id: int | None
    skill: str | None
    visibility: Visibility
    written_by: str
    yours: bool
    history: tuple[NoteText, ...]
    place: NotePlace | None = None

    @property
    def text(self) -> str:
        """Return the newest revision's text."""
        return self.history[-1].text


def write_note(
    viewer: Viewer,
    db: Connection,
    user_id: int,
    visibility: Visibility,
    text: str,
    *,
    interview_id: int | None = None,
    skill: str | None = None,
    place: NotePlace | None = None,
) -> str:
    """Write a note about a person and return its id; raises `CoachingError` if it cannot be saved.

    Only coaches and admins can keep something among the coaches: the person would not see what they wrote.
    A `place` is one of the interview.
    """
    require_seeing(viewer, db, user_id)
    if visibility is Visibility.COACHES and not coaches(viewer, user_id):
        raise CoachingError("Share the note, or keep it to yourself.")
    require_about(viewer, db, user_id, interview_id, skill)
    text = clean_text(text)
    if not text:
        raise CoachingError("Write something first.")
    require_room(viewer, db, NOTES, user_id)
    note_id = str(uuid4())
    values = {"note_id": note_id, "user_id": user_id, "interview_id": interview_id, "skill": skill}
    values |= {"place": None, "line": None, "quote": None} if place is None else asdict(place)
    _add(viewer, db, values | {"visibility": visibility.value, "number": 1, "text": text})
    return note_id


def rewrite_note(viewer: Viewer, db: Connection, note_id: str, text: str, *, shared: bool = False) -> int:
    """Revise the viewer's own note; earlier revisions stay in its history, and an empty text withdraws it.

    With `shared` only a shared note is found. Returns the id of the person it is about.
    """
    versions = note_versions.c
    revisions = sa.select(note_versions).where(versions.note_id == note_id, _is_there(viewer))
    statement = revisions.order_by(versions.number.desc()).limit(1)
    row = db.execute(statement).mappings().first()
    if row is None or row["written_by"] != viewer.actor or not row["text"] or not sees(viewer, db, row["user_id"]):
        raise MissingError("There is no such note of yours.")
    if shared and row["visibility"] != Visibility.SHARED:
        raise MissingError("There is no such note of yours.")
    text = clean_text(text)
    if text:
        require_room(viewer, db, NOTES, row["user_id"])
    if text != row["text"]:
        _add(viewer, db, dict(row) | {"number": row["number"] + 1, "text": text})
    return int(row["user_id"])


def notes_about(
    viewer: Viewer, db: Session, user_id: int, *, private: bool = False, interview_id: int | None = None
) -> list[Note]:
    """List the notes about a person that the viewer may read, newest first; empty if the person may not be seen.

    Without `private` only shared notes are read from the database at all. With an interview, only those about it.
    """
    about = note_versions.c.user_id == user_id
    if interview_id is not None:
        about &= note_versions.c.interview_id == interview_id
    return _read(viewer, db, about, private=private)


def latest_notes(
    viewer: Viewer, db: Session, user_id: int, most: int, *, private: bool = False
) -> tuple[list[Note], int]:
    """List the newest of the notes that `notes_about` lists, at most so many, and count them all."""
    asked = {"user_id": user_id, "most": most, **viewer.parameters}
    rows = db.execute(_latest(viewer, private), asked).all()
    return _notes(viewer, [row[:-1] for row in rows]), rows[0].of if rows else 0


def search_notes(viewer: Viewer, db: Session, search: str, *, private: bool = False) -> list[Note]:
    """Find the notes about anybody that the viewer may read, as `matching` does; empty for an empty text.

    `private` and the order are as in `notes_about`.
    """
    return filter_notes(_read(viewer, db, sa.true(), private=private), search) if fold(search) else []


def _read(viewer: Viewer, db: Session, about: sa.ColumnElement[bool], *, private: bool) -> list[Note]:
    return _notes(viewer, db.execute(_readable(viewer, private).where(about), dict(viewer.parameters)).all())


def _notes(viewer: Viewer, rows: Sequence[Sequence[Any]]) -> list[Note]:
    """Put wordings, earliest first, together to notes, newest first; without those that were taken back."""
    histories: dict[str, list[NoteText]] = {}
    for note_id, *_, number, text, written_at in rows:
        histories.setdefault(note_id, []).append(NoteText(number, text, written_at))
    # As it was first written, which is the row of number 1.
    firsts = {row[0]: row for row in reversed(rows)}
    notes = [_note(viewer, firsts[key], history) for key, history in histories.items() if history[-1].text]
    return sorted(notes, key=lambda note: (note.history[0].written_at, note.id), reverse=True)


@lru_cache
def _readable(viewer: Viewer, private: bool) -> sa.Select[*tuple[Any, ...]]:
    versions = note_versions.c
    readable = versions.visibility == Visibility.SHARED
    own = versions.user_id == viewer.user_id if viewer.user_id is not None else sa.false()
    if private:
        readable |= (versions.visibility == Visibility.ME) & (versions.written_by == viewer.actor)
        if viewer.sees_others:
            # Nobody is on the coaches' side of themselves.
            readable |= (versions.visibility == Visibility.COACHES) & ~own
    seen_people = visible_rows(viewer.role, versions.user_id, versions.written_at)
    return (
        sa.select(*(versions[name] for name in _SUBJECT), versions.number, versions.text, versions.written_at)
        .where(seen_people, readable, _is_there(viewer))
        .order_by(versions.number)
    )


@lru_cache
def _latest(viewer: Viewer, private: bool) -> sa.Select[*tuple[Any, ...]]:
    versions, others = note_versions.c, note_versions.alias().c
    theirs = versions.user_id == bound_id("user_id")
    is_taken_back = sa.exists().where(
        others.user_id == versions.user_id, others.note_id == versions.note_id, others.text == ""
    )
    newest = (
        _readable(viewer, private)
        .with_only_columns(versions.note_id, sa.func.count().over().label("of"))
        .where(theirs, versions.number == 1, ~is_taken_back)
        .order_by(None)
        .order_by(versions.written_at.desc(), versions.note_id.desc())
        .limit(sa.bindparam("most", type_=sa.Integer))
        .subquery()
    )
    listed = _readable(viewer, private).where(theirs, versions.note_id == newest.c.note_id)
    return listed.add_columns(newest.c.of)


def _is_there(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Build the condition that a note is about no interview that somebody else keeps to themselves."""
    versions = note_versions.c
    own = versions.user_id == viewer.user_id if viewer.user_id is not None else sa.false()
    return sa.or_(versions.interview_id.is_(None), ~is_private(versions.interview_id), own)


def filter_notes(notes: Sequence[Note], search: str) -> list[Note]:
    """Select the notes whose newest revision, or subject, contains a text; all of them for an empty text."""
    wanted = fold(search)
    return [note for note in notes if wanted in fold(f"{note.text} {note.place.quote if note.place else ''}")]


def _note(viewer: Viewer, first: Sequence[Any], history: Sequence[NoteText]) -> Note:
    note_id, user_id, interview_id, skill, visibility, written_by, place, line, quote, *_ = first
    return Note(
        id=note_id,
        user_id=user_id,
        interview_id=interview_id,
        skill=skill,
        visibility=Visibility(visibility),
        written_by=written_by,
        yours=written_by == viewer.actor,
        history=tuple(history),
        place=None if place is None else NotePlace(place, line, quote),
    )


def _add(viewer: Viewer, db: Connection, values: dict[str, Any]) -> None:
    db.execute(
        sa.insert(note_versions).values(
            values | {"written_by": viewer.actor, "written_at": moment_for(db, values["user_id"])}
        )
    )
    # The trail says that it was written, never what.
    about = {"user_id": values["user_id"], "interview_id": values["interview_id"]}
    record(db, viewer.actor, "note", **about, note=values["note_id"], number=values["number"])
