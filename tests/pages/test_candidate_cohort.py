"""Where a candidate stands among everybody: only with enough people, and not for interviewees unless it is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.roster.refresh import refresh
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visit, Visitor, dashboard_of

PLACE = "better than about"
MEDIAN = "Median of all"


def fill(database: Database, people: int) -> None:
    """Give so many people three interviews each, everybody a little better than the one before."""
    rows = [
        interview(10 * number + step, number, feedback=feedback(*[0.3 + 0.02 * number] * 4))
        for number in range(1, people + 1)
        for step in range(3)
    ]
    add(database.platform_engine, people=[person(number) for number in range(1, people + 1)], rows=rows)
    with database.engine.begin() as connection:
        refresh(connection)


def levels(visitor: Visitor, page: Visit) -> Any:
    """Open the numbers of the levels' chart."""
    page.at.session_state["levels_table"] = True
    visitor.again(page)
    return page.table(-1)


@pytest.fixture
def everybody(database: Database, request: pytest.FixtureRequest) -> Database:
    fill(database, request.param)
    return database


@pytest.mark.parametrize("everybody", [20], indirect=True)
def test_with_twenty_people_their_median_and_the_place_among_them_are_told(
    everybody: Database, visitor: Visitor
) -> None:
    best, middle = visitor.open("candidate", candidate="20"), visitor.open("candidate", candidate="10")
    assert [str(value) for value in levels(visitor, best)[MEDIAN]] == ["0.51"] * 4
    assert "better than about 98 of 100 candidates" in best.text
    assert "better than about 47 of 100 candidates" in middle.text


@pytest.mark.parametrize("everybody", [19], indirect=True)
def test_with_fewer_nothing_is_said_about_everybody(everybody: Database, visitor: Visitor) -> None:
    page = visitor.open("candidate", candidate="19")
    assert "Technical" in page.text
    assert PLACE not in page.text
    assert MEDIAN not in levels(visitor, page)


@pytest.mark.parametrize("everybody", [20], indirect=True)
@pytest.mark.parametrize("allowed", ["no", "yes"])
def test_an_interviewee_is_told_only_where_an_admin_allows_it(
    everybody: Database, monkeypatch: pytest.MonkeyPatch, allowed: str
) -> None:
    with dashboard_of(monkeypatch, DATABASE_URL=everybody.url, INTERVIEWEES_SEE_COHORT=allowed) as visitor:
        visitor.claims |= {"sub": "own", "email": "person20@example.org"}
        page = visitor.open("candidate")
        assert "you" in page.text
        assert (PLACE in page.text) == (allowed == "yes")
        assert (MEDIAN in levels(visitor, page)) == (allowed == "yes")
