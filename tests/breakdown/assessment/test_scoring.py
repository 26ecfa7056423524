from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from analytics.breakdown.assessment.scoring import Level, Score, bound, score_levels
from analytics.breakdown.outcomes import Outcome


def levels(*given: int | Outcome) -> list[Level]:
    return [
        Level(
            skill="technical",
            sample=number,
            level=level if not isinstance(level, Outcome) else None,
            outcome=level if isinstance(level, Outcome) else None,
        )
        for number, level in enumerate(given)
    ]


@pytest.mark.parametrize(
    ("given_levels", "score", "low", "high", "apart"),
    [
        ((1, 1, 1), 0.0, 0.0, 0.0, False),
        ((5, 5, 5), 1.0, 1.0, 1.0, False),
        ((3, 3, 4), 0.5833, 0.5, 0.75, False),
        ((2, 4, 3), 0.5, 0.25, 0.75, True),
        ((3,), 0.5, 0.5, 0.5, False),
    ],
)
def test_a_score_with_its_range(
    given_levels: tuple[int, ...], score: float, low: float, high: float, apart: bool
) -> None:
    found = score_levels(levels(*given_levels), len(given_levels))
    assert found == Score(score=score, low=low, high=high, low_agreement=apart, levels=given_levels)


@pytest.mark.parametrize(
    ("given_levels", "outcome"),
    [
        ((), Outcome.TOO_FEW_SAMPLES),
        ((3, Outcome.BAD_ANSWER, Outcome.BAD_ANSWER, Outcome.TIMED_OUT, Outcome.REFUSED), Outcome.TOO_FEW_SAMPLES),
        ((Outcome.TIMED_OUT,) * 5, Outcome.TIMED_OUT),
        ((Outcome.TIMED_OUT, Outcome.REFUSED), Outcome.TOO_FEW_SAMPLES),
        ((7, 0, 9), Outcome.TOO_FEW_SAMPLES),
    ],
)
def test_no_score_without_half_of_the_ratings(given_levels: tuple[int | Outcome, ...], outcome: Outcome) -> None:
    assert score_levels(levels(*given_levels), 5) == outcome


def test_some_missing_ratings_leave_a_score() -> None:
    found = score_levels(levels(3, 4, 3, Outcome.BAD_ANSWER, Outcome.TIMED_OUT), 5)
    assert isinstance(found, Score)
    assert found.levels == (3, 4, 3)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=9))
def test_a_score_lies_in_its_range(given_levels: list[int]) -> None:
    found = score_levels(levels(*given_levels), len(given_levels))
    assert isinstance(found, Score)
    assert 0 <= found.low <= found.score <= found.high <= 1
    assert found.low_agreement == (max(given_levels) - min(given_levels) > 1)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=9), st.none() | st.integers(-9, 9))
def test_a_score_stays_on_its_scale_whatever_is_held_against_it(given_levels: list[int], by_claims: int | None) -> None:
    found = score_levels(levels(*given_levels), len(given_levels))
    assert isinstance(found, Score)
    held = bound(found, by_claims)
    assert 0 <= held.low <= held.score <= held.high <= 1
    if by_claims not in {None, 1, 2, 3, 4, 5}:
        assert held == found


def test_a_score_outside_its_scale_is_refused() -> None:
    with pytest.raises(ValidationError):
        Score(score=-0.25, low=-0.25, high=0.75, low_agreement=True, levels=(4,))
