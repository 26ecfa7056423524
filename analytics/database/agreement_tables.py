"""Our tables about agreement: people's levels, rating queues, and audits."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Integer, SmallInteger, String, Table, Text

from analytics.columns import Serial, UtcDateTime
from analytics.database.schema import ours

# Levels that people gave elsewhere, brought in from a file. The latest row of an interview's skill counts.
human_levels: Final = Table(
    "human_levels",
    ours,
    Column("id", Serial, primary_key=True),
    Column("interview_id", Integer, nullable=False),
    Column("skill", String(16), nullable=False),
    Column("level", SmallInteger, CheckConstraint("level BETWEEN 1 AND 5"), nullable=False),
    Column("brought_by", String(255), nullable=False),
    Column("brought_at", UtcDateTime, nullable=False),
)
Index("human_levels_by_interview", human_levels.c.interview_id, human_levels.c.skill)

# Interviews that were drawn for somebody to rate before they see the scores.
rating_queue: Final = Table(
    "rating_queue",
    ours,
    Column("id", Serial, primary_key=True),
    Column("interview_id", Integer, nullable=False),
    Column("rater", String(255), nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False),
)
Index("rating_queue_by_rater", rating_queue.c.rater)

# What an audit found (`analytics.agreement.audit`), as JSON; nobody's data stands in it.
judge_audits: Final = Table(
    "judge_audits",
    ours,
    Column("id", Serial, primary_key=True),
    Column("judge", String(64), nullable=False),
    Column("found", Text, nullable=False),
    Column("audited_by", String(255), nullable=False),
    Column("audited_at", UtcDateTime, nullable=False),
)
