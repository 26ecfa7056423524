"""Keep what a version that is not written back stands in for, and what is read instead, as the databases can read it.

What was kept before, a hash, no trigger can compare; a version that stood in by it is shown again once it is restored.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the hash by the two texts."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    for name in ("replaces", "served"):
        op.add_column("shown_versions", sa.Column(name, sa.Text(), nullable=True), schema=schema)
    op.drop_column("shown_versions", "stands_for", schema=schema)
