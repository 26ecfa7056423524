"""The figures of agreement: right, honest about their own error, and silent where nothing can be told."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.agreement.figures import (
    FEWEST_PAIRS,
    Agreement,
    Calibration,
    Shortfall,
    agreement,
    correct_score,
    level_of,
    quadratic_kappa,
)

LEVEL = st.integers(1, 5)
PAIRS = st.lists(st.tuples(LEVEL, LEVEL), min_size=2, max_size=60)


def cohens(pairs: Sequence[tuple[int, int]]) -> float:
    """Cohen's weighted kappa from its table of counts: observed over expected squared distance."""
    count = len(pairs)
    table, rows, columns = Counter(pairs), Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    levels = range(1, 6)
    observed = math.fsum((a - b) ** 2 * table[a, b] for a in levels for b in levels)
    expected = math.fsum((a - b) ** 2 * rows[a] * columns[b] / count for a in levels for b in levels)
    return math.nan if expected == 0 else 1 - observed / expected


@given(PAIRS)
def test_kappa_is_cohens_with_quadratic_weights(pairs: list[tuple[int, int]]) -> None:
    found, expected = quadratic_kappa(*zip(*pairs, strict=True)), cohens(pairs)
    assert math.isnan(found) if math.isnan(expected) else abs(found - expected) < 1e-9


def test_kappa_of_a_published_table() -> None:
    # Fleiss, Levin and Paik (2003), "Statistical methods for rates and proportions", table 18.1, worked out by hand.
    table = {(1, 1): 75, (1, 2): 1, (1, 3): 4, (2, 1): 5, (2, 2): 4, (2, 3): 1, (3, 3): 10}
    pairs = [pair for pair, count in table.items() for _ in range(count)]
    observed = 1 + 16 + 5 + 1
    expected = (80 * 5 + 80 * 4 * 15 + 10 * 80 + 10 * 15 + 10 * 4 * 80 + 10 * 5) / 100
    assert quadratic_kappa(*zip(*pairs, strict=True)) == pytest.approx(1 - observed / expected, abs=1e-9)


@given(PAIRS)
def test_every_interval_holds_its_figure_and_nothing_is_told_of_too_few(pairs: list[tuple[int, int]]) -> None:
    found = agreement(pairs)
    if len(pairs) < FEWEST_PAIRS:
        assert found == Agreement(len(pairs), lacking=Shortfall.PAIRS)
        assert (found.standing, found.missing) == (Calibration.CANNOT_TELL, FEWEST_PAIRS - len(pairs))
    for interval in (found.leniency, found.difference, found.kappa):
        assert interval is None or interval.low <= interval.value <= interval.high
    assert (found.kappa is None) == (found.lacking is not None) or found.kappa is None
    assert found.missing == 0 or found.standing is Calibration.CANNOT_TELL


@pytest.mark.parametrize("pairs", [[], [(3, 3)] * 60, [(3, level) for level in (2, 3, 4) * 20]])
def test_where_people_gave_one_level_or_none_nothing_is_told(pairs: list[tuple[int, int]]) -> None:
    found = agreement(pairs)
    assert (found.leniency, found.difference, found.kappa, found.within_one) == (None, None, None, None)
    assert found.standing is Calibration.CANNOT_TELL
    assert not found.correctable


def test_a_judge_who_always_says_one_level_has_no_kappa_and_is_the_constant_judge() -> None:
    people = [3] * 30 + [2] * 12 + [5] * 8
    found = agreement([(level, 3) for level in people])
    assert (found.kappa, found.lacking, found.standing) == (None, Shortfall.JUDGE_SAYS_ONE, Calibration.CANNOT_TELL)
    assert found.constant is not None
    assert found.difference is not None
    assert found.leniency is not None
    assert (found.constant.level, found.constant.difference) == (3, found.difference.value)
    assert (found.constant.leniency, found.constant.within_one) == (found.leniency.value, found.within_one)


def test_a_judge_who_never_differed_may_still_differ() -> None:
    found = agreement([(level, level) for level in (1, 2, 3, 4, 5) * 8])
    assert found.kappa is not None
    assert found.leniency is not None
    assert (found.kappa.value, found.leniency.value) == (1.0, 0.0)
    assert 0.9 < found.kappa.low < 1.0
    assert found.leniency.low < 0 < found.leniency.high
    assert found.standing is Calibration.CALIBRATED
    assert not found.correctable


def test_a_judge_who_says_the_opposite_each_time_is_told_as_surely_and_never_calibrated() -> None:
    same = agreement([(level, level) for level in (1, 2, 3, 4, 5) * 6]).kappa
    turned = agreement([(level, 6 - level) for level in (1, 2, 3, 4, 5) * 6])
    assert same is not None
    assert turned.kappa is not None
    assert (turned.kappa.value, turned.kappa.low, turned.kappa.high) == (-1.0, -1.0, -same.low)
    assert -1.0 < turned.kappa.high < -0.9
    assert turned.standing is Calibration.NOT_CALIBRATED


def test_only_a_judge_beyond_the_constant_one_is_calibrated() -> None:
    drawn = random.Random(3)
    people = [drawn.choice((2, 3, 3, 4)) for _ in range(200)]
    deaf = agreement([(level, drawn.choice((2, 3, 4, 5))) for level in people])
    assert deaf.standing is Calibration.NOT_CALIBRATED
    assert not deaf.correctable  # it is lenient too, but there is nothing to correct
    assert deaf.offset > 0
    assert correct_score(0.5, deaf) == 0.5
    kind = agreement([(level, min(level + drawn.choice((0, 0, 1, 1, 1)), 5)) for level in people])
    assert kind.standing is Calibration.CALIBRATED
    assert kind.correctable
    assert correct_score(0.9, kind) == pytest.approx(0.9 - kind.offset / 4)
    assert correct_score(0.05, kind) == 0.0


def draw(drawn: np.random.Generator, count: int, spread: float, noise: float, kindness: float) -> np.ndarray:
    """Pairs of a person's level and a judge's, of answers that are truly this good."""
    truly = drawn.normal(3.2, spread, count)
    person = np.clip(np.rint(truly + drawn.normal(0, 0.35, count)), 1, 5)
    judge = np.clip(np.rint(truly + kindness + drawn.normal(0, noise, count)), 1, 5)
    return np.stack([person, judge], axis=1)


def covers(true: float, interval: object) -> bool:
    return interval is not None and interval.low <= true <= interval.high  # type: ignore[attr-defined] # an interval


@pytest.mark.parametrize(
    ("count", "spread", "noise", "kindness"),
    [
        (30, 1.0, 0.5, 0.0),
        (30, 1.0, 0.5, 0.6),
        (30, 0.4, 1.0, 0.3),
        (30, 0.8, 0.3, 0.1),
        (100, 1.0, 1.5, 0.0),
    ],
)
@pytest.mark.heavy
def test_intervals_hold_the_truth_in_95_of_100(count: int, spread: float, noise: float, kindness: float) -> None:
    drawn = np.random.default_rng(20261128)
    many = draw(drawn, 1_000_000, spread, noise, kindness)
    kappa = quadratic_kappa(many[:, 0].tolist(), many[:, 1].tolist())
    lenient, apart = float((many[:, 1] - many[:, 0]).mean()), float(np.abs(many[:, 1] - many[:, 0]).mean())
    rounds = 1_000
    held = Counter[str]()
    for _ in range(rounds):
        found = agreement([tuple(pair) for pair in draw(drawn, count, spread, noise, kindness).tolist()])
        held["kappa"] += covers(kappa, found.kappa)
        held["leniency"] += covers(lenient, found.leniency)
        held["difference"] += covers(apart, found.difference)
    # Limits are .93 to .97; 1,000 rounds add a sampling error of .007.
    assert {name: 0.93 - 0.01 <= count / rounds <= 0.97 + 0.01 for name, count in held.items()} == dict.fromkeys(
        ("kappa", "leniency", "difference"), True
    ), {name: count / rounds for name, count in held.items()}


@pytest.mark.parametrize("looks", [0.0, 0.1])
@pytest.mark.parametrize("count", [30, 120])
def test_the_interval_of_kappa_holds_it_where_nearly_all_levels_are_one(count: int, looks: float) -> None:
    """Levels of 5 in 80 of 100, and a judge that says the person's in some, or looks at none of them."""
    drawn = np.random.default_rng(20261129)

    def levels(many: int) -> np.ndarray:
        person, other = (drawn.choice((3, 4, 5), many, p=(0.05, 0.15, 0.8)) for _ in range(2))
        return np.stack([person, np.where(drawn.random(many) < looks, person, other)], axis=1)

    kappa = quadratic_kappa(*levels(400_000).T.tolist())
    rounds, held, calibrated = 600, 0, 0
    for _ in range(rounds):
        found = agreement([tuple(pair) for pair in levels(count).tolist()])
        held += found.kappa is None or covers(kappa, found.kappa)
        calibrated += found.standing is Calibration.CALIBRATED
    # Without what chance scatters it was .79 of 30 and .90 of 120, of a judge that never looks.
    assert held / rounds >= 0.93 - 0.02
    assert looks or calibrated / rounds <= 0.03


def test_levels_and_scores_are_one_scale() -> None:
    assert [level_of(score) for score in (0.0, 0.5, 1.0)] == [1.0, 3.0, 5.0]
