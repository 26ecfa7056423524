"""Orphans: our rows about interviews and people that were deleted, or whose id has been given to others."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.access.coaching_data import orphaned_rows
from analytics.access.review_data import REVIEW_MOMENTS
from analytics.columns import now
from analytics.database import job_store
from analytics.database.agreement_tables import human_levels, rating_queue
from analytics.database.judge_tables import version_scores
from analytics.database.schema import (
    added_interviews,
    breakdown_jobs,
    breakdown_versions,
    coach_candidates,
    imports,
    interview_tags,
    shown_versions,
)
from analytics.database.sharing_tables import private_interviews
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.tables import belongs, interviews, users

# When a row about an interview was made. A line that was brought in stays known for as long as an interview has its id:
# it does not come in again.
MOMENTS: Final = {
    shown_versions: shown_versions.c.changed_at,
    breakdown_jobs: breakdown_jobs.c.pressed_at,
    breakdown_versions: breakdown_versions.c.created_at,
    # Gone with their version.
    version_scores: sa.select(breakdown_versions.c.created_at)
    .where(breakdown_versions.c.id == version_scores.c.version_id)
    .correlate(version_scores)
    .scalar_subquery(),
    verdicts: verdicts.c.given_at,
    human_levels: human_levels.c.brought_at,
    rating_queue: rating_queue.c.drawn_at,
    **REVIEW_MOMENTS,
    private_interviews: private_interviews.c.since,
    added_interviews: added_interviews.c.added_at,
    interview_tags: interview_tags.c.changed_at,
    imports: None,
}
_OPEN: Final = breakdown_jobs.c.finished_at.is_(None)


def is_orphan(table: sa.Table) -> sa.ColumnElement[bool]:
    """Build the condition that a row is about an interview that is gone."""
    moment = MOMENTS[table]
    there = interviews.c.id == table.c.interview_id
    return ~sa.exists().where(there if moment is None else sa.and_(there, belongs(moment)))


def open_jobs() -> sa.Select[tuple[str]]:
    """Select the open jobs of interviews that are gone."""
    return sa.select(breakdown_jobs.c.id).where(_OPEN, is_orphan(breakdown_jobs))


def remove(connection: Connection, interview_id: int | None = None) -> int:
    """Delete the rows about all interviews that are gone, or only those that had one id, and count them.

    With an ended job goes what it has stored. One that still runs ends by itself, and its row stays until then.
    """

    def choose_orphans(table: sa.Table) -> sa.ColumnElement[bool]:
        one = sa.true() if interview_id is None else table.c.interview_id == interview_id
        return sa.and_(one, is_orphan(table))

    batch = breakdown_jobs.alias()
    unfinished = sa.exists().where(batch.c.batch_id == breakdown_jobs.c.batch_id, batch.c.finished_at.is_(None))
    ended = sa.select(breakdown_jobs.c.id, sa.case((~unfinished, breakdown_jobs.c.batch_id))).where(
        ~_OPEN, choose_orphans(breakdown_jobs)
    )
    workflows = {name for row in connection.execute(ended) for name in row if name is not None}
    removed = job_store.delete(connection, workflows) if workflows else 0
    came_with_it = (private_interviews, added_interviews, interview_tags)
    others = (verdicts, human_levels, rating_queue, *came_with_it, *REVIEW_MOMENTS)
    # The choice of a version may be younger than it; an interview that is dated anew may stand between the two.
    gone = sa.select(breakdown_versions.c.id).where(choose_orphans(breakdown_versions))
    removed += connection.execute(sa.delete(shown_versions).where(shown_versions.c.version_id.in_(gone))).rowcount
    ours = (shown_versions, breakdown_jobs, breakdown_versions, *others)
    for table in ours:
        done = connection.execute(
            sa.delete(table).where(choose_orphans(table), ~_OPEN if table is breakdown_jobs else sa.true())
        )
        removed += done.rowcount
    return removed


def remove_all(connection: Connection) -> int:
    """Delete all other rows about interviews and people that are gone, and count them."""
    uncoached = ~sa.exists().where(
        users.c.id == coach_candidates.c.user_id, belongs(coach_candidates.c.assigned_at, users)
    )
    removed = remove(connection)
    shown = [sa.delete(table).where(condition) for table, condition in orphaned_rows()]
    brought_in = sa.delete(imports).where(is_orphan(imports))
    for statement in (brought_in, *shown, sa.delete(coach_candidates).where(uncoached)):
        removed += connection.execute(statement).rowcount
    return removed


def stop_job(connection: Connection, interview_id: int) -> None:
    """Stop the open job of an interview that is gone and had this id."""
    stale = sa.update(breakdown_jobs).where(
        breakdown_jobs.c.interview_id == interview_id, _OPEN, is_orphan(breakdown_jobs)
    )
    gone = "The interview is gone, so there was nothing to save."
    connection.execute(stale.values(finished_at=now(), state="cancelled", cancel_requested=True, sentence=gone))
