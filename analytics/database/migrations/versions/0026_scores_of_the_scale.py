"""Remove what was stored as scores and is none, and summarise anew whom that and impossible changes concern."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# A figure of 1 or more in a stored level, `[now, half its interval, change]`.
_LARGE: Final = ("%, 1.%", "%, -1.%")


def upgrade() -> None:
    """Delete scores below 0 or above 1, have the bridges measured again, and mark the candidates."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"

    def ours(name: str, *columns: str) -> sa.TableClause:
        return sa.table(name, *map(sa.column, columns), schema=schema)

    given = ours("version_scores", "interview_id", "score")
    scores = ours("skill_scores", "interview_id", "user_id")
    summaries = ours("candidate_summaries", "user_id", "levels")
    stale = ours("stale_candidates", "user_id")
    bridges = ours("cohort_figures", "name", "changed")
    # NaN lies in no interval.
    none = ~given.c.score.between(0, 1)
    theirs = sa.select(scores.c.user_id).distinct().join(given, given.c.interview_id == scores.c.interview_id)
    op.execute(sa.insert(stale).from_select(["user_id"], theirs.where(none)))
    large = sa.or_(*(summaries.c.levels.like(pattern) for pattern in _LARGE))
    op.execute(sa.insert(stale).from_select(["user_id"], sa.select(summaries.c.user_id).where(large)))
    concerned = sa.exists().where(none)
    op.execute(sa.update(bridges).where(bridges.c.name == "bridges", concerned).values(changed=1))
    op.execute(sa.delete(given).where(none))
