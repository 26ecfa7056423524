"""Jobs: each press of the button, which is carried out whatever happens to the page or the process.

A press is a row of `breakdown_jobs`, at most one unfinished for each interview, and a durable workflow of the same id
(`analytics.breakdown.workflow`) that does the work and writes into the row how far it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from analytics.breakdown.records import Record


class JobError(Exception):
    """A job cannot be started or changed; the message says why."""


class BudgetError(JobError):
    """The person has used up today's breakdowns, or too many are waiting already."""


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobProgress(Record):
    """The progress of a job: calls done and expected, tokens so far, and a sentence for each skill."""

    done: int = 0
    total: int = 0
    tokens: int = 0
    skills: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it


@dataclass(frozen=True, slots=True)
class Job:
    """One press of the button and its result; `sentence` describes it in words."""

    id: str
    interview_id: int
    pressed_by: str
    pressed_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    state: JobState
    cancel_requested: bool
    progress: JobProgress
    sentence: str
    version_id: str | None
    batch_id: str | None

    @property
    def workflow_id(self) -> str:
        """Return the id of its workflow: its own, or its batch's."""
        return self.batch_id or self.id

    @property
    def is_open(self) -> bool:
        """Return whether the job is unfinished."""
        return self.finished_at is None


# What the workflow writes into the row. Each is one statement that does nothing to a job that is finished.


@dataclass(frozen=True, slots=True)
class Budget:
    """How many breakdowns a person may still request: `left` of `per_day`, and whether the queue accepts more."""

    per_day: int
    left: int
    queue_is_full: bool

    @property
    def refusal(self) -> str | None:
        """Return why no breakdown can be requested now; None if one can."""
        if self.left < 1:
            return f"You have reached today's limit of {self.per_day} breakdowns. Try again tomorrow."
        if self.queue_is_full:
            return "Too many breakdowns are waiting already. Try again when some are done."
        return None
