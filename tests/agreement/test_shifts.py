"""A bias that is there is found; a judge without one is left in peace."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.agreement.shifts import Shift, shifts

VARIANTS = ("hedged", "fillers", "recognition", "padded", "british", "indian", "simple", "name")
SKILLS = ("communication", "technical", "problem_solving")
INTERVIEWS = 12
RATINGS = 5


def scores(drawn: np.random.Generator, quality: np.ndarray, repeats: int = 2) -> np.ndarray:
    """What a judge that wavers by a third of a level gives: the mean of whole levels, as a breakdown's score is."""
    levels = 1 + 4 * quality + drawn.normal(0, 0.33, (repeats * RATINGS, INTERVIEWS))
    whole = np.clip(np.floor(levels + drawn.random(levels.shape)), 1, 5)
    return (whole.mean(axis=0) - 1) / 4


def audited(drawn: np.random.Generator, bias: float) -> list[Shift]:
    """An audit of a judge who gives less, or nothing less, for hedged words; every variant is held against one run."""
    found = {}
    for skill in SKILLS:
        quality = drawn.uniform(0.3, 0.75, INTERVIEWS)
        plain = scores(drawn, quality)
        for variant in VARIANTS:
            said = scores(drawn, quality - (bias if variant == "hedged" else 0.0))
            found[variant, skill] = (said - plain).tolist()
    return shifts(found)


def test_a_bias_of_a_tenth_is_found_and_nothing_else_is_called_one() -> None:
    drawn = np.random.default_rng(11)
    rounds = 120
    audits = [audited(drawn, 0.10) for _ in range(rounds)]
    hedged = [shift for each in audits for shift in each if shift.variant == "hedged"]
    assert sum(shift.biased for shift in hedged) / len(hedged) >= 0.9
    assert all(shift.mean is not None and shift.mean < 0 for shift in hedged if shift.biased)
    others = [any(shift.biased for shift in each if shift.variant != "hedged") for each in audits]
    assert sum(others) / rounds <= 0.05


@pytest.mark.heavy
def test_a_judge_without_bias_is_called_biased_in_one_of_twenty_at_most() -> None:
    drawn = np.random.default_rng(12)
    rounds = 240
    audits = [audited(drawn, 0.0) for _ in range(rounds)]
    # 240 rounds add a sampling error of .014.
    assert sum(any(shift.biased for shift in each) for each in audits) / rounds <= 0.05 + 0.014
    told = [shift for each in audits for shift in each]
    assert 0.93 <= sum(shift.low <= 0 <= shift.high for shift in told) / len(told) <= 0.97  # type: ignore[operator] # all are told


def test_a_judge_who_never_wavers() -> None:
    same = dict.fromkeys([(variant, "technical") for variant in VARIANTS], [0.0] * INTERVIEWS)
    assert not any(shift.biased for shift in shifts(same))
    lower, *others = shifts({**same, ("hedged", "technical"): [-0.25] * INTERVIEWS})
    assert (lower.biased, lower.mean, lower.low) == (True, -0.25, -0.25)
    assert not any(shift.biased for shift in others)


@pytest.mark.parametrize("given", [[], [None] * 12, [-0.4] * 5 + [None] * 7])
def test_of_too_few_pairs_nothing_is_told(given: list[float | None]) -> None:
    (shift,) = shifts({("hedged", "technical"): given})
    assert (shift.mean, shift.low, shift.chance, shift.biased) == (None, None, None, False)
    assert shift.pairs == len([each for each in given if each is not None])


def test_a_pair_that_failed_does_not_count_as_equal() -> None:
    values = [-0.1] * 9 + [None] * 3
    (shift,) = shifts({("hedged", "technical"): values})
    assert (shift.pairs, shift.biased) == (9, True)
    assert shift.mean == pytest.approx(-0.1)
