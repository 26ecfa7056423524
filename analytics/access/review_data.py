"""Personal data in self-ratings, review requests and struck claims, and when it expires."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.database.review_tables import review_requests, review_steps, self_ratings, struck_claims
from analytics.database.verdict_tables import verdicts

# About the person whose interview it is, and when each row was made.
REVIEW_MOMENTS: Final = {
    self_ratings: self_ratings.c.rated_at,
    review_steps: review_steps.c.taken_at,
    review_requests: review_requests.c.asked_at,
    struck_claims: struck_claims.c.struck_at,
}
REVIEW_ACTORS: Final = (
    (self_ratings, "rated_by"),
    (review_requests, "asked_by"),
    (review_steps, "taken_by"),
    (struck_claims, "struck_by"),
)


def expire_reviews(db: Connection, before: datetime) -> int:
    """Delete settled requests and withdrawn marks from before a moment.

    What still counts stays, whatever its age, as do self-ratings. Returns how many rows.
    """
    step = review_steps.alias()
    newest = sa.select(sa.func.max(step.c.number)).where(step.c.request_id == review_steps.c.request_id)
    settled = sa.select(review_steps.c.request_id).where(
        review_steps.c.number == newest.scalar_subquery(),
        review_steps.c.step != "again",
        review_steps.c.taken_at < before,
    )
    ids = db.execute(settled).scalars().all()
    other = struck_claims.alias()
    same = sa.and_(*(other.c[name] == struck_claims.c[name] for name in ("interview_id", "skill", "kind", "claim")))
    taken_back = sa.exists().where(same, other.c.id >= struck_claims.c.id, ~other.c.struck, other.c.struck_at < before)
    return sum(
        db.execute(statement).rowcount
        for statement in (
            sa.delete(review_steps).where(review_steps.c.request_id.in_(ids)),
            sa.delete(review_requests).where(review_requests.c.id.in_(ids)),
            sa.delete(struck_claims).where(taken_back),
        )
    )


def expire_verdicts(db: Connection, before: datetime) -> int:
    """Delete verdicts withdrawn or replaced by the same person before a moment, and count them.

    What stands stays, whatever its age.
    """
    later = verdicts.alias()
    same = sa.and_(*(later.c[name] == verdicts.c[name] for name in ("interview_id", "skill", "given_by")))
    given_anew = sa.exists().where(same, later.c.id > verdicts.c.id, later.c.given_at < before)
    withdrawn = sa.and_(verdicts.c.withdrawn, verdicts.c.given_at < before)
    return db.execute(sa.delete(verdicts).where(sa.or_(given_anew, withdrawn))).rowcount
