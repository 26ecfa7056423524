"""Our own tables, beside the platform's.

In PostgreSQL they live in the schema `skill_analytics`; SQLite has no schemas, so there they carry plain names
(`create_engine_for` tells SQLAlchemy so).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    and_,
    func,
)

from analytics.columns import Serial, UtcDateTime
from analytics.interviewlab.tables import belongs, interviews
from analytics.skills import SKILL_KEYS

SCHEMA: Final = "skill_analytics"

ours: Final = MetaData(schema=SCHEMA)
# One row per skill of every completed interview that holds feedback. `completed_at` falls back to the interview's
# `created_at`, as on the platform. No foreign keys to the platform's tables: the triggers follow deletions, and a
# reference would make the platform's own writes depend on us.
skill_scores: Final = Table(
    "skill_scores",
    ours,
    Column("interview_id", Integer, primary_key=True, autoincrement=False),
    Column("skill", String(16), primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("completed_at", UtcDateTime, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(16)),
    Column("score", Double),
)
Index("skill_scores_by_user", skill_scores.c.user_id, skill_scores.c.completed_at, skill_scores.c.interview_id)

# What the roster shows about each candidate, prepared. The triggers name the candidates whose row is out of date in
# `stale_candidates` (append only, so that two writers never wait for each other); `analytics.summaries` brings them up
# to date.
candidate_summaries: Final = Table(
    "candidate_summaries",
    ours,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(255), nullable=False),
    Column("sort_name", String(255), nullable=False),
    Column("email", String(255), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("interviews", Integer, nullable=False),
    Column("completed", Integer, nullable=False),
    Column("last_interview_at", UtcDateTime),
    Column("overall", Double),
    *(Column(key, Double) for key in SKILL_KEYS),
    Column("weakest", String(16)),
    Column("lowest", Double),
    Column("recent_overall", Text, nullable=False),
    Column("last_failed", Boolean, nullable=False),
    Column("declining_p", Double),
    *(Column(f"{key}_label", SmallInteger, nullable=False) for key in SKILL_KEYS),
    *(Column(f"{key}_p", Double) for key in SKILL_KEYS),
    *(Column(f"{key}_current", Double) for key in SKILL_KEYS),
    Column("refreshed_at", UtcDateTime, nullable=False),
    # How many of the completed interviews have no scores; unknown is None.
    Column("without_scores", Integer),
    # By skill: the current level, half its 95% interval, and the change from the first to the latest interview.
    Column("levels", Text, nullable=False, server_default="{}"),
    # Why this candidate needs attention, what puts the most pressing first, and when time alone changes either.
    Column("reasons", Text, nullable=False, server_default="[]"),
    Column("attention_key", String(255), nullable=False, server_default="99999"),
    Column("attention_until", UtcDateTime),
)
Index(
    "candidate_summaries_by_sort_name",
    candidate_summaries.c.sort_name,
    candidate_summaries.c.user_id,
    postgresql_include=["email"],  # so that a search reads this index and nothing else
)
for _sort in ("completed", "last_interview_at", "overall", *SKILL_KEYS, "lowest", "attention_key", "attention_until"):
    Index(f"candidate_summaries_by_{_sort}", candidate_summaries.c[_sort], candidate_summaries.c.user_id)

# What the cohort's noise is learned from: how much each candidate's scores of one judge, the newest one, scatter
# (`trends.NoiseStatistics`).
candidate_scatter: Final = Table(
    "candidate_scatter",
    ours,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("skill", String(16), primary_key=True),
    Column("scores", Integer, nullable=False),
    Column("residual_sum", Double, nullable=False),
    Column("lag_sum", Double, nullable=False),
    Column("judge", String(64), nullable=False, server_default="platform"),
)

# `interview_id` is set when the trigger could not write that interview's scores, so that they are read again, and when
# there are none though it is completed.
stale_candidates: Final = Table(
    "stale_candidates",
    ours,
    Column("id", Serial, primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("interview_id", Integer),
)

# How far a long piece of set-up has come, so that it goes on where it was.
progress: Final = Table(
    "progress",
    ours,
    Column("task", String(64), primary_key=True),
    Column("last_id", BigInteger, nullable=False),
    Column("finished_at", UtcDateTime),
)

# What `python -m analytics import` brought in: `fingerprint` says which interview a line is about, so that it comes in
# once, and `content` all that it said, so that a line that changed is told from one that did not.
imports: Final = Table(
    "imports",
    ours,
    Column("fingerprint", String(64), primary_key=True),
    Column("content", String(64), nullable=False),
    Column("interview_id", Integer, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
)

# Interviews that people added themselves, from a file or pasted text: `source` is a fingerprint of what came in, so
# that the same file is the same interview.
added_interviews: Final = Table(
    "added_interviews",
    ours,
    Column("interview_id", Integer, primary_key=True, autoincrement=False),
    Column("source", String(64), nullable=False, unique=True),
    Column("format", String(64), nullable=False),
    Column("added_by", String(255), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

# What people say an interview is: its kind, in their own words, how hard it is, from 1 to 5, and the level of its post.
interview_tags: Final = Table(
    "interview_tags",
    ours,
    Column("interview_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(40)),
    Column("difficulty", SmallInteger),
    Column("post", String(16)),
    Column("changed_by", String(255), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
Index("interview_tags_by_kind", interview_tags.c.kind)

# Begins what was cited and is another speaker's now: its place in the conversation follows, in place of an id.
AWAY: Final = "@"

# Which of them are about the interview that has the id now.
ADDED: Final = and_(added_interviews.c.interview_id == interviews.c.id, belongs(added_interviews.c.added_at))
TAGGED: Final = and_(interview_tags.c.interview_id == interviews.c.id, belongs(interview_tags.c.changed_at))

# Figures learned from everybody (`analytics.cohort`), and how many candidates changed since.
cohort_figures: Final = Table(
    "cohort_figures",
    ours,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("learned_at", UtcDateTime, nullable=False),
)

# One breakdown: generated by us (`source` model or offline), found in the platform's feedback, or repeating an older
# one (restored). Appended, never changed. `breakdown` is what `InterviewFeedback.to_json` wrote; of a breakdown that
# the platform made it is the platform's feedback as it was stored.
breakdown_versions: Final = Table(
    "breakdown_versions",
    ours,
    Column("id", String(36), primary_key=True),
    Column("interview_id", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("source", String(16), nullable=False),
    Column("breakdown", Text, nullable=False),
    Column("provenance", Text, nullable=False),
)
Index(
    "breakdown_versions_by_interview",
    breakdown_versions.c.interview_id,
    breakdown_versions.c.number,
    unique=True,
)

# Which version an interview shows, and who approved it. Where nothing is written back, `replaces` is the platform's
# feedback that the version stands in for, the very text ("null" for none), and `served` what counts instead for as long
# as the platform stores that text, in the platform's own shape: triggers read it too. Both are None where the version
# was written into the platform's feedback.
shown_versions: Final = Table(
    "shown_versions",
    ours,
    Column("interview_id", Integer, primary_key=True, autoincrement=False),
    Column("version_id", ForeignKey(breakdown_versions.c.id), nullable=False),
    Column("approved_by", String(255)),
    Column("approved_at", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", String(255), nullable=False),
    Column("replaces", Text),
    Column("served", Text),
)

# One press of the button; at most one of an interview is unfinished. The durable workflow behind it has the same id, or
# that of the batch it is made in.
breakdown_jobs: Final = Table(
    "breakdown_jobs",
    ours,
    Column("id", String(36), primary_key=True),
    Column("interview_id", Integer, nullable=False),
    Column("pressed_by", String(255), nullable=False),
    Column("pressed_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("state", String(12), nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("progress", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("version_id", String(36)),
    Column("batch_id", String(36)),
)
Index(
    "breakdown_jobs_unfinished",
    breakdown_jobs.c.interview_id,
    unique=True,
    postgresql_where=breakdown_jobs.c.finished_at.is_(None),
    sqlite_where=breakdown_jobs.c.finished_at.is_(None),
)
Index("breakdown_jobs_by_interview", breakdown_jobs.c.interview_id, breakdown_jobs.c.pressed_at)

# Who has a role beyond looking at their own interviews; the e-mail is stored in lower case.
members: Final = Table(
    "members",
    ours,
    Column("id", Serial, primary_key=True),
    Column("email", String(255), nullable=False, unique=True),
    Column("role", String(16), CheckConstraint("role IN ('coach', 'admin')"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

coach_candidates: Final = Table(
    "coach_candidates",
    ours,
    Column("member_id", ForeignKey(members.c.id, ondelete="CASCADE"), primary_key=True),
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("assigned_at", UtcDateTime, nullable=False),
    Column("assigned_by", String(255), nullable=False),
)
Index("coach_candidates_by_user", coach_candidates.c.user_id)

# Who signed in. The first sign-in ties the provider's own name for a person (issuer and subject) to an e-mail, one to
# one, and to a row of `users`; from then on the name counts, not the e-mail. The two moments are the provider's own
# times of sign-ins, so that no difference of clocks matters: the latest one seen, and the one up to which all are over.
# A released identity keeps its row without the e-mail, so that what it signed before cannot tie it again. By our own
# clock are `tied_at`, since when it names that row of `users`, and `ended_at`, when its sign-ins were last ended: the
# platform's own tokens from before are over too.
identities: Final = Table(
    "identities",
    ours,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("email", String(255), unique=True),
    Column("user_id", Integer),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("signed_in_at", UtcDateTime, nullable=False),
    Column("signed_out_at", UtcDateTime),
    Column("tied_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
)

audit: Final = Table(
    "audit",
    ours,
    Column("id", Serial, primary_key=True),
    Column("at", UtcDateTime, nullable=False, server_default=func.now()),
    Column("actor", String(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("interview_id", Integer),
    Column("user_id", Integer),
    Column("detail", Text, nullable=False),
)
Index("audit_by_time", audit.c.at)
