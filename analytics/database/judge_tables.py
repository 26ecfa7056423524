"""Our tables of who gave which score; rows are only added."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, String, Table

from analytics.columns import UtcDateTime
from analytics.database.schema import breakdown_versions, ours

# Each judge that gave a score (`analytics.judges`).
judges: Final = Table(
    "judges",
    ours,
    Column("key", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("host", String(255), nullable=False),
    Column("model", String(255), nullable=False),
    Column("prompt", String(64), nullable=False),
    Column("rubric", String(64), nullable=False),
)

# The scores of each version of a breakdown, with who gave them and when; of the platform's own nobody knows when. A
# score that a version kept from an earlier one has the judge it had there.
version_scores: Final = Table(
    "version_scores",
    ours,
    Column("version_id", ForeignKey(breakdown_versions.c.id, ondelete="CASCADE"), primary_key=True),
    Column("skill", String(16), primary_key=True),
    Column("interview_id", Integer, nullable=False),
    Column("judge", ForeignKey(judges.c.key), nullable=False),
    Column("judged_at", UtcDateTime),
    Column("score", Double, nullable=False),
)
Index("version_scores_by_interview", version_scores.c.interview_id)
