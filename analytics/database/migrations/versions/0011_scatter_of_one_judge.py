"""Keep with each candidate's scatter whose scores they are, and have everybody summarised again, within one judge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; set-up then learns the noise and the summaries again, and fills it."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    judge = sa.Column("judge", sa.String(length=64), nullable=False, server_default="platform")
    op.add_column("candidate_scatter", judge, schema=schema)
    progress = "progress" if schema is None else f"{schema}.progress"
    op.execute(f"DELETE FROM {progress} WHERE task IN ('candidate_scatter', 'candidate_summaries')")
