"""A sparkline shows which way scores went, in a size that a small change does not exaggerate."""

from __future__ import annotations

import base64
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from analytics.charts.sparkline import describe, sparkline


def _drawn(scores: list[float]) -> ElementTree.Element:
    kind, _, data = sparkline(scores).partition(",")
    assert kind == "data:image/svg+xml;base64"
    return ElementTree.fromstring(base64.b64decode(data, validate=True))


def _heights(scores: list[float]) -> list[float]:
    """Read how far above the lower edge each score is drawn."""
    drawn = _drawn(scores)
    (line,) = drawn.iter("{http://www.w3.org/2000/svg}polyline")
    height = float(drawn.attrib["height"])
    heights = [height - float(point.split(",")[1]) for point in line.attrib["points"].split()]
    assert all(0 <= one <= height for one in heights)
    return heights


def test_a_fall_falls_and_a_rise_rises() -> None:
    assert all(later < earlier for earlier, later in pairwise(_heights([0.9, 0.7, 0.5])))
    assert all(later > earlier for earlier, later in pairwise(_heights([0.1, 0.2, 0.9, 1.0])))


def test_a_small_change_is_visible_and_not_as_high_as_a_large_one() -> None:
    (start, end), (low, high) = _heights([0.60, 0.65]), _heights([0.2, 0.9])
    assert 3 < end - start < (high - low) / 2


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_scores_that_do_not_change_lie_in_the_middle(score: float) -> None:
    assert set(_heights([score] * 4)) == {16.0}


def test_one_score_is_a_dot_and_none_is_nothing() -> None:
    assert len(list(_drawn([0.4]).iter("{http://www.w3.org/2000/svg}circle"))) == 1
    assert sparkline([]) == ""


def test_it_is_told_in_words_with_the_numbers_of_the_page() -> None:
    assert describe([0.7749, 0.57]) == "Overall in the last 2 interviews: 0.77, 0.57"
    assert describe([0.57]) == "Overall 0.57 in one interview"
