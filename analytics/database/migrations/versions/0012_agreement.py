"""Keep people's levels, who rates what blind, and what audits of a judge found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add three tables; there are no levels, draws or audits yet."""
    op.create_table(
        "human_levels",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("brought_by", sa.String(length=255), nullable=False),
        sa.Column("brought_at", _MOMENT, nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5"),
        sa.PrimaryKeyConstraint("id"),
        schema=_SCHEMA,
    )
    op.create_index("human_levels_by_interview", "human_levels", ["interview_id", "skill"], schema=_SCHEMA)
    op.create_table(
        "rating_queue",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("rater", sa.String(length=255), nullable=False),
        sa.Column("drawn_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema=_SCHEMA,
    )
    op.create_index("rating_queue_by_rater", "rating_queue", ["rater"], schema=_SCHEMA)
    op.create_table(
        "judge_audits",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("judge", sa.String(length=64), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("audited_by", sa.String(length=255), nullable=False),
        sa.Column("audited_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema=_SCHEMA,
    )
