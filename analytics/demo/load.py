"""Loading an empty database: with the demo people, or with any number of synthetic ones."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.database.errors import DatabaseError
from analytics.database.sessions import writing
from analytics.demo import rows as demo_rows
from analytics.demo import stories, synthetic
from analytics.demo.rows import Row
from analytics.interviewlab.tables import create_platform, interviews, resumes, users
from analytics.roster.refresh import refresh
from analytics.setup.backfill import SetupProgress
from analytics.setup.install import set_up

FILLING: Final = "interviews"
# Who the versions that come with the demo are by.
RECORDED_BY: Final = "the demo"
_LONG_SECONDS: Final = 600
NOT_EMPTY: Final = "This database already holds people. Demo people only go into an empty one."


def load_demo(
    engine: Engine, progress_of: Callable[[str], SetupProgress] | None = None, *, write_back: bool = True
) -> None:
    """Put the demo people into an empty database, set it up, and make the recorded breakdowns versions of theirs.

    A second run changes nothing.

    Raises `DatabaseError` where the database holds other people.
    """
    with writing(engine) as connection:
        create_platform(connection)
        present = set(connection.execute(sa.select(users.c.email).limit(len(stories.STORIES) + 1)).scalars())
        if not present:
            rows = {users: demo_rows.people(), resumes: demo_rows.resumes(), interviews: demo_rows.interviews()}
            for table, of_table in rows.items():
                insert(connection, table, of_table)
        elif present != {story.email for story in stories.STORIES}:
            raise DatabaseError(NOT_EMPTY)
    set_up(engine, progress_of)
    if not present:
        _save_recorded(engine, rows[interviews], {row["id"]: row["full_name"] for row in rows[users]}, write_back)


def _save_recorded(engine: Engine, rows: Sequence[Row], names: Mapping[int, str], write_back: bool) -> None:
    # Imported late: a start with the demo people already there does not wait for it.
    from analytics.breakdown.generator import FeedbackGenerator
    from analytics.breakdown.model_settings import ModelSettings
    from analytics.breakdown.reading.transcript import transcript_hash
    from analytics.breakdown.versions.save import save
    from analytics.demo.recorded import Recording

    recording = Recording.read()
    # Without the environment's model, which would be asked.
    generator = FeedbackGenerator(ModelSettings(), recorded=recording)
    for row in rows:
        conversation, resume = row["conversation_history"], row["resume_context"]
        if row["status"] != "completed" or not recording.knows(transcript_hash(conversation, resume)):
            continue
        feedback = generator.generate_feedback(
            conversation, resume, row["job_description"], names=(names[row["user_id"]],), title=row["title"]
        )
        version_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{row['id']} {feedback.provenance.transcript_hash}"))
        save(engine, row["id"], feedback, version_id=version_id, by=RECORDED_BY, write_back=write_back)
    with writing(engine) as connection:
        refresh(connection)


def load_synthetic(
    engine: Engine,
    people: int,
    interview_count: int,
    *,
    transcript_bytes: int = 2_000,
    progress_of: Callable[[str], SetupProgress] | None = None,
) -> None:
    """Put synthetic people into an empty database and set it up; all or nothing until the set-up begins.

    The triggers come after the rows, so that a million of them is quick. Raises `DatabaseError` where the database
    holds people.
    """
    report = progress_of(FILLING) if progress_of else lambda _done, _total: None
    with writing(engine, seconds=_LONG_SECONDS) as connection:
        create_platform(connection)
        if connection.execute(sa.select(users.c.id).limit(1)).first():
            raise DatabaseError(NOT_EMPTY)
        done = 0
        for new_users, new_interviews in synthetic.synthetic(
            people, interview_count, transcript_bytes=transcript_bytes
        ):
            _load(connection, users, new_users)
            _load(connection, interviews, new_interviews)
            done += len(new_interviews)
            report(done, interview_count)
        for table in (users, interviews):
            number_on(connection, table)
            connection.exec_driver_sql(f"ANALYZE {table.name}")
    set_up(engine, progress_of)


def _load(connection: Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Load rows whose JSON is text already."""
    if not rows:
        return
    names = list(rows[0])
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(tuple(row.values()))
        return
    columns = [
        sa.column(name, sa.Text if isinstance(table.c[name].type, sa.JSON) else table.c[name].type) for name in names
    ]
    connection.execute(sa.insert(sa.table(table.name, *columns)), rows)


def insert(connection: Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that bring their own ids, and have the database number on from there."""
    connection.execute(sa.insert(table), rows)
    number_on(connection, table)


def number_on(connection: Connection, table: sa.Table) -> None:
    """Have the next id follow the highest one; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        connection.execute(sa.select(sa.func.setval(sequence, sa.func.max(table.c.id))).select_from(table))
