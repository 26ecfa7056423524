"""Our tables of coaching: notes, next steps and goals. Rows are only added; the newest one counts."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Date, Double, Index, Integer, SmallInteger, String, Table, Text

from analytics.columns import Serial, UtcDateTime
from analytics.database.schema import ours

# One row for each wording of a note; an empty text takes it back. The first wording decides whom it is about and who
# may read it.
note_versions: Final = Table(
    "note_versions",
    ours,
    Column("note_id", String(36), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("user_id", Integer, nullable=False),
    Column("interview_id", Integer),
    Column("skill", String(16)),
    Column("visibility", String(8), CheckConstraint("visibility IN ('me', 'coaches', 'shared')"), nullable=False),
    Column("text", Text, nullable=False),
    Column("written_by", String(255), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    # A turn by the words said before it, or a line of a submission; and how it began.
    Column("place", Integer),
    Column("line", Integer),
    Column("quote", Text),
)
Index("note_versions_by_user", note_versions.c.user_id)

# What was agreed in a session.
next_steps: Final = Table(
    "next_steps",
    ours,
    Column("id", String(36), primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("skill", String(16)),
    Column("text", Text, nullable=False),
    Column("due_on", Date),
    Column("doer", String(16), CheckConstraint("doer IN ('candidate', 'coach')"), nullable=False),
    Column("agreed_by", String(255), nullable=False),
    Column("agreed_at", UtcDateTime, nullable=False),
    # Of which kind of interview it is; without one, of any.
    Column("kind", String(40)),
)
Index("next_steps_by_user", next_steps.c.user_id)

# What became of a step, and a word about it; without a row it is open.
step_changes: Final = Table(
    "step_changes",
    ours,
    Column("id", Serial, primary_key=True),
    Column("step_id", String(36), nullable=False),
    Column("user_id", Integer, nullable=False),
    Column("state", String(8), CheckConstraint("state IN ('open', 'tried', 'done', 'dropped')"), nullable=False),
    Column("word", Text, nullable=False),
    Column("changed_by", String(255), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
Index("step_changes_by_step", step_changes.c.step_id)

# The latest row of a skill is the goal; without a target there is none any more.
goals: Final = Table(
    "goals",
    ours,
    Column("id", Serial, primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("skill", String(16), nullable=False),
    Column("target", Double),
    Column("due_on", Date),
    Column("why", Text, nullable=False),
    Column("set_by", String(255), nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
)
Index("goals_by_user", goals.c.user_id)
