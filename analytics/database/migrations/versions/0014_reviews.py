"""Keep self-ratings, requests for review, and claims that were marked wrong."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add four tables; nobody has said anything yet."""
    _add_self_ratings()
    _add_requests()
    _add_struck_claims()


def _add_self_ratings() -> None:
    op.create_table(
        "self_ratings",
        sa.Column("interview_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("rated_by", sa.String(length=255), nullable=False),
        sa.Column("rated_at", _MOMENT, nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5"),
        sa.PrimaryKeyConstraint("interview_id", "skill"),
        schema=_SCHEMA,
    )
    op.create_index("self_ratings_by_user", "self_ratings", ["user_id"], schema=_SCHEMA)


def _add_requests() -> None:
    op.create_table(
        "review_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=True),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sentence", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema=_SCHEMA,
    )
    op.create_table(
        "review_steps",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.String(length=255), nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.CheckConstraint("step IN ('kept', 'verdict', 'struck', 'again')"),
        sa.CheckConstraint("level BETWEEN 1 AND 5"),
        sa.PrimaryKeyConstraint("request_id", "number"),
        schema=_SCHEMA,
    )
    op.create_index("review_requests_by_interview", "review_requests", ["interview_id"], schema=_SCHEMA)
    op.create_index("review_requests_by_user", "review_requests", ["user_id"], schema=_SCHEMA)
    op.create_index("review_steps_by_interview", "review_steps", ["interview_id"], schema=_SCHEMA)


def _add_struck_claims() -> None:
    op.create_table(
        "struck_claims",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("struck", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("struck_by", sa.String(length=255), nullable=False),
        sa.Column("struck_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema=_SCHEMA,
    )
    op.create_index("struck_claims_by_interview", "struck_claims", ["interview_id"], schema=_SCHEMA)
