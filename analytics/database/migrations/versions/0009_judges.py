"""Keep who gave which score: the judges, and the scores of every version of a breakdown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"


def upgrade() -> None:
    """Add two tables, which set-up fills from the stored versions."""
    op.create_table(
        "judges",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("prompt", sa.String(length=64), nullable=False),
        sa.Column("rubric", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        schema=_SCHEMA,
    )
    op.create_table(
        "version_scores",
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("judge", sa.String(length=64), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], [f"{_SCHEMA}.breakdown_versions.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["judge"], [f"{_SCHEMA}.judges.key"]),
        sa.PrimaryKeyConstraint("version_id", "skill"),
        schema=_SCHEMA,
    )
    op.create_index("version_scores_by_interview", "version_scores", ["interview_id"], schema=_SCHEMA)
