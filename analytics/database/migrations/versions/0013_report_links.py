"""Keep links to reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add a table; there are no links yet."""
    op.create_table(
        "report_links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("without_scores", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("made_as", sa.String(length=16), nullable=False),
        sa.Column("maker_id", sa.Integer(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=True),
        sa.CheckConstraint("made_as IN ('interviewee', 'coach', 'admin')"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
        schema=_SCHEMA,
    )
    op.create_index("report_links_by_user", "report_links", ["user_id"], schema=_SCHEMA)
