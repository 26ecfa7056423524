"""Keep of which kind of interview a step is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; the steps so far are about interviews of any kind."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    op.add_column("next_steps", sa.Column("kind", sa.String(length=40), nullable=True), schema=schema)
