"""The roster's small line: the scores that a person's chart draws, with the verdicts that count."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

import pytest

from analytics.access.viewer import TRUSTED
from analytics.columns import now
from analytics.database.sessions import reading, writing
from analytics.queries.candidates import skill_history
from analytics.roster.page import page
from analytics.roster.refresh import refresh_stale
from analytics.skills import overall
from analytics.verdicts.verdicts import give_verdict, withdraw_verdict
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person


def drawn(database: Database) -> list[float | None]:
    refresh_stale(database.engine)
    with reading(database.engine) as db:
        return page(TRUSTED, db).rows[0].recent_overall


def expected(database: Database) -> list[float]:
    """The overall scores of what the charts draw, interview by interview."""
    with reading(database.engine) as db:
        history = skill_history(TRUSTED, db, 1) or []
    told = [
        overall({record.skill: record.shown_score for record in records})
        for _, records in groupby(history, key=lambda record: record.interview_id)
    ]
    return [pytest.approx(score, abs=1e-4) for score in told if score is not None]


def test_verdicts_count_in_the_line_and_a_withdrawn_one_does_not(database: Database) -> None:
    begin = now() - timedelta(days=90)
    stored = {5: 0.4, 2: 0.5, 7: None, 3: 0.6}
    rows = [
        interview(
            number,
            feedback=None if score is None else feedback(*[score] * 4),
            completed_at=begin + timedelta(days=day),
            created_at=begin,
        )
        for day, (number, score) in enumerate(stored.items())
    ]
    add(database.platform_engine, people=[person(1, created_at=begin), person(2)], rows=rows)
    assert drawn(database) == expected(database) == [0.4, 0.5, 0.6]
    said = ((2, "technical", 5), (2, "technical", 1), (7, "communication", 4), (3, "code_quality", None))
    for number, skill, level in said:
        with writing(database.engine) as db:
            give_verdict(TRUSTED, db, number, skill, level, reason="As the anchors say")
        assert drawn(database) == expected(database)
    # The interview that only a coach judged stands where it was held.
    assert drawn(database)[2] == 0.75
    assert len(drawn(database)) == 4
    for number, skill in {(number, skill) for number, skill, _ in said}:
        with writing(database.engine) as db:
            withdraw_verdict(TRUSTED, db, number, skill)
    assert drawn(database) == [0.4, 0.5, 0.6]
