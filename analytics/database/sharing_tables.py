"""Our own tables of who is shown what: links to reports, and what a viewer saw of a person when they last looked."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, String, Table, Text

from analytics.columns import UtcDateTime
from analytics.database.schema import ours

# A link to a report. Its token is known to whoever has the link: here is only its hash. Who made it and as what is kept
# because the link shows what they may see when it is opened.
report_links: Final = Table(
    "report_links",
    ours,
    Column("id", String(36), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("user_id", Integer, nullable=False),
    Column("since", Date),
    Column("until", Date),
    Column("without_scores", Boolean, nullable=False),
    Column("made_by", String(255), nullable=False),
    Column("made_as", String(16), CheckConstraint("made_as IN ('interviewee', 'coach', 'admin')"), nullable=False),
    Column("maker_id", Integer),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("openings", Integer, nullable=False),
    Column("opened_at", UtcDateTime),
)
Index("report_links_by_user", report_links.c.user_id)

# What a viewer was shown of a person, and what the next list of changes begins with; each as JSON.
looks: Final = Table(
    "looks",
    ours,
    Column("viewer", String(255), primary_key=True),
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("base", Text, nullable=False),
    Column("base_at", UtcDateTime, nullable=False),
    Column("shown", Text, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False),
)
Index("looks_by_user", looks.c.user_id)
