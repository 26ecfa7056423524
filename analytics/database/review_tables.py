"""Our tables of self-ratings, review requests, and struck claims.

Rows are added, never changed.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Double, Index, Integer, SmallInteger, String, Table, Text

from analytics.columns import Serial, UtcDateTime
from analytics.database.schema import ours

# How somebody rated themselves before they saw the scores; without a level they passed the skill over.
self_ratings: Final = Table(
    "self_ratings",
    ours,
    Column("interview_id", Integer, primary_key=True, autoincrement=False),
    Column("skill", String(16), primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("level", SmallInteger, CheckConstraint("level BETWEEN 1 AND 5")),
    Column("rated_by", String(255), nullable=False),
    Column("rated_at", UtcDateTime, nullable=False),
)
Index("self_ratings_by_user", self_ratings.c.user_id)

# What somebody sees differently: a score, or with `kind` a claim. `score` and `claim` are what was shown then,
# `sentence` the id of what they said themselves that speaks for them; where another speaker says it now, `AWAY` and its
# place.
review_requests: Final = Table(
    "review_requests",
    ours,
    Column("id", String(36), primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("interview_id", Integer, nullable=False),
    Column("skill", String(16), nullable=False),
    Column("kind", String(24)),
    Column("claim", Text, nullable=False),
    Column("score", Double),
    Column("reason", Text, nullable=False),
    Column("sentence", String(32), nullable=False),
    Column("asked_by", String(255), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
)
Index("review_requests_by_interview", review_requests.c.interview_id)
Index("review_requests_by_user", review_requests.c.user_id)

# What became of a request, in order: an answer, perhaps asked once more, and the last answer.
review_steps: Final = Table(
    "review_steps",
    ours,
    Column("request_id", String(36), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("interview_id", Integer, nullable=False),
    Column("step", String(8), CheckConstraint("step IN ('kept', 'verdict', 'struck', 'again')"), nullable=False),
    Column("level", SmallInteger, CheckConstraint("level BETWEEN 1 AND 5")),
    Column("words", Text, nullable=False),
    Column("taken_by", String(255), nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
)
Index("review_steps_by_interview", review_steps.c.interview_id)

# A claim that a coach marked as wrong, by the ids of what it cited; the latest row of a claim says whether it is.
struck_claims: Final = Table(
    "struck_claims",
    ours,
    Column("id", Serial, primary_key=True),
    Column("interview_id", Integer, nullable=False),
    Column("skill", String(16), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("claim", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("struck", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("struck_by", String(255), nullable=False),
    Column("struck_at", UtcDateTime, nullable=False),
)
Index("struck_claims_by_interview", struck_claims.c.interview_id)
