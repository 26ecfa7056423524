"""Keep with each summary why its candidate needs attention, and the key that puts the most pressing first.

The roster's first page then reads one stretch of an index instead of weighing everybody.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLE = "candidate_summaries"


def upgrade() -> None:
    """Add the columns and their indexes; set-up then summarises everybody again, and fills them."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    for column in (
        sa.Column("levels", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("reasons", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("attention_key", sa.String(length=255), nullable=False, server_default="99999"),
        sa.Column("attention_until", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column(_TABLE, column, schema=schema)
    for name in ("attention_key", "attention_until"):
        op.create_index(f"{_TABLE}_by_{name}", _TABLE, [name, "user_id"], schema=schema)
    progress = "progress" if schema is None else f"{schema}.progress"
    op.execute(f"DELETE FROM {progress} WHERE task = '{_TABLE}'")
