"""Keep what was noted of interviews that were dated ahead when they were brought in."""

from __future__ import annotations

from datetime import timedelta
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
# A date without a time is noon (UTC), and a clock or a zone may be wrong. What is older is of an interview that had the
# id before.
_AHEAD: Final = timedelta(days=1)


def upgrade() -> None:
    """Date what is older than its interview, by a day at most, to when that begins: it is no other interview's."""
    connection = op.get_bind()
    if not sa.inspect(connection).has_table("interviews"):
        return
    schema = None if connection.dialect.name == "sqlite" else "skill_analytics"
    interviews = sa.table("interviews", sa.column("id", sa.Integer), sa.column("created_at", _MOMENT))
    for name, column in _NOTED.items():
        noted = sa.table(name, sa.column("interview_id", sa.Integer), sa.column(column, _MOMENT), schema=schema)
        moment = noted.c[column]
        later = (
            sa.select(noted.c.interview_id, moment, interviews.c.created_at)
            .join(interviews, interviews.c.id == noted.c.interview_id)
            .where(interviews.c.created_at > moment)
        )
        for interview_id, at, created_at in connection.execute(later).all():
            if created_at - at <= _AHEAD:
                chosen = sa.update(noted).where(noted.c.interview_id == interview_id, moment == at)
                connection.execute(chosen.values({column: created_at}))
