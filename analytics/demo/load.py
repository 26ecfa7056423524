"""Fills an empty database with the demo people or with any number of synthetic ones."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.access.viewer import Role, Viewer
from analytics.agreement.labels import import_labels
from analytics.database.errors import DatabaseError
from analytics.database.schema import breakdown_versions
from analytics.database.sessions import reading, writing
from analytics.demo import rows as demo_rows
from analytics.demo import stories, synthetic
from analytics.demo.levels import levels_table
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
    engine: Engine,
    progress_of: Callable[[str], SetupProgress] | None = None,
    *,
    write_back: bool = True,
    latest_only: bool = False,
) -> None:
    """Fill an empty database with the demo people, set it up, and add people's levels and recorded breakdowns.

    A second run changes nothing. With `latest_only` a version is made of each person's latest recorded interview; who
    asks for that has `save_recorded` make the others.

    Raises `DatabaseError` where the database holds people, but not those of the demo.
    """
    emails = [story.email for story in stories.STORIES]
    with writing(engine) as connection:
        create_platform(connection)
        present = set(connection.execute(sa.select(users.c.email).where(users.c.email.in_(emails))).scalars())
        empty = connection.execute(sa.select(users.c.id).limit(1)).first() is None
        if empty:
            rows = {users: demo_rows.people(), resumes: demo_rows.resumes(), interviews: demo_rows.interviews()}
            for table, of_table in rows.items():
                insert(connection, table, of_table)
        # An earlier version's demo has the first people only, and others may have been added to it: it stays as it is.
        elif not present.issuperset(emails[: stories.FIRST_PEOPLE]):
            raise DatabaseError(NOT_EMPTY)
    set_up(engine, progress_of)
    if empty:
        with writing(engine) as connection:
            import_labels(Viewer(Role.ADMIN, name=RECORDED_BY), connection, levels_table(rows[interviews]))
        save_recorded(engine, write_back=write_back, latest_only=latest_only)


def save_recorded(engine: Engine, *, write_back: bool, latest_only: bool = False) -> None:
    """Make versions from the recorded answers for interviews without one, newest interviews first."""
    # Imported late: a start with the demo people already there does not wait for it.
    from analytics.breakdown.generator import FeedbackGenerator
    from analytics.breakdown.model_settings import ModelSettings
    from analytics.breakdown.reading.transcript import transcript_hash
    from analytics.breakdown.versions.save import save
    from analytics.demo.recorded import Recording

    recording = Recording.read()
    # Without the environment's model, which would be asked.
    generator = FeedbackGenerator(ModelSettings(), recorded=recording)
    seen: set[int] = set()
    for row in _without_version(engine, len(recording.interviews)):
        if latest_only and row.user_id in seen:
            continue
        if not recording.knows(transcript_hash(row.conversation_history, row.resume_context)):
            continue
        seen.add(row.user_id)
        feedback = generator.generate_feedback(
            row.conversation_history,
            row.resume_context,
            row.job_description,
            names=(row.full_name,),
            title=row.title,
        )
        version_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{row.id} {feedback.provenance.transcript_hash}"))
        save(engine, row.id, feedback, version_id=version_id, by=RECORDED_BY, write_back=write_back)
    if seen:
        with writing(engine) as connection:
            refresh(connection)


def _without_version(engine: Engine, wanted: int) -> Sequence[Any]:
    """Read completed interviews without a version, the latest first; none where as many as `wanted` were made."""
    versions = breakdown_versions.c
    made = sa.select(sa.func.count()).where(versions.created_by == RECORDED_BY)
    statement = (
        sa.select(
            *interviews.c["id", "user_id", "title", "job_description", "conversation_history", "resume_context"],
            users.c.full_name,
        )
        .join(users, users.c.id == interviews.c.user_id)
        .where(
            interviews.c.status == "completed",
            ~sa.exists().where(versions.interview_id == interviews.c.id),
        )
        .order_by(interviews.c.completed_at.desc(), interviews.c.id.desc())
    )
    with reading(engine) as db:
        return [] if db.execute(made).scalar_one() >= wanted else db.execute(statement).all()


def load_synthetic(
    engine: Engine,
    people: int,
    interview_count: int,
    *,
    transcript_bytes: int = 2_000,
    progress_of: Callable[[str], SetupProgress] | None = None,
) -> None:
    """Fill an empty database with synthetic people and set it up; all or nothing until set-up begins.

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
    """Insert rows with explicit ids, and advance the database's sequence past them."""
    connection.execute(sa.insert(table), rows)
    number_on(connection, table)


def number_on(connection: Connection, table: sa.Table) -> None:
    """Advance the sequence past the highest id; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        connection.execute(sa.select(sa.func.setval(sequence, sa.func.max(table.c.id))).select_from(table))
