"""Keep who wants digests, each digest that is sent, and what it told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"
_MOMENT = sa.DateTime(timezone=True)
_STATES = "'waiting', 'claimed', 'sending', 'sent', 'nothing', 'failed', 'interrupted'"


def upgrade() -> None:
    """Add two tables, and what a digest told to what was shown; nobody has digests yet.

    What was shown so far says nothing of verdicts and requests for review: all of them would be new once more. So
    every look begins anew.
    """
    schema = None if op.get_bind().dialect.name == "sqlite" else _SCHEMA
    op.execute(sa.delete(sa.table("looks", schema=schema)))
    op.add_column("looks", sa.Column("told", sa.Text(), nullable=True), schema=schema)
    op.add_column("looks", sa.Column("told_at", _MOMENT, nullable=True), schema=schema)
    op.create_table(
        "digests",
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("every", sa.String(length=4), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("with_scores", sa.Boolean(), nullable=False),
        sa.Column("chosen_as", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("chosen_at", _MOMENT, nullable=False),
        sa.CheckConstraint("every IN ('day', 'week')"),
        sa.CheckConstraint("channel IN ('mail', 'webhook')"),
        sa.CheckConstraint("chosen_as IN ('interviewee', 'coach', 'admin')"),
        sa.PrimaryKeyConstraint("email"),
        schema=_SCHEMA,
    )
    op.create_table(
        "digest_deliveries",
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("claim", sa.String(length=36), nullable=True),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint(f"state IN ({_STATES})"),
        sa.PrimaryKeyConstraint("email", "due_on"),
        sa.UniqueConstraint("token_hash"),
        schema=_SCHEMA,
    )
