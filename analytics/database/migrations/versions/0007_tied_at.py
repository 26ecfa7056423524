"""Keep since when an identity names its account, and when its sign-ins were ended by our own clock.

An account that is newer than the tie is somebody else's: its number was given out again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns; identities known so far were tied by their latest sign-in."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    for name in ("tied_at", "ended_at"):
        op.add_column("identities", sa.Column(name, sa.DateTime(timezone=True), nullable=True), schema=schema)
    names = ("tied_at", "first_seen_at", "signed_in_at")
    identities = sa.table("identities", *(sa.column(name) for name in names), schema=schema)
    first, latest = identities.c.first_seen_at, identities.c.signed_in_at
    op.execute(sa.update(identities).values(tied_at=sa.case((latest > first, latest), else_=first)))
