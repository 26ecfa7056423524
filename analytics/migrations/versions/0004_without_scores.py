"""Keep how many completed interviews of a candidate have no scores.

Where there are none, nobody has to look at the interviews to count them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; until a candidate is summarised again, the number is not known."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    op.add_column("candidate_summaries", sa.Column("without_scores", sa.Integer(), nullable=True), schema=schema)
