"""Keep who added which interview, and what kind each interview is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables; nothing is added or tagged yet."""
    schema = "skill_analytics"
    op.create_table(
        "added_interviews",
        sa.Column("interview_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("format", sa.String(length=64), nullable=False),
        sa.Column("added_by", sa.String(length=255), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("interview_id"),
        sa.UniqueConstraint("source"),
        schema=schema,
    )
    op.create_table(
        "interview_tags",
        sa.Column("interview_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("difficulty", sa.SmallInteger(), nullable=True),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("interview_id"),
        schema=schema,
    )
    op.create_index("interview_tags_by_kind", "interview_tags", ["kind"], schema=schema)
