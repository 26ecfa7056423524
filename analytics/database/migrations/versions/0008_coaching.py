"""Keep notes, next steps and goals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add four tables; there are no notes, steps or goals yet."""
    _add_notes()
    _add_steps()
    _add_goals()


def _add_notes() -> None:
    op.create_table(
        "note_versions",
        sa.Column("note_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=True),
        sa.Column("skill", sa.String(length=16), nullable=True),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=255), nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.CheckConstraint("visibility IN ('me', 'coaches', 'shared')"),
        sa.PrimaryKeyConstraint("note_id", "number"),
        schema=_SCHEMA,
    )
    op.create_index("note_versions_by_user", "note_versions", ["user_id"], schema=_SCHEMA)


def _add_steps() -> None:
    op.create_table(
        "next_steps",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("doer", sa.String(length=16), nullable=False),
        sa.Column("agreed_by", sa.String(length=255), nullable=False),
        sa.Column("agreed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("doer IN ('candidate', 'coach')"),
        sa.PrimaryKeyConstraint("id"),
        schema=_SCHEMA,
    )
    op.create_table(
        "step_changes",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("step_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('open', 'tried', 'done', 'dropped')"),
        sa.PrimaryKeyConstraint("id"),
        schema=_SCHEMA,
    )
    op.create_index("next_steps_by_user", "next_steps", ["user_id"], schema=_SCHEMA)
    op.create_index("step_changes_by_step", "step_changes", ["step_id"], schema=_SCHEMA)


def _add_goals() -> None:
    op.create_table(
        "goals",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("target", sa.Double(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=255), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema=_SCHEMA,
    )
    op.create_index("goals_by_user", "goals", ["user_id"], schema=_SCHEMA)
