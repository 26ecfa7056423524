"""Keep the hash of every address that ends somebody's digests: a digest that is sent again has another one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_SCHEMA = "skill_analytics"


def upgrade() -> None:
    """Add the table and take over what was kept with the digests; copies of the former version still write there."""
    tokens = op.create_table(
        "digest_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
        schema=_SCHEMA,
    )
    op.create_index("digest_tokens_by_email", "digest_tokens", ["email"], schema=_SCHEMA)
    columns = (
        sa.Column("token_hash", sa.String()),
        sa.Column("email", sa.String()),
        sa.Column("changed_at", sa.DateTime()),
    )
    sent = sa.Table("digest_deliveries", sa.MetaData(schema=_SCHEMA), *columns).c
    former = sa.select(sent.token_hash, sent.email, sent.changed_at).where(sent.token_hash.is_not(None))
    op.execute(tokens.insert().from_select(["token_hash", "email", "made_at"], former))
