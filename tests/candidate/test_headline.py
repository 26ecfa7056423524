"""The first sentence of a candidate's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from analytics.candidate.headline import headline
from analytics.candidate.skill_trends import skill_trends
from analytics.cohort import usual
from analytics.queries.candidates import SkillRecord
from analytics.skills import SKILL_KEYS

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def said(rows: Sequence[Sequence[float | None]], *, yours: bool = False) -> str:
    history = [
        SkillRecord(key, number, "Round", START + timedelta(weeks=number), "scored", None, score)
        for number, row in enumerate(rows, 1)
        for key, score in zip(SKILL_KEYS, row, strict=True)
    ]
    return headline(skill_trends(history, usual()), yours=yours)


def test_the_largest_change_comes_first_and_falls_before_rises() -> None:
    rows = [(0.9 - n / 50, 0.9 - n / 25, 0.3 + n / 30, 0.6) for n in range(10)]
    assert (
        said(rows)
        == "Down over 10 interviews: technical by 0.36 and communication by 0.18. Up: problem solving by 0.30."
    )


def test_candidates_themselves_read_what_improved_and_nothing_that_fell() -> None:
    rows = [(0.3 + n / 30, 0.9 - n / 25, 0.6, 0.6) for n in range(10)]
    assert said(rows, yours=True) == "You improved over 10 interviews: communication by 0.30."


def test_candidates_who_fell_are_not_told_that_nothing_changed() -> None:
    rows = [(0.6, 0.9 - n / 25, 0.6, 0.6) for n in range(10)]
    assert said(rows, yours=True) == "10 interviews so far. Your next interview adds to the picture."
    assert said(rows) == "Down over 10 interviews: technical by 0.36."
    # Where nothing moved, that is said.
    still = said([(0.6, 0.2 + n % 2 * 0.6, 0.6, 0.6) for n in range(10)], yours=True)
    assert still == "No clear change over 10 interviews. Your next interview adds to the picture."


def test_a_change_is_over_as_many_interviews_as_have_a_score() -> None:
    five = [None] * 5 + [0.3 + n * 0.12 for n in range(5)]
    rows = [(0.6, 0.6, 0.6, code) for code in five]
    assert said(rows) == "Up over 5 interviews: code quality by 0.48."
    assert said(rows, yours=True) == "You improved over 5 interviews: code quality by 0.48."
    rows = [(0.6, 0.9 - n / 25, 0.3 + n / 30, code) for n, code in enumerate(five)]
    assert said(rows) == (
        "Down over 5 to 10 interviews: technical by 0.36. Up: code quality by 0.48 and problem solving by 0.30."
    )


def test_without_a_change_it_says_so_and_without_scores_nothing() -> None:
    assert said([(0.6, 0.6, 0.6, 0.6)]) == "1 scored interview so far. A trend needs at least four."
    assert said([(0.6, 0.6, 0.6, 0.6)] * 12) == "Steady over 12 interviews."
    assert said([]) == ""
