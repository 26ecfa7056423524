"""The people who came to the demo later: their interviews, and that nobody was numbered anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.database.engine import create_engine_for
from analytics.demo import rows, stories
from analytics.demo.load import insert, load_demo
from analytics.interviewlab.tables import create_platform, users

REFERENCE = datetime(2026, 3, 17, 15, 30, tzinfo=UTC)


def interviews_of(key: str) -> Iterator[dict[str, Any]]:
    number = next(place for place, story in enumerate(stories.STORIES, 1) if story.key == key)
    return (row for row in rows.interviews(REFERENCE) if row["user_id"] == number and row["completed_at"])


def test_the_interviews_of_the_first_people_keep_their_numbers() -> None:
    first = [row for row in rows.interviews(REFERENCE) if row["user_id"] <= stories.FIRST_PEOPLE]
    assert [row["id"] for row in first] == list(range(1, len(first) + 1))
    assert [row["created_at"] for row in first] == sorted(row["created_at"] for row in first)
    assert stories.STORIES[first[0]["user_id"] - 1].key == "mixed_format"


def test_somebody_was_away_for_five_months() -> None:
    days = [row["started_at"].date() for row in interviews_of("returned")]
    *shorter, longest = sorted((later - earlier).days for earlier, later in pairwise(days))
    assert longest > 150
    assert max(shorter) < 50


def test_behavioural_interviews_are_mostly_about_others() -> None:
    held = list(interviews_of("behavioural_only"))
    assert [len(row["feedback"]["topics_covered"]) for row in held] == [4] * 7
    assert not any(row["feedback"]["code_submissions_count"] for row in held)
    titles = {row["title"] for row in held}
    assert len(titles) == 7


@pytest.mark.heavy
def test_a_demo_of_an_earlier_version_stays_as_it_is(tmp_path: Path) -> None:
    engine = create_engine_for(f"sqlite:///{tmp_path / 'demo.db'}", create=True)
    first = rows.people(REFERENCE)[: stories.FIRST_PEOPLE]
    with engine.begin() as connection:
        create_platform(connection)
        insert(connection, users, first)
    load_demo(engine)
    with engine.connect() as connection:
        assert connection.execute(sa.select(users.c.email).order_by(users.c.id)).scalars().all() == [
            person["email"] for person in first
        ]
