"""Interviews that a judge scored and people rated."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.access.viewer import TRUSTED, Viewer
from analytics.agreement.labels import import_labels
from analytics.database.sessions import writing
from analytics.skills import SKILL_KEYS
from analytics.verdicts.verdicts import give_verdict
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person


def rated(database: Database, pairs: Sequence[tuple[int, float]], *, user_id: int = 1, first: int = 1) -> None:
    """Add a person with an interview for each pair of a person's level and the platform's score, the same for all."""
    rows = [
        interview(first + place, user_id, feedback=feedback(score, score, score, score), conversation_history=[])
        for place, (_, score) in enumerate(pairs)
    ]
    add(database.platform_engine, people=[person(user_id)], rows=rows)
    lines = [f"{first + place},technical,{level}" for place, (level, _) in enumerate(pairs)]
    with writing(database.engine) as db:
        import_labels(TRUSTED, db, "\n".join(["id,skill,level", *lines]).encode())


def judge(database: Database, viewer: Viewer, interview_id: int, level: int) -> None:
    """Have somebody give a verdict on every skill of an interview."""
    with writing(database.engine) as db:
        for skill in SKILL_KEYS:
            give_verdict(viewer, db, interview_id, skill, level, reason="As the anchors say")
