"""Keep what was noted of interviews that were dated ahead when they were brought in."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_MOMENT: Final = sa.DateTime(timezone=True)
_NOTED: Final = {
    "imports": "imported_at",
    "added_interviews": "added_at",
    "interview_tags": "changed_at",
    "private_interviews": "since",
}


def upgrade() -> None:
    """Set what was noted before an added interview begins to its beginning, or it would count as another's."""
    connection = op.get_bind()
    if not sa.inspect(connection).has_table("interviews"):
        return
    schema = None if connection.dialect.name == "sqlite" else "skill_analytics"
    moments = (sa.column(name, _MOMENT) for name in ("created_at", "started_at", "completed_at"))
    interviews = sa.table("interviews", sa.column("id", sa.Integer), *moments)
    # So it was written; the platform makes an interview before it begins.
    was_added = interviews.c.created_at == sa.func.coalesce(interviews.c.started_at, interviews.c.completed_at)
    for name, column in _NOTED.items():
        noted = sa.table(name, sa.column("interview_id", sa.Integer), sa.column(column, _MOMENT), schema=schema)
        moment = noted.c[column]
        later = (
            sa.select(noted.c.interview_id, moment, interviews.c.created_at)
            .join(interviews, interviews.c.id == noted.c.interview_id)
            .where(interviews.c.created_at > moment, was_added)
        )
        for interview_id, at, created_at in connection.execute(later).all():
            chosen = sa.update(noted).where(noted.c.interview_id == interview_id, moment == at)
            connection.execute(chosen.values({column: created_at}))
