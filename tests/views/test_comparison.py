"""Interviews side by side: in the order asked for, none that may not be seen, and a scatter that is the candidate's."""

from __future__ import annotations

import pytest

from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.api.comparison_models import ComparedDifferences
from analytics.bridges import Bridges, SkillBridge
from analytics.database.sessions import reading
from analytics.queries.interviews import ComparedRecord
from analytics.service import InterviewAnalytics, NotFoundError
from analytics.skills import SKILL_KEYS
from analytics.trends.bridge import Bridge
from analytics.views.comparison import (
    Comparison,
    Scatter,
    score_differences,
    view_claim_changes,
    view_comparison,
    view_scatter,
)
from tests.support.databases import Database
from tests.support.platform_rows import START, add, feedback, interview, person


@pytest.fixture
def two_people(database: Database) -> Database:
    """Person 1 has six scored interviews and one without feedback, person 2 has one."""
    rows = [interview(number, feedback=feedback(0.5 + number / 100, 0.4, None, 0.7)) for number in range(1, 7)]
    rows += [interview(7), interview(20, 2, feedback=feedback(0.255, 0.9, 0.9, 0.9))]
    add(database.platform_engine, people=[person(1), person(2)], rows=rows)
    return database


def test_nothing_asked_for_gives_nothing(two_people: Database) -> None:
    with reading(two_people.engine) as db:
        comparison = view_comparison(TRUSTED, [], db)
        assert comparison.interviews == ()
        assert comparison.scores == {key: {} for key in SKILL_KEYS}
        assert view_scatter(TRUSTED, comparison, db).own is False


def test_interviews_stand_in_the_order_asked_for(two_people: Database) -> None:
    with reading(two_people.engine) as db:
        comparison = view_comparison(TRUSTED, [20, 7, 1], db)
    assert [row.interview_id for row in comparison.interviews] == [20, 7, 1]
    assert [row.candidate for row in comparison.interviews] == ["Person 2", "Person 1", "Person 1"]
    # An interview without scores takes its place and has no number.
    assert comparison.scores["technical"] == {20: 0.9, 7: None, 1: 0.4}
    assert comparison.scores["communication"][20] in (0.25, 0.26)


def test_what_may_not_be_seen_is_missing_and_the_library_says_so(two_people: Database) -> None:
    viewer = Viewer(Role.INTERVIEWEE, user_id=1)
    with reading(two_people.engine) as db:
        assert [row.interview_id for row in view_comparison(viewer, [20, 2], db).interviews] == [2]
        with pytest.raises(NotFoundError):
            InterviewAnalytics(viewer).get_comparison([20, 2], db)


def test_the_scatter_is_the_candidates_own_only_where_all_interviews_are(two_people: Database) -> None:
    with reading(two_people.engine) as db:
        own = view_scatter(TRUSTED, view_comparison(TRUSTED, [1, 2], db), db)
        mixed = view_scatter(TRUSTED, view_comparison(TRUSTED, [1, 20], db), db)
    assert (own.own, mixed.own) == (True, False)
    assert own.by_skill["technical"] != mixed.by_skill["technical"]
    assert all(deviation > 0 for deviation, _ in mixed.by_skill.values())


def compared(before: float, after: float, offset: float | None = None) -> tuple[float | None, bool]:
    """The difference of two technical scores and whether it was moved, the second by a model with a bridge to it."""
    judge = "platform" if offset is None else "model:a"
    first, second = (
        ComparedRecord("technical", number, f"Interview {number}", START, "scored", None, score, 1, "Ann", START, by)
        for number, score, by in ((1, before, "platform"), (2, after, judge))
    )
    led = () if offset is None else (SkillBridge("technical", "model:a", "platform", Bridge(-offset, 0.02, 12, 11.0)),)
    scatter = Scatter(dict.fromkeys(SKILL_KEYS, (0.08, 10.0)), own=True, bridges=Bridges(led))
    told = score_differences(Comparison((first, second)), scatter)
    ComparedDifferences.model_validate(told)  # as the API sends it
    found = scatter.difference(first, second)
    assert found is not None
    assert found.change == told["technical"][2]  # as the page writes it
    return found.change, found.moved


@pytest.mark.parametrize(
    ("before", "after", "offset", "difference"),
    [(0.95, 1.0, 0.12, 0.0), (0.05, 0.97, -0.15, 0.97), (0.4, 0.8, 0.1, 0.3)],
    ids=["above", "below", "within"],
)
def test_a_score_that_is_moved_over_a_bridge_stays_on_the_scale(
    before: float, after: float, offset: float, difference: float
) -> None:
    assert compared(before, after, offset) == (difference, True)


def test_a_difference_is_that_of_the_scores_as_they_are_shown() -> None:
    assert compared(0.344, 0.636) == (0.3, False)
    assert compared(0.4, 0.5) == (0.1, False)


def test_claims_are_gone_new_or_kept_and_nobody_elses_are_seen(database: Database) -> None:
    told = [
        {"strengths": ["Sums up."], "weaknesses": ["Rambles"]},
        {"strengths": ["sums up"], "weaknesses": ["Interrupts"]},
    ]
    rows = [
        interview(n, feedback=feedback(0.5, None, skill_breakdown={"communication": points}))
        for n, points in enumerate(told, 1)
    ]
    add(database.platform_engine, people=[person(1), person(2)], rows=rows)
    with reading(database.engine) as db:
        (changes,) = view_claim_changes(TRUSTED, 1, 2, db)
        assert view_claim_changes(Viewer(Role.INTERVIEWEE, user_id=2), 1, 2, db) == []
    assert changes.skill == "communication"
    texts = [[claim.text for claim in claims] for claims in (changes.gone, changes.new, changes.kept)]
    assert texts == [["Rambles"], ["Interrupts"], ["sums up"]]
