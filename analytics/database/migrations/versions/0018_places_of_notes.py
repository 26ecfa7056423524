"""Keep which turn or line of code a note is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add three columns; the notes so far are about nothing smaller than an interview."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    for name, kind in (("place", sa.Integer()), ("line", sa.Integer()), ("quote", sa.Text())):
        op.add_column("note_versions", sa.Column(name, kind, nullable=True), schema=schema)
