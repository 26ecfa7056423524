"""Keep the level of the post that people say an interview is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; so far it is read from the interview's title."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    op.add_column("interview_tags", sa.Column("post", sa.String(length=16), nullable=True), schema=schema)
