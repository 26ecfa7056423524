"""While set-up still reads interviews, pages and the API say so instead of that nobody was scored."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from analytics.api import PREFIX
from analytics.database.schema import progress, skill_scores
from analytics.setup.readiness import readiness
from tests.support.api_client import bearer, client, platform_token
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visitor
from tests.support.world import World

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
STILL = "still being read"


@pytest.fixture
def begun(database: Database) -> Database:
    """A database whose set-up was interrupted before it read the scores."""
    add(database.platform_engine, people=[person(1)], rows=[interview(1, feedback=feedback(0.5, 0.5, 0.6, 0.7))])
    with database.engine.begin() as connection:
        connection.execute(sa.update(progress).where(progress.c.task == "skill_scores").values(finished_at=None))
        connection.execute(sa.delete(skill_scores))
    return database


def finish(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.update(progress).values(finished_at=sa.func.current_timestamp()))


def test_a_page_says_so_where_scores_are_missing(begun: Database, visitor: Visitor) -> None:
    page = visitor.open("candidate", candidate="1")
    assert STILL in page.text
    assert "No scored interview yet" not in page.text
    assert STILL in visitor.open("candidates", search="nobody").text
    finish(begun)
    page = visitor.open("candidate", candidate="1")
    assert STILL not in page.text
    assert "No scored interview yet" in page.text


def test_the_api_says_so_in_a_header_and_readiness_in_a_sentence(begun: Database) -> None:
    asked = client(World(begun))
    averages = f"{PREFIX}/interviews/analytics/skills/averages"
    answer = asked.get(averages, headers=bearer(platform_token(1)))
    assert (answer.status_code, answer.headers["x-skill-scores"]) == (200, "incomplete")
    told = readiness(lambda: begun.engine, lambda: None)
    assert STILL in told["scores"]
    assert "python -m analytics setup" in told["scores"]
    finish(begun)
    assert "x-skill-scores" not in asked.get(averages, headers=bearer(platform_token(1))).headers
    assert readiness(lambda: begun.engine, lambda: None) == {"database": "ok", "migrations": "ok", "jobs": "ok"}
