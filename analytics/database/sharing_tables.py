"""Our tables of sharing: links and reports, viewers' last looks, and digests."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from analytics.columns import UtcDateTime
from analytics.database.schema import ours

# A link to a report. Its token is known to whoever has the link: here is only its hash. Who made it and as what is kept
# because the link shows what they may see when it is opened. The days of its period are those of `zone`, or UTC.
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
    Column("zone", String(64)),
)
Index("report_links_by_user", report_links.c.user_id)

# Reports of many people that somebody asked for in one go. Who they are and as what they asked is kept because each
# report is made with the rights they have at that moment.
report_batches: Final = Table(
    "report_batches",
    ours,
    Column("id", String(36), primary_key=True),
    Column("asked_by", String(255), nullable=False),
    Column("asked_as", String(16), CheckConstraint("asked_as IN ('interviewee', 'coach', 'admin')"), nullable=False),
    Column("asker_id", Integer),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("paper", String(16), nullable=False),
    Column("zone", String(64), nullable=False),
)

# The report of one person in a batch, a row each, so that a process that is killed loses one at most. `until` is when
# another may take one up that is waiting.
batch_reports: Final = Table(
    "batch_reports",
    ours,
    Column("batch_id", String(36), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Integer, nullable=False),
    Column("state", String(8), CheckConstraint("state IN ('waiting', 'made', 'left_out', 'failed')"), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("file_name", String(255)),
    Column("content", LargeBinary),
)
Index("batch_reports_by_user", batch_reports.c.user_id)

# What a viewer was shown of a person, what the next list of changes begins with, and what a digest told them last; each
# as JSON.
looks: Final = Table(
    "looks",
    ours,
    Column("viewer", String(255), primary_key=True),
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("base", Text, nullable=False),
    Column("base_at", UtcDateTime, nullable=False),
    Column("shown", Text, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False),
    Column("told", Text),
    Column("told_at", UtcDateTime),
)
Index("looks_by_user", looks.c.user_id)

# Who has what is new sent to them, by their e-mail. Who they are and as what they chose it is kept because a digest
# holds what they may see when it is sent.
digests: Final = Table(
    "digests",
    ours,
    Column("email", String(255), primary_key=True),
    Column("every", String(4), CheckConstraint("every IN ('day', 'week')"), nullable=False),
    Column("channel", String(8), CheckConstraint("channel IN ('mail', 'webhook')"), nullable=False),
    Column("with_scores", Boolean, nullable=False),
    Column("chosen_as", String(16), CheckConstraint("chosen_as IN ('interviewee', 'coach', 'admin')"), nullable=False),
    Column("user_id", Integer),
    Column("chosen_at", UtcDateTime, nullable=False),
)

# A digest of a person and a period, named by the day it is due: one row, so that it is sent once. `claim` names whoever
# is at it, until `until`. Versions before `digest_tokens` kept there what it holds.
digest_deliveries: Final = Table(
    "digest_deliveries",
    ours,
    Column("email", String(255), primary_key=True),
    Column("due_on", Date, primary_key=True),
    Column("id", String(36), nullable=False),
    Column(
        "state",
        String(12),
        CheckConstraint("state IN ('waiting', 'claimed', 'sending', 'sent', 'nothing', 'failed', 'interrupted')"),
        nullable=False,
    ),
    Column("claim", String(36)),
    Column("until", UtcDateTime, nullable=False),
    Column("failures", SmallInteger, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("token_hash", String(64), unique=True),
    Column("changed_at", UtcDateTime, nullable=False),
)

# The addresses that end somebody's digests, one for each time a digest was sent: hashes, kept as long as they get any.
digest_tokens: Final = Table(
    "digest_tokens",
    ours,
    Column("token_hash", String(64), primary_key=True),
    Column("email", String(255), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)
Index("digest_tokens_by_email", digest_tokens.c.email)

# Interviews that a person added and shares with nobody; those without a row are shared.
private_interviews: Final = Table(
    "private_interviews",
    ours,
    Column("interview_id", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)
Index("private_interviews_by_user", private_interviews.c.user_id)

# Who asked that all we hold about them be deleted, and from when on it is.
deletion_requests: Final = Table(
    "deletion_requests",
    ours,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
)

# Who looked at a person, at what, on which days; of each day the last time.
visits: Final = Table(
    "visits",
    ours,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("viewer", String(255), primary_key=True),
    Column("what", String(16), primary_key=True),
    Column("on_day", Date, primary_key=True),
    Column("last_at", UtcDateTime, nullable=False),
)
