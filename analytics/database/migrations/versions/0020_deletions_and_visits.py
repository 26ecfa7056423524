"""Keep who asked for their deletion and who looked at whom, and find private interviews by person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two tables and an index; nobody has asked, and nobody has looked yet."""
    op.create_index("private_interviews_by_user", "private_interviews", ["user_id"], schema=_SCHEMA)
    op.create_table(
        "deletion_requests",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        schema=_SCHEMA,
    )
    op.create_table(
        "visits",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("viewer", sa.String(length=255), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "viewer", "what", "on_day"),
        schema=_SCHEMA,
    )
