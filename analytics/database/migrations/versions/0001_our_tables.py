"""Create our tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "skill_analytics"


def upgrade() -> None:
    """Create every table of ours as it was in the first release; the platform's are left alone."""
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema=SCHEMA,
    )
    op.create_index("audit_by_time", "audit", ["at"], unique=False, schema=SCHEMA)
    op.create_table(
        "breakdown_jobs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("pressed_by", sa.String(length=255), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        schema=SCHEMA,
    )
    op.create_index(
        "breakdown_jobs_by_interview", "breakdown_jobs", ["interview_id", "pressed_at"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "breakdown_jobs_unfinished",
        "breakdown_jobs",
        ["interview_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "breakdown_versions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("breakdown", sa.Text(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema=SCHEMA,
    )
    op.create_index(
        "breakdown_versions_by_interview", "breakdown_versions", ["interview_id", "number"], unique=True, schema=SCHEMA
    )
    op.create_table(
        "candidate_scatter",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("scores", sa.Integer(), nullable=False),
        sa.Column("residual_sum", sa.Double(), nullable=False),
        sa.Column("lag_sum", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "skill"),
        schema=SCHEMA,
    )
    op.create_table(
        "candidate_summaries",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sort_name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("interviews", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("last_interview_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overall", sa.Double(), nullable=True),
        sa.Column("communication", sa.Double(), nullable=True),
        sa.Column("technical", sa.Double(), nullable=True),
        sa.Column("problem_solving", sa.Double(), nullable=True),
        sa.Column("code_quality", sa.Double(), nullable=True),
        sa.Column("weakest", sa.String(length=16), nullable=True),
        sa.Column("lowest", sa.Double(), nullable=True),
        sa.Column("recent_overall", sa.Text(), nullable=False),
        sa.Column("last_failed", sa.Boolean(), nullable=False),
        sa.Column("declining_p", sa.Double(), nullable=True),
        sa.Column("communication_label", sa.SmallInteger(), nullable=False),
        sa.Column("technical_label", sa.SmallInteger(), nullable=False),
        sa.Column("problem_solving_label", sa.SmallInteger(), nullable=False),
        sa.Column("code_quality_label", sa.SmallInteger(), nullable=False),
        sa.Column("communication_p", sa.Double(), nullable=True),
        sa.Column("technical_p", sa.Double(), nullable=True),
        sa.Column("problem_solving_p", sa.Double(), nullable=True),
        sa.Column("code_quality_p", sa.Double(), nullable=True),
        sa.Column("communication_current", sa.Double(), nullable=True),
        sa.Column("technical_current", sa.Double(), nullable=True),
        sa.Column("problem_solving_current", sa.Double(), nullable=True),
        sa.Column("code_quality_current", sa.Double(), nullable=True),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        schema=SCHEMA,
    )
    op.create_index(
        "candidate_summaries_by_code_quality",
        "candidate_summaries",
        ["code_quality", "user_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        "candidate_summaries_by_communication",
        "candidate_summaries",
        ["communication", "user_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        "candidate_summaries_by_completed", "candidate_summaries", ["completed", "user_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "candidate_summaries_by_last_interview_at",
        "candidate_summaries",
        ["last_interview_at", "user_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        "candidate_summaries_by_lowest", "candidate_summaries", ["lowest", "user_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "candidate_summaries_by_overall", "candidate_summaries", ["overall", "user_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "candidate_summaries_by_problem_solving",
        "candidate_summaries",
        ["problem_solving", "user_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        "candidate_summaries_by_sort_name",
        "candidate_summaries",
        ["sort_name", "user_id"],
        unique=False,
        schema=SCHEMA,
        postgresql_include=["email"],
    )
    op.create_index(
        "candidate_summaries_by_technical", "candidate_summaries", ["technical", "user_id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "cohort_figures",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        schema=SCHEMA,
    )
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("issuer", "subject"),
        sa.UniqueConstraint("email"),
        schema=SCHEMA,
    )
    op.create_table(
        "imports",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
        schema=SCHEMA,
    )
    op.create_table(
        "members",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        schema=SCHEMA,
    )
    op.create_table(
        "progress",
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("task"),
        schema=SCHEMA,
    )
    op.create_table(
        "skill_scores",
        sa.Column("interview_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("interview_id", "skill"),
        schema=SCHEMA,
    )
    op.create_index(
        "skill_scores_by_user", "skill_scores", ["user_id", "completed_at", "interview_id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "stale_candidates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        schema=SCHEMA,
    )
    op.create_table(
        "coach_candidates",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], [f"{SCHEMA}.members.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "user_id"),
        schema=SCHEMA,
    )
    op.create_index("coach_candidates_by_user", "coach_candidates", ["user_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "shown_versions",
        sa.Column("interview_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("stands_for", sa.String(length=64), nullable=True),
        sa.Column("approved_by", sa.String(length=255), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            [f"{SCHEMA}.breakdown_versions.id"],
        ),
        sa.PrimaryKeyConstraint("interview_id"),
        schema=SCHEMA,
    )
