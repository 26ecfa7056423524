"""Adds several transcripts independently: a fault in one does not affect the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from analytics.access.sign_in import normalise_email
from analytics.access.viewer import TRUSTED
from analytics.database.sessions import writing
from analytics.importing.add import Details, Person, add_interview, recognise, warnings
from analytics.importing.errors import AddError
from analytics.interviewlab.tables import users
from analytics.roster import refresh
from analytics.setup.backfill import SetupProgress
from analytics.setup.workspace import open_workspace
from analytics.transcripts.model import LARGEST_FILE, TranscriptError

TASK = "transcripts"


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A transcript file, the candidate among its speakers, the person, and the details.

    `as_format` is one of `transcripts.read.FORMATS`; without it the content says how the file is read.
    """

    path: Path
    candidate: str
    person: Person
    details: Details
    as_format: str | None = None


class Outcome(NamedTuple):
    """The result for one file: added, already there, or refused with a sentence; and what should be checked."""

    name: str
    added: bool
    refusal: str = ""
    warnings: tuple[str, ...] = ()


def import_transcripts(
    engine: Engine, files: Sequence[TranscriptFile], progress_of: Callable[[str], SetupProgress] | None = None
) -> list[Outcome]:
    """Add each file in its own transaction and return the outcomes; sets an empty database up first.

    Raises `DatabaseError`.
    """
    open_workspace(engine, progress_of)
    report = progress_of(TASK) if progress_of else lambda _done, _total: None
    outcomes = []
    for number, file in enumerate(files, 1):
        outcomes.append(_add(engine, file))
        report(number, len(files))
    refresh.refresh_stale(engine)
    return outcomes


def _add(engine: Engine, file: TranscriptFile) -> Outcome:
    name = file.path.name
    try:
        with file.path.open("rb") as opened:
            people = [file.candidate] if file.candidate else []
            upload = recognise(opened.read(LARGEST_FILE + 1), people, file.as_format)
        with writing(engine) as connection:
            added = add_interview(TRUSTED, connection, upload, file.candidate, person=file.person, details=file.details)
            whose = connection.execute(sa.select(users.c.email).where(users.c.id == added.user_id)).scalar() or ""
    except (TranscriptError, AddError) as error:
        return Outcome(name, added=False, refusal=str(error))
    except OSError as error:
        return Outcome(name, added=False, refusal=f"It cannot be read: {error.strerror or error}.")
    if added.new:
        sentences = warnings(upload.transcript, file.candidate, file.person.name)
    else:
        others = normalise_email(file.person.email) != normalise_email(whose)
        sentences = [f"It was added before, as an interview of {whose}, and stays theirs."] if others else []
    return Outcome(name, added=added.new, warnings=tuple(sentences))
