"""Our tables of verdicts, and of who rates blind.

Verdicts are added, never changed: the latest row of somebody about a skill of an interview is what they say of it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, SmallInteger, String, Table, Text

from analytics.columns import Serial, UtcDateTime
from analytics.database.schema import ours

# Without a level it says that the skill cannot be assessed; `withdrawn` takes back what the same person said before.
# `sentences` are the ids it rests on, as JSON; of what another speaker says now, `AWAY` and its place. `blind` is
# whether the scores were hidden from whoever gave it.
verdicts: Final = Table(
    "verdicts",
    ours,
    Column("id", Serial, primary_key=True),
    Column("interview_id", Integer, nullable=False),
    Column("skill", String(16), nullable=False),
    Column("level", SmallInteger, CheckConstraint("level BETWEEN 1 AND 5")),
    Column("withdrawn", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sentences", Text, nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("given_by", String(255), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
)
Index("verdicts_by_interview", verdicts.c.interview_id, verdicts.c.skill)

# Who chose to rate before they see, by e-mail.
blind_raters: Final = Table(
    "blind_raters",
    ours,
    Column("email", String(255), primary_key=True),
    Column("chosen_at", UtcDateTime, nullable=False),
)
