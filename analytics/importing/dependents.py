"""What depends on an interview in our tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.database import job_store
from analytics.database.schema import audit, breakdown_jobs, ours, shown_versions, skill_scores, stale_candidates
from analytics.scores import skill_scores as score_copies

# The triggers keep the scores.
_KEPT: Final = (audit, stale_candidates, skill_scores)


def delete_rows_about(connection: Connection, interview_ids: Sequence[int]) -> None:
    """Delete everything that depends on the interviews with these ids: versions, jobs, verdicts, notes, tags and so on.

    A job that still runs finds nothing to save. Where a shown version stood in for the feedback, scores are read again.
    """
    served = sa.select(shown_versions.c.interview_id).where(shown_versions.c.interview_id.in_(interview_ids))
    unread = connection.execute(served).scalars().all()
    ended = sa.select(breakdown_jobs.c.id).where(
        breakdown_jobs.c.interview_id.in_(interview_ids), breakdown_jobs.c.finished_at.is_not(None)
    )
    job_store.delete(connection, connection.execute(ended).scalars().all())
    for table in reversed(ours.sorted_tables):
        if "interview_id" in table.c and table not in _KEPT:
            connection.execute(sa.delete(table).where(table.c.interview_id.in_(interview_ids)))
    if unread:
        score_copies.correct(connection, unread)
