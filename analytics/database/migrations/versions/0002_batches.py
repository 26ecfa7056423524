"""Name the batch that a job is made in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; jobs noted so far are in no batch."""
    # Unlike a new table's, the schema of a changed one is not translated.
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    op.add_column("breakdown_jobs", sa.Column("batch_id", sa.String(length=36), nullable=True), schema=schema)
