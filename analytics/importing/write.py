"""Imports interviews from a file with one JSON object per line, for teams without InterviewLab.

The fields are documented in `docs/import.md`. Every line is checked before the first one is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.access.viewer import TRUSTED
from analytics.columns import now
from analytics.database.schema import imports
from analytics.database.sessions import upsert, writing
from analytics.importing import tags
from analytics.importing.dependents import delete_rows_about
from analytics.importing.jsonl import ImportFileError, batches, check, lines
from analytics.importing.lines import Line
from analytics.interviewlab.tables import UNUSABLE_PASSWORD, belongs, interviews, users
from analytics.queries.tags import Tags
from analytics.roster import refresh, summaries
from analytics.setup.backfill import SetupProgress
from analytics.setup.workspace import open_workspace

TASK: Final = "import"
_LONG_SECONDS: Final = 600


class ImportSummary(NamedTuple):
    """The result of an import: interviews added, updated and unchanged, and new people."""

    new: int
    changed: int
    unchanged: int
    people: int


def import_file(engine: Engine, path: Path, progress_of: Callable[[str], SetupProgress] | None = None) -> ImportSummary:
    """Import the interviews of a file, all or nothing; the same file again changes nothing.

    Creates the platform's tables in an empty database, and sets it up. A line about an interview that came in before,
    but that says something else now, brings it up to date. Raises `ImportFileError` for a file that cannot be used, and
    `DatabaseError`.
    """
    try:
        with path.open("rb") as file:
            return import_lines(engine, file, progress_of)
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read: {error.strerror or error}.") from error


def import_lines(
    engine: Engine, file: BinaryIO, progress_of: Callable[[str], SetupProgress] | None = None
) -> ImportSummary:
    """Import the interviews of an open file, as `import_file` does."""
    total = check(file)
    file.seek(0)
    open_workspace(engine, progress_of)
    report = progress_of(TASK) if progress_of else lambda _done, _total: None
    with writing(engine, seconds=_LONG_SECONDS) as connection:
        done = ImportSummary(0, 0, 0, 0)
        for batch in batches(line for _number, line in lines(file)):
            done = ImportSummary(*map(sum, zip(done, _write(connection, batch), strict=True)))
            report(done.new + done.changed + done.unchanged, total)
    left = summaries.BATCH
    while left == summaries.BATCH:
        with writing(engine) as connection:
            left = refresh.refresh(connection)
    return done


def _write(connection: Connection, batch: Sequence[Line]) -> ImportSummary:
    people, new_people = people_of(connection, batch)
    by_fingerprint = {line.fingerprint: line for line in batch}
    # Of a deleted interview the id may be another's by now.
    still_there = sa.and_(interviews.c.id == imports.c.interview_id, belongs(imports.c.imported_at))
    known = {
        row.fingerprint: row
        for row in connection.execute(
            sa.select(imports.c.fingerprint, imports.c.content, imports.c.interview_id, interviews.c.id.label("there"))
            .select_from(sa.outerjoin(imports, interviews, still_there))
            .where(imports.c.fingerprint.in_(by_fingerprint)),
        )
    }
    changed = [row for row in known.values() if not by_fingerprint[row.fingerprint].says(row.content)]
    gone = {row.fingerprint for row in changed if row.there is None}
    for row in changed:
        line = by_fingerprint[row.fingerprint]
        if row.fingerprint not in gone:
            values = {name: value for name, value in line.row().items() if name != "created_at"}
            connection.execute(sa.update(interviews).where(interviews.c.id == row.interview_id).values(values))
            tags.keep(connection, {row.interview_id: Tags(line.kind, line.difficulty)}, by=TRUSTED.actor)
        seen = sa.update(imports).where(imports.c.fingerprint == row.fingerprint)
        connection.execute(seen.values(content=line.content, imported_at=now()))
    fresh = [line for fingerprint, line in by_fingerprint.items() if fingerprint not in known or fingerprint in gone]
    if fresh:
        ids = insert(connection, fresh, people, by=TRUSTED.actor)
        connection.execute(sa.delete(imports).where(imports.c.fingerprint.in_(gone)))
        connection.execute(
            sa.insert(imports),
            [
                {
                    "fingerprint": line.fingerprint,
                    "content": line.content,
                    "interview_id": interview_id,
                    "imported_at": now(),
                }
                for line, interview_id in zip(fresh, ids, strict=True)
            ],
        )
    updated = len(changed) - len(gone)
    return ImportSummary(len(fresh), updated, len(batch) - len(fresh) - updated, new_people)


def insert(connection: Connection, batch: Sequence[Line], people: Mapping[str, int], *, by: str) -> list[int]:
    """Insert interviews with their tags, for people whose ids are given by e-mail; returns the interviews' ids."""
    rows = [{"user_id": people[line.email], **line.row()} for line in batch]
    written = sa.insert(interviews).returning(interviews.c.id, sort_by_parameter_order=True)
    ids = list(connection.execute(written, rows).scalars())
    # About interviews that had these ids before: these may be dated earlier than that.
    delete_rows_about(connection, ids)
    tagged = {number: Tags(line.kind, line.difficulty) for number, line in zip(ids, batch, strict=True)}
    tags.keep(connection, tagged, by=by)
    return ids


def people_of(connection: Connection, batch: Sequence[Line]) -> tuple[dict[str, int], int]:
    """Find the people of these interviews by e-mail and add new ones; existing people keep their names."""
    wanted = {line.email: line.person for line in reversed(batch)}
    address = sa.func.lower(users.c.email)
    known = sa.select(address, users.c.id).where(address.in_(wanted))
    people: dict[str, int] = dict(connection.execute(known).all())
    absent = {email: person for email, person in wanted.items() if email not in people}
    if absent:
        moment = now()
        rows = [
            {
                "email": email,
                "hashed_password": UNUSABLE_PASSWORD,
                "full_name": person.name,
                "is_active": True,
                "is_verified": False,
                "created_at": moment,
                "updated_at": moment,
            }
            for email, person in absent.items()
        ]
        # Another import may bring in the same people at this moment.
        added = upsert(connection, users).on_conflict_do_nothing(index_elements=["email"]).returning(users.c.id)
        new = len(connection.execute(added, rows).all())
        people = dict(connection.execute(known).all())
        return people, new
    return people, 0
