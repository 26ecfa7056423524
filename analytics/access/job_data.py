"""Personal data in the job store: what jobs, batches and recordings have stored of a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.columns import now
from analytics.database import job_store
from analytics.database.schema import breakdown_jobs

# What waits or runs for longer will never be done.
_LONGEST_RECORDING: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Workflows:
    """The workflows that hold something of a person: their jobs, the batches that held one, and their recordings."""

    jobs: frozenset[str]
    batches: frozenset[str]
    recordings: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Return all of them, also those that hold something of other people."""
        return self.jobs | self.batches | self.recordings


def workflows_of(
    db: Session | Connection, of_their_interviews: sa.ColumnElement[bool], emails: Iterable[str]
) -> Workflows:
    """Find the workflows of a person, given the condition that a job is one of their interviews."""
    jobs = db.execute(sa.select(breakdown_jobs.c.id, breakdown_jobs.c.batch_id).where(of_their_interviews)).all()
    return Workflows(
        jobs=frozenset(row.id for row in jobs),
        batches=frozenset(row.batch_id for row in jobs if row.batch_id is not None),
        recordings=frozenset(job_store.recordings_of(_connection(db), emails)),
    )


def is_recording(db: Session | Connection, emails: Iterable[str]) -> bool:
    """Return whether a recording of a person is still being written down."""
    return bool(job_store.recordings_of(_connection(db), emails, open_since=now() - _LONGEST_RECORDING))


def rows_of(db: Session | Connection, workflows: Workflows) -> dict[str, list[dict[str, Any]]]:
    """Read what is stored of a person, table by table; of a batch only the steps that are about one of their jobs.

    The other steps of a batch, and what it began with, hold other people's interviews as well.
    """
    held = job_store.rows(_connection(db), workflows.jobs | workflows.recordings)
    steps = job_store.rows(_connection(db), workflows.batches).get(job_store.STEPS, [])
    own = [row for row in steps if str(row["function_name"]).endswith(tuple(workflows.jobs))]
    return held | ({job_store.STEPS: [*held.get(job_store.STEPS, []), *own]} if own else {})


def _connection(db: Session | Connection) -> Connection:
    return db.connection() if isinstance(db, Session) else db
