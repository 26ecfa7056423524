"""How much one person may write about a candidate or an interview: one table, and one sentence at its end.

What has one row however often it is changed (tags, practice, digests, looks, self-ratings) needs none here; the trail
of such changes has one of its own (`access.audit.require_few_changes`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import Viewer
from analytics.coaching.access import CoachingError
from analytics.database.coaching_tables import goals, next_steps, note_versions, step_changes
from analytics.database.review_tables import review_requests, struck_claims
from analytics.database.sharing_tables import report_links
from analytics.database.verdict_tables import verdicts


class Limit(NamedTuple):
    """At most so many rows by one person about one candidate, or one interview."""

    about: sa.Column[int]
    by: sa.Column[str]
    most: int
    what: str


NOTES: Final = Limit(
    note_versions.c.user_id, note_versions.c.written_by, 1_000, "notes about one candidate, changed wordings included"
)
STEPS: Final = Limit(next_steps.c.user_id, next_steps.c.agreed_by, 200, "steps for one candidate")
MARKS: Final = Limit(step_changes.c.user_id, step_changes.c.changed_by, 1_000, "marks on the steps of one candidate")
GOALS: Final = Limit(goals.c.user_id, goals.c.set_by, 200, "changes to the goals of one candidate")
LINKS: Final = Limit(report_links.c.user_id, report_links.c.made_by, 200, "links to the report of one candidate")
REVIEWS: Final = Limit(
    review_requests.c.interview_id, review_requests.c.asked_by, 100, "requests for review of one interview"
)
VERDICTS: Final = Limit(verdicts.c.interview_id, verdicts.c.given_by, 200, "verdicts on one interview")
STRUCK: Final = Limit(
    struck_claims.c.interview_id, struck_claims.c.struck_by, 500, "claims of one interview marked as wrong"
)
LIMITS: Final = (NOTES, STEPS, MARKS, GOALS, LINKS, REVIEWS, VERDICTS, STRUCK)


def require_room(viewer: Viewer, db: Session | Connection, limit: Limit, about: int) -> None:
    """Require that the viewer may write one more; what was written can be taken back at the limit too."""
    written = sa.select(sa.func.count()).where(limit.about == about, limit.by == viewer.actor)
    if db.execute(written).scalar_one() >= limit.most:
        raise CoachingError(f"You have reached the limit of {limit.most:,} {limit.what}.")
