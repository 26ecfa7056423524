"""Create our tables."""

from __future__ import annotations

from alembic import op

from analytics.schema import ours

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of ours; the platform's are left alone."""
    ours.create_all(op.get_bind(), checkfirst=False)
