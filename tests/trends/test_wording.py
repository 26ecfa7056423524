"""A sentence says what was found and no more; its figures agree with each other."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from analytics.formatting import signed_number
from analytics.trends import analysis, wording
from analytics.trends.labels import TREND_OF_LABEL, Trend, listed_trend
from tests.trends import simulation

NOISE = analysis.CohortNoise(variance=0.0025, df=60.0, correlation=0.0)
RISING = (0.50, 0.55, 0.53, 0.60, 0.58, 0.62, 0.66, 0.65, 0.70)
STEADY = (0.6, 0.62, 0.61, 0.59, 0.6) * 3


def told(*scores, noise=NOISE):
    return analysis.analyse([scores or (np.nan,)], noise)


def sentence(*scores, noise=NOISE):
    return wording.sentence("Technical", told(*scores, noise=noise))


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((), "Technical: not scored yet."),
        ((0.57,), "Technical: 0.57 in one interview. A trend needs at least four."),
        ((0.5, 0.6), "Technical: at about 0.59 after two interviews. A trend needs at least four."),
        ((0.5, 0.6, 0.55), "Technical: at about 0.57 after three interviews. A trend needs at least four."),
        (
            (0.5, 0.6, 0.5, 0.65),
            "Technical: no clear trend yet: scores vary too much from interview to interview.",
        ),
        (RISING, "Technical: up by about 0.18 over 9 interviews."),
        (RISING[::-1], "Technical: down by about 0.18 over 9 interviews."),
        (STEADY, "Technical: steady over 15 interviews, at about 0.60."),
    ],
)
def test_each_trend_is_one_plain_sentence(scores, expected):
    assert sentence(*scores) == expected


@pytest.mark.parametrize("scores", [(0.85, 0.55), (0.5, 0.7, 0.6), tuple(0.70 + 0.003 * place for place in range(15))])
def test_a_sentence_names_the_level_that_stands_beside_it(scores):
    level = f"{told(*scores).current[0]:.2f}"
    assert level != f"{np.mean(scores):.2f}"
    assert f"at about {level}" in sentence(*scores)


def test_with_many_interviews_nobody_is_told_to_wait():
    jumping = sentence(*(0.2, 0.9) * 6)
    assert jumping == "Technical: no clear trend: scores vary too much from interview to interview."


def test_the_figures_are_given_on_demand():
    figures = r"Change over 9 interviews: between \+0\.\d\d and \+0\.\d\d \(95% sure\)\."
    assert re.fullmatch(figures, wording.details(told(*RISING)))
    assert re.search(r"between −0\.\d\d and \+?0\.\d\d \(90% sure\)", wording.details(told(*STEADY)))
    unclear = wording.details(told(0.5, 0.6, 0.5, 0.65, noise=dataclasses.replace(NOISE, variance=0.0081)))
    assert re.search(r"About [1-9][0-9]? more would show a change of 0\.2\.$", unclear)
    # Forty more are no plan, and of two scores there is nothing to say.
    noisy = dataclasses.replace(NOISE, variance=0.04)
    assert "more would" not in wording.details(told(0.5, 0.9, 0.1, 0.6, noise=noisy))
    assert wording.details(told(0.5, 0.9)) == ""


def test_the_words_never_claim_a_trend_that_was_not_found():
    trends = analysis.analyse(simulation.ragged(np.random.default_rng(3), scattered(), fewest=1))
    for person, label in enumerate(trends.label):
        words = wording.sentence("Technical", trends, person)
        assert (": up by" in words) == (label == analysis.IMPROVING)
        assert (": down by" in words) == (label == analysis.DECLINING)
        assert not re.search(r"nan|inf|-|\byour?\b", words + wording.details(trends, person))
        assert "+0.00" not in wording.details(trends, person)


def scattered():
    rng = np.random.default_rng(3)
    return simulation.as_scores(0.6 + simulation.noise(rng, 300, 12, 0.08))


def test_the_change_is_said_as_it_stands_beside_it():
    rng = np.random.default_rng(4)
    changes = np.linspace(-0.6, 0.6, 200)[:, None] * np.linspace(-0.5, 0.5, 10)
    trends = analysis.analyse(simulation.as_scores(0.6 + changes + simulation.noise(rng, 200, 10, 0.04)))
    named = 0
    for person in range(200):
        words = wording.sentence("Technical", trends, person)
        if match := re.search(r"by about (\d\.\d\d) over 10 interviews\.$", words):
            assert match[1] == signed_number(trends.change[person]).lstrip("+−")
            named += 1
    assert named > 100


def test_what_counts_as_a_difference_is_said_with_whose_scores_vary():
    margins = {"Communication": 0.132, "Code quality": 0.2}
    assert wording.variation(margins, of_one=True) == (
        "Bold: a real change. Grey: normal variation for this candidate "
        "(up to 0.13 in communication, 0.20 in code quality)."
    )
    assert "this candidate" not in wording.variation(margins, of_one=False)


def test_a_list_names_only_trends_that_stand_in_it():
    assert listed_trend(analysis.IMPROVING, 0.01, cutoff=0.02) is Trend.IMPROVING
    assert listed_trend(analysis.IMPROVING, 0.03, cutoff=0.02) is Trend.NOT_ENOUGH_EVIDENCE
    assert listed_trend(analysis.DECLINING, None, cutoff=0.02) is Trend.NOT_ENOUGH_EVIDENCE
    assert listed_trend(analysis.STEADY, 0.9, cutoff=0.02) is Trend.STEADY
    assert set(TREND_OF_LABEL.values()) == set(Trend)


def test_the_explanation_gives_rates_that_were_measured(measured):
    rates = {row.name: row.ours for row in measured}
    text = " ".join(wording.EXPLANATION.split())
    assert "about 5 are called improving or declining, and at most 10 where" in text
    assert rates["false trend: flat, SD .05-.20"] <= 0.06
    assert rates["false trend: cohort of SD .05/.08/.12, its noisiest third"] <= 0.1
    assert "in a third of candidates after 4 interviews" in text
    assert rates["improvement of .2 found: SD .08, 4 interviews"] == pytest.approx(1 / 3, abs=0.05)
    assert "about 9 of 10 after 20" in text
    assert rates["improvement of .2 found: SD .08, 20 interviews"] == pytest.approx(0.9, abs=0.03)
    assert "at least 92 of 100" in text
    assert min(rate for name, rate in rates.items() if "band covers" in name) >= 0.92
