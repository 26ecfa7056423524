"""Adds an interview from a transcript: recognised, checked by a person, and saved as InterviewLab would store it.

The page, the API and the command go the same way: `recognise` the file, let somebody say who the candidate is, show
`warnings`, and `add_interview`. Nothing is stored before the last step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import ADD, record
from analytics.access.private import set_private
from analytics.access.sign_in import normalise_email
from analytics.access.viewer import Role, Viewer, is_private, require_adding, scope
from analytics.columns import now
from analytics.database.schema import ADDED, added_interviews, audit, coach_candidates
from analytics.database.sessions import upsert
from analytics.importing.errors import AddBudgetError, AddError
from analytics.importing.lines import Line
from analytics.importing.tags import check_tags
from analytics.importing.write import insert, people_of
from analytics.interviewlab.tables import interviews, users
from analytics.queries.tags import Tags
from analytics.setup.rights import missing_for_adding
from analytics.text import is_canonical_address, storable
from analytics.transcripts.labels import clean_name
from analytics.transcripts.model import Transcript
from analytics.transcripts.read import read_text, read_transcript_file
from analytics.transcripts.speakers import contradictions

_NO_TAGS: Final = Tags()
# So many people may keep an interview of one file to themselves.
_MOST_PRACTICES: Final = 20
_BEING_ADDED: Final = "This file is being added already. Look again in a moment."
_NOT_FOR_YOU: Final = "You cannot add interviews for this person. Ask an admin to assign them to you."


@dataclass(frozen=True, slots=True)
class Upload:
    """A transcript being added; `source` is the fingerprint of its file or text."""

    source: str
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Person:
    """The person interviewed: known by `user_id`, or by `email`; `name` is for somebody new."""

    user_id: int | None = None
    email: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """The details of an interview: `held_at` is when it began, `practice` keeps it private."""

    title: str
    held_at: datetime
    tags: Tags = _NO_TAGS
    job_description: str = ""
    practice: bool = False


class AddedInterview(NamedTuple):
    """The interview a file became; `new` is False if the file had been added before."""

    interview_id: int
    user_id: int
    new: bool


def recognise(data: bytes | str, people: Collection[str] = (), as_format: str | None = None) -> Upload:
    """Read the bytes of a file or a pasted text; raises `TranscriptError` with one sentence.

    `people` are names known to take part, `as_format` one of `transcripts.read.FORMATS`; without it the content says.
    """
    if isinstance(data, str):
        return Upload(fingerprint(data), read_text(_text(data), people, as_format))
    return Upload(fingerprint(data), read_transcript_file(data, people, as_format))


def fingerprint(data: bytes | str) -> str:
    """Return the fingerprint of a file or text, whatever its name; line endings of pasted text do not matter."""
    return hashlib.sha256(_text(data).encode() if isinstance(data, str) else data).hexdigest()


def _text(pasted: str) -> str:
    return storable(pasted.replace("\r\n", "\n"))


def warnings(transcript: Transcript, candidate: str | None = None, person: str = "") -> list[str]:
    """List what should be checked before the interview is saved, one sentence each."""
    sentences = list(transcript.warnings)
    if transcript.encoding not in {"", "UTF-8", "UTF-16"}:
        sentences.append(f"The file was read as {transcript.encoding}. Check that accents and quotes look right.")
    sentences += [f"{part.reason}, left out: “{_shorten(part.text)}”" for part in transcript.removed]
    nameless = sum(turn.speaker is None for turn in transcript.turns)
    if nameless:
        sentences.append(
            f"{nameless} of {len(transcript.turns)} turns have no speaker. They are kept, and never count as the "
            "candidate's."
        )
    if candidate is not None:
        sentences += contradictions(transcript, candidate, person)
    return sentences


def find_known(viewer: Viewer, db: Session | Connection, source: str) -> AddedInterview | None:
    """Find the interview a file became earlier; None if it is new, or somebody else's practice.

    Raises `AddError` for one of a person whom the viewer may not see.
    """
    statement = (
        sa.select(interviews.c.id, interviews.c.user_id, is_private(interviews.c.id).label("private"))
        .join(added_interviews, ADDED)
        .where(added_interviews.c.source.in_(_list_sources(source)))
        .order_by(interviews.c.id)
    )
    seen = statement.where(scope(viewer.role, interviews.c.user_id))
    if (row := db.execute(seen, viewer.parameters).first()) is not None:
        return AddedInterview(row.id, row.user_id, False)
    if any(not row.private for row in db.execute(statement)):
        raise AddError("This file has been added already, for somebody whom you do not see. Ask an admin.")
    return None


def _list_sources(source: str) -> list[str]:
    """List the names under which a file may be noted: the first, and others where it is what people practised with."""
    return [source, *(fingerprint(f"{source} {number}") for number in range(_MOST_PRACTICES))]


def _free_name(connection: Connection, source: str) -> str:
    """Choose the first of a file's names that nobody's practice has."""
    columns = sa.select(added_interviews.c.source, is_private(interviews.c.id))
    noted = columns.join(interviews, ADDED)
    names = _list_sources(source)
    taken: dict[str, bool] = dict(connection.execute(noted.where(added_interviews.c.source.in_(names))).all())
    free = next((name for name in names if name not in taken), None)
    if free is None or not all(taken.values()):
        raise AddError(_BEING_ADDED)
    return free


def add_interview(
    viewer: Viewer,
    connection: Connection,
    upload: Upload,
    candidate: str,
    *,
    person: Person,
    details: Details,
    per_day: int | None = None,
) -> AddedInterview:
    """Save an interview in the connection's transaction; the same file again changes nothing.

    `candidate` is the speaker who is interviewed; everybody else, known or not, is an interviewer. Somebody new becomes
    a person, whom a coach sees from then on. `per_day` bounds how many one person adds in a day. Raises `AddError` with
    one sentence, and `NotAllowedError`.
    """
    require_adding(viewer)
    if missing := missing_for_adding(connection):
        raise AddError(f"Interviews cannot be added to this database yet. {' '.join(missing)}")
    if (earlier := find_known(viewer, connection, upload.source)) is not None:
        return earlier
    if per_day is not None and _count_added_today(viewer, connection) >= per_day:
        raise AddBudgetError(f"You have reached today's limit of {per_day} added interviews. Try again tomorrow.")
    transcript, candidate = upload.transcript, clean_name(candidate)
    if candidate not in transcript.speakers:
        raise AddError(f"Say who the candidate is: {', '.join(transcript.speakers[:10])}.")
    upload = replace(upload, source=_free_name(connection, upload.source))
    email, name = _address(viewer, connection, person)
    line = _line(upload, candidate, {"email": email, "name": name}, details)
    people, new_people = people_of(connection, [line])
    user_id = people[line.email]
    if new_people:
        _let_see(viewer, connection, user_id)
    (interview_id,) = insert(connection, [line], people, by=viewer.actor)
    _note(viewer, connection, interview_id, upload)
    record(connection, viewer.actor, ADD, interview_id=interview_id, user_id=user_id, format=transcript.format)
    if details.practice:
        set_private(viewer, connection, interview_id, private=True)
    return AddedInterview(interview_id, user_id, True)


def _count_added_today(viewer: Viewer, connection: Connection) -> int:
    """Count what somebody has added within a day, what they have deleted since too."""
    added = sa.and_(audit.c.actor == viewer.actor, audit.c.action == ADD, audit.c.at > now() - timedelta(days=1))
    return connection.execute(sa.select(sa.func.count()).select_from(audit).where(added)).scalar_one()


def messages(transcript: Transcript, candidate: str) -> list[dict[str, Any]]:
    """Convert turns to the messages of an import: roles, names and times."""
    return [
        {
            "speaker": "candidate" if turn.speaker == candidate else "interviewer",
            "said": storable(turn.text),
            "name": turn.speaker and storable(turn.speaker)[:200],
            "at": turn.start,
        }
        for turn in transcript.turns
    ]


def _line(upload: Upload, candidate: str, person: dict[str, str | None], details: Details) -> Line:
    tags = check_tags(details.tags)
    if details.held_at.tzinfo is None:
        raise AddError("Write the date with its zone, such as 2026-03-02T10:00:00+01:00.")
    if details.held_at > now() + timedelta(days=1):
        raise AddError("The date lies in the future. Check it.")
    ends = [at for turn in upload.transcript.turns if (at := turn.end if turn.end is not None else turn.start)]
    try:
        return Line.model_validate(
            {
                "id": upload.source,
                "person": person,
                "title": " ".join(details.title.split()),
                # Without times in the file nobody knows how long it took: none is made up.
                "started_at": details.held_at if ends else None,
                "completed_at": details.held_at + timedelta(seconds=max(ends, default=0)),
                "job_description": details.job_description.strip() or None,
                "kind": tags.kind,
                "difficulty": tags.difficulty,
                "transcript": messages(upload.transcript, candidate),
            }
        )
    except ValidationError as error:
        raise AddError(_sentence(error)) from None


def _address(viewer: Viewer, connection: Connection, person: Person) -> tuple[str, str | None]:
    """Return the e-mail and the name of a person for whom the viewer may add interviews; raises `AddError`."""
    email = normalise_email(person.email)
    columns = sa.select(users.c.id, users.c.email, users.c.full_name)
    if person.user_id is not None:
        row = connection.execute(columns.where(users.c.id == person.user_id)).first()
    else:
        if not email or email.count("@") != 1 or not is_canonical_address(email):
            raise AddError("Say whose interview it is: choose a person, or write the e-mail address of somebody new.")
        row = connection.execute(columns.where(sa.func.lower(users.c.email) == email)).first()
    if row is None:
        if person.user_id is not None or not viewer.sees_others:
            raise AddError(_NOT_FOR_YOU)
        return email, " ".join(person.name.split()) or None
    seen = sa.select(users.c.id).where(users.c.id == row.id, scope(viewer.role, users.c.id))
    if connection.execute(seen, viewer.parameters).first() is None:
        raise AddError(_NOT_FOR_YOU)
    return row.email, row.full_name


def _let_see(viewer: Viewer, connection: Connection, user_id: int) -> None:
    """Assign a coach to the person they added."""
    if viewer.role is not Role.COACH or viewer.member_id is None:
        return
    assigned = {"member_id": viewer.member_id, "user_id": user_id, "assigned_at": now(), "assigned_by": viewer.actor}
    connection.execute(upsert(connection, coach_candidates).values(assigned).on_conflict_do_nothing())
    record(connection, viewer.actor, "assign", user_id=user_id, member_id=viewer.member_id)


def _note(viewer: Viewer, connection: Connection, interview_id: int, upload: Upload) -> None:
    """Remember the file; where another has been adding it at the same moment, nothing is saved."""
    # Of an interview that the platform has deleted since, or whose number was given again.
    gone = ~sa.exists().where(ADDED).correlate(added_interviews)
    earlier = sa.and_(added_interviews.c.source == upload.source, gone)
    number = added_interviews.c.interview_id == interview_id
    connection.execute(sa.delete(added_interviews).where(sa.or_(number, earlier)))
    row = {
        "interview_id": interview_id,
        "source": upload.source,
        "format": upload.transcript.format[:64],
        "added_by": viewer.actor,
        "added_at": now(),
    }
    noted = upsert(connection, added_interviews).values(row).on_conflict_do_nothing()
    if connection.execute(noted.returning(added_interviews.c.interview_id)).first() is None:
        raise AddError(_BEING_ADDED)


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    text = str(first["msg"]).removeprefix("Value error, ")
    where = [str(part) for part in first["loc"] if part not in {"message", "turn", "checkpoint"}]
    names = {"title": "The title", "person": "The person", "job_description": "The job description"}
    what = names.get(where[0] if where else "", f"Turn {int(where[1]) + 1}" if len(where) > 1 else "The interview")
    return f"{what} cannot be used: {text[:1].lower()}{text[1:]}."


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
