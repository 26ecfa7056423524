"""Keep which interviews only the person themselves sees."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table; all interviews so far are shared."""
    op.create_table(
        "private_interviews",
        sa.Column("interview_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("interview_id"),
        schema="skill_analytics",
    )
