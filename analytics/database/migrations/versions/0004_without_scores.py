"""Keep how many completed interviews of a candidate have no scores, and have summaries vacuumed in time.

Where there are none, nobody has to look at the interviews to count them. Each refresh writes some summaries anew; with
a row or two of that kind on every page, the roster's counts would open all of them instead of reading an index.
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
    if schema is not None:
        # After 2% of the rows instead of 20%.
        op.execute(f"ALTER TABLE {schema}.candidate_summaries SET (autovacuum_vacuum_scale_factor = 0.02)")
