"""Keep what somebody was shown of a person when they last looked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add a table; nobody has looked yet."""
    op.create_table(
        "looks",
        sa.Column("viewer", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("base_at", _MOMENT, nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("shown_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("viewer", "user_id"),
        schema=_SCHEMA,
    )
    op.create_index("looks_by_user", "looks", ["user_id"], schema=_SCHEMA)
