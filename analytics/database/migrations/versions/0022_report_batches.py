"""Keep the reports that are made for somebody in one go, until they are taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two tables; nobody has asked for reports yet."""
    op.create_table(
        "report_batches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("asked_as", sa.String(length=16), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("paper", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.CheckConstraint("asked_as IN ('interviewee', 'coach', 'admin')"),
        sa.PrimaryKeyConstraint("id"),
        schema=_SCHEMA,
    )
    op.create_table(
        "batch_reports",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'made', 'left_out', 'failed')"),
        sa.PrimaryKeyConstraint("batch_id", "place"),
        schema=_SCHEMA,
    )
    op.create_index("batch_reports_by_user", "batch_reports", ["user_id"], schema=_SCHEMA)
