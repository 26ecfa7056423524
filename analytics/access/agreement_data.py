"""Personal data among levels, queues and audits: which rows belong to which person."""

from __future__ import annotations

from typing import Final

from analytics.database.agreement_tables import human_levels, judge_audits, rating_queue

# About the person of their interview.
AGREEMENT: Final = (human_levels, rating_queue)
AGREEMENT_ACTORS: Final = ((human_levels, "brought_by"), (rating_queue, "rater"), (judge_audits, "audited_by"))
