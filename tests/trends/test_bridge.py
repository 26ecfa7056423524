"""A bridge between two judges: its offset, the error that scores share over it, and how often trends are then wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analytics.trends import analysis
from analytics.trends.bridge import Shift, combine_errors, measure
from tests.trends import judge_simulation, simulation

NOISE = analysis.CohortNoise(variance=0.01, df=12.0, correlation=0.2)


def test_the_offset_is_that_of_a_paired_t_test() -> None:
    rng = np.random.default_rng(1)
    older, newer = rng.random(14).round(2), rng.random(14).round(2)
    bridge = measure(older, newer)
    assert bridge is not None
    interval = stats.ttest_rel(newer, older).confidence_interval(0.95)
    margin = stats.t.ppf(0.975, bridge.df) * bridge.sd_error
    assert bridge.offset - margin == pytest.approx(interval.low, abs=1e-12)
    assert bridge.offset + margin == pytest.approx(interval.high, abs=1e-12)
    assert bridge.pairs == 14


def test_fewer_than_ten_pairs_are_no_bridge_and_missing_scores_are_no_pairs() -> None:
    older = np.full(12, 0.5)
    newer = np.full(12, 0.6)
    newer[:3] = np.nan
    assert measure(older, newer) is None
    newer[0] = 0.6
    bridge = measure(older, newer)
    assert bridge is not None
    assert bridge.pairs == 10
    assert bridge.offset == pytest.approx(0.1)
    # Ten equal differences are not taken for certainty.
    assert bridge.sd_error > 0
    assert measure([], []) is None


@pytest.mark.parametrize("step", [0.25, 0.125])
@pytest.mark.parametrize("shift", [0.02, 0.05, 0.1])
def test_on_a_coarse_scale_an_interval_still_holds_the_offset(step: float, shift: float) -> None:
    """Whole levels that judges see alike differ by 0 in most pairs and by a level in few, or in none of ten."""
    rng = np.random.default_rng(20261129)

    def scores(many: int, pairs: int) -> tuple[np.ndarray, np.ndarray]:
        interviews = 0.6 + rng.normal(0, 0.1, (many, pairs))
        seen = [interviews + by + rng.normal(0, 0.015, (many, pairs)) for by in (0.0, shift)]
        older, newer = (np.clip(np.round(each / step) * step, 0, 1) for each in seen)
        return older, newer

    older, newer = scores(300_000, 1)
    true, rounds = float((newer - older).mean()), 800
    held, plainly = 0, 0
    for pair in zip(*scores(rounds, 10), strict=True):
        bridge = measure(*pair)
        assert bridge is not None
        margin = float(stats.t.ppf(0.975, 9))
        held += abs(bridge.offset - true) <= margin * bridge.sd_error
        difference = pair[1] - pair[0]
        plainly += abs(bridge.offset - true) <= margin * max(difference.std(ddof=1), 0.005) / np.sqrt(10)
    # 800 rounds add a sampling error of .008.
    assert held / rounds >= 0.93 - 0.016
    assert plainly <= held
    assert (step, shift) != (0.25, 0.02) or plainly / rounds < 0.9


def test_a_fine_scale_leaves_the_error_as_it_was() -> None:
    older = np.arange(20, 80, 5) / 100 + 0.01
    alike = measure(older, older + 0.05)
    assert alike is not None
    assert alike.sd_error == pytest.approx(0.005 / np.sqrt(12))


def test_what_moved_scores_share_is_the_same_as_the_full_covariance_says() -> None:
    """Compare with generalised algebra: Var(w . y) = w' (noise R + se^2 m m') w."""
    rng = np.random.default_rng(2)
    scores = np.full((1, 9), np.nan)
    known = [0, 1, 3, 4, 5, 7, 8]
    scores[0, known] = rng.random(7).round(2)
    moved = np.zeros((1, 9), dtype=bool)
    moved[0, [0, 1, 4]] = True
    told = analysis.analyse(scores, NOISE, [Shift(moved, 0.05, 9.0)])
    alone = analysis.analyse(scores, NOISE)
    count = len(known)
    lag = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    marked = moved[0, known].astype(float)
    covariance = float(told.noise_sd[0]) ** 2 * NOISE.correlation**lag + 0.05**2 * np.outer(marked, marked)
    x = np.linspace(-0.5, 0.5, count)
    weights = {"change": x / (x @ x), "average": np.full(count, 1 / count)}
    variance = {name: float(w @ covariance @ w) for name, w in weights.items()}
    noise_only = {name: float(w @ (covariance - 0.05**2 * np.outer(marked, marked)) @ w) for name, w in weights.items()}
    for name, half_width in (
        ("change", (told.change_high - told.change_low)[0] / 2),
        ("average", told.average_half_width[0]),
    ):
        extra = variance[name] - noise_only[name]
        df = variance[name] ** 2 / (noise_only[name] ** 2 / told.df[0] + extra**2 / 9.0)
        expected = np.sqrt(variance[name]) * stats.t.ppf(0.975, np.floor(df * 10) / 10)
        assert half_width == pytest.approx(expected, rel=1e-6), name
    # The scores themselves say the same as before; only how sure it is differs, and never for the better.
    assert told.change[0] == alone.change[0]
    assert (told.band_half_width[np.isfinite(scores)] > alone.band_half_width[np.isfinite(scores)]).all()
    assert told.p[0] > alone.p[0]
    assert told.noise_sd[0] == alone.noise_sd[0]


def test_a_shift_of_every_score_leaves_the_change_as_sure_as_it_was() -> None:
    scores = simulation.as_scores(simulation.rising(10) + simulation.noise(np.random.default_rng(3), 4, 10, 0.05))
    alone = analysis.analyse(scores, NOISE)
    everything = analysis.analyse(scores, NOISE, [Shift(np.ones(scores.shape, dtype=bool), 0.05, 9.0)])
    assert everything.p == pytest.approx(alone.p, rel=0.02)
    assert (everything.average_half_width > alone.average_half_width * 1.1).all()
    nothing = analysis.analyse(scores, NOISE, [Shift(np.zeros(scores.shape, dtype=bool), 0.05, 9.0)])
    assert nothing.average_half_width == pytest.approx(alone.average_half_width, rel=0.02)


def test_an_error_alone_stays_as_it_is_and_several_are_known_no_better_than_the_best_of_them() -> None:
    alone = combine_errors(np.array([0.1]), np.array([7.25]), [])
    assert (float(alone.sd[0]), float(alone.df[0])) == (0.1, 7.25)
    both = combine_errors(np.array([0.1]), np.array([7.0]), [(np.array([0.1]), np.array([9.0]))])
    assert both.sd[0] == pytest.approx(np.sqrt(0.02))
    assert 7.0 < both.df[0] <= 16.0


@pytest.mark.heavy
def test_a_change_of_judge_is_no_trend_and_the_document_says_what_it_costs() -> None:
    rows = judge_simulation.simulate(people=500, counts=(4, 8, 20), seed=41)
    for row in rows:
        # One cell of 500 people is known to 0.01, and each row is the worst of many.
        slack = 0.025 if "false trend" in row.name or "covers" in row.name else 0.005
        assert row.ours <= row.limit + slack if row.at_most else row.ours >= row.limit - slack, row
    # What the rules are there for: taken for one judge's, a third and more of these people would be told of a trend.
    assert max(row.last_three for row in rows if row.name.startswith("false")) > 0.5
    document = simulation.DOCUMENT.read_text(encoding="utf-8")
    table = document.split(judge_simulation.BEGIN)[1].split(judge_simulation.END)[0]
    for row in rows:
        line = next(line for line in table.splitlines() if line.startswith(f"| {row.name} "))
        shown = float(line.split("**")[1])
        assert shown <= row.limit if row.at_most else shown >= row.limit, line
