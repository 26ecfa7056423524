"""What the roster says of somebody is what their own page says, also where everybody came at once."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from analytics import cohort
from analytics.access.viewer import TRUSTED
from analytics.database.schema import candidate_summaries
from analytics.database.sessions import reading
from analytics.roster import refresh
from analytics.roster.page import page
from analytics.skills import SKILL_KEYS
from analytics.views.candidate import view_trends
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person

PEOPLE, EACH = 12, 8
# The roster keeps four places.
ROUNDED = 6e-5


def bring(database: Database, first: int, bounce: float) -> None:
    """Let people come whose scores bounce by so much, and bring the roster up to date."""
    rng = random.Random(first)
    people = range(first, first + PEOPLE)
    rows = [
        interview(user_id * 100 + place, user_id, feedback=feedback(*(rng.gauss(0.5, bounce) for _ in SKILL_KEYS)))
        for user_id in people
        for place in range(EACH)
    ]
    add(database.platform_engine, people=[person(user_id) for user_id in people], rows=rows)
    with database.engine.begin() as connection:
        while refresh.refresh(connection):
            pass


def told(database: Database) -> tuple[dict[str, float], dict[str, float]]:
    """Give the levels of everybody, and half their intervals, as the roster and as their pages say."""
    roster: dict[str, float] = {}
    pages: dict[str, float] = {}
    with reading(database.engine) as db:
        for row in page(TRUSTED, db, size=100).rows:
            trends = view_trends(TRUSTED, row.user_id, db) or {}
            for skill in SKILL_KEYS:
                level, trend = row.levels[skill], trends[skill]
                assert trend.current is not None
                assert trend.current_error is not None
                assert level.now is not None
                assert level.error is not None
                name = f"{row.user_id} {skill}"
                roster |= {f"{name} level": level.now, f"{name} error": level.error}
                pages |= {f"{name} level": trend.current, f"{name} error": trend.current_error}
    return roster, pages


def test_roster_and_page_say_the_same_of_a_level(database: Database) -> None:
    bring(database, 1, 0.03)
    with reading(database.engine) as db:
        calm = cohort.load(db).noise["technical"].variance
    roster, pages = told(database)
    assert roster == pytest.approx(pages, abs=ROUNDED)
    assert len(roster) == 2 * PEOPLE * len(SKILL_KEYS)
    # Others come whose scores bounce far more, so that those of the first mean something else.
    bring(database, 101, 0.2)
    with reading(database.engine) as db:
        assert cohort.load(db).noise["technical"].variance > 2 * calm
    roster, pages = told(database)
    assert roster == pytest.approx(pages, abs=ROUNDED)
    assert len(roster) == 4 * PEOPLE * len(SKILL_KEYS)


def test_a_noise_that_hardly_differs_leaves_everybody_elses_summary_alone(database: Database) -> None:
    bring(database, 1, 0.1)
    summaries = sa.select(candidate_summaries.c.user_id, candidate_summaries.c.refreshed_at)
    with reading(database.engine) as db:
        before, known = dict(db.execute(summaries).all()), cohort.load(db).noise
    add(database.platform_engine, people=[person(50)], rows=[interview(5000, 50, feedback=feedback(0.5))])
    with database.engine.begin() as connection:
        while refresh.refresh(connection):
            pass
    with reading(database.engine) as db:
        after = dict(db.execute(summaries).all())
        assert cohort.load(db).noise == known
    assert after.pop(50) is not None
    assert after == before
