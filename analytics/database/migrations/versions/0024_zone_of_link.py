"""Keep in which time zone the days of a link to a report were chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; the days of the links so far are read in UTC, as before."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    op.add_column("report_links", sa.Column("zone", sa.String(length=64), nullable=True), schema=schema)
