"""What a candidate's scores say: computed once, in milliseconds, and None where nothing can be said."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from analytics.candidate.forecast import CANNOT_TELL, forecast_sentence
from analytics.candidate.headline import headline
from analytics.candidate.skill_trends import skill_trends
from analytics.cohort import usual
from analytics.queries.candidates import SkillRecord
from analytics.skills import SKILL_KEYS
from analytics.trends import analysis
from analytics.trends.labels import Trend

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def history(count: int, seed: int = 1, skills: tuple[str, ...] = SKILL_KEYS) -> list[SkillRecord]:
    scores = np.random.default_rng(seed).random((count, len(skills))).round(2).tolist()
    return [
        SkillRecord(skill, number, f"Interview {number}", BEGIN + timedelta(hours=number), "scored", None, score)
        for number, row in enumerate(scores, 1)
        for skill, score in zip(skills, row, strict=True)
    ]


def test_a_skill_without_scores_has_no_figures() -> None:
    trends = skill_trends(history(5, skills=("technical",)), usual())
    nothing = trends["communication"]
    assert (nothing.scored, nothing.average, nothing.current, nothing.band) == (0, None, None, ())
    assert nothing.trend is Trend.NOT_ENOUGH_EVIDENCE
    assert trends["technical"].scored == 5
    assert list(trends) == list(SKILL_KEYS)


def test_one_score_has_no_band_and_several_have_one_point_each() -> None:
    one = skill_trends(history(1), usual())["technical"]
    assert [(point.interview_id, point.centre, point.half_width) for point in one.band] == [(1, None, None)]
    many = skill_trends(history(6), usual())["technical"]
    assert [point.interview_id for point in many.band] == [1, 2, 3, 4, 5, 6]
    assert all(point.centre is not None and point.half_width is not None for point in many.band)


def test_five_thousand_interviews_take_milliseconds() -> None:
    skill_trends(history(50), usual())  # what SciPy imports late is no part of it
    seconds = []
    for seed in range(3):
        records = history(5_000, seed=100 + seed)
        began = time.process_time()
        trends = skill_trends(records, usual())
        seconds.append(time.process_time() - began)
    # Four skills; some 15 ms each on a quiet machine, where the full matrices took minutes.
    assert min(seconds) < 0.4
    assert len(trends["technical"].band) == 5_000


def test_whoever_comes_meanwhile_takes_what_was_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    analysed: list[int] = []
    real = analysis.analyse

    def slowly(scores: Any, *others: Any) -> Any:
        analysed.append(scores.shape[1])
        return real(scores, *others)

    monkeypatch.setattr(analysis, "analyse", slowly)
    visitors = 6
    together = Barrier(visitors)

    def look(_: int) -> Any:
        records = history(3_001, seed=77)
        together.wait(timeout=60)
        return skill_trends(records, usual())

    with ThreadPoolExecutor(visitors) as pool:
        seen = list(pool.map(look, range(visitors)))
    assert analysed == [3_001] * len(SKILL_KEYS)
    assert all(trends == seen[0] for trends in seen)
    # Another score is another computation.
    skill_trends(history(3_001, seed=78), usual())
    assert len(analysed) == 2 * len(SKILL_KEYS)


@pytest.mark.parametrize(("count", "interval"), [(8, "between +0.{} and +1.00"), (40, "+1.00")])
def test_no_change_is_told_that_no_scores_could_make(count: int, interval: str) -> None:
    """A line through zeros and then ones rises by more than 1."""
    scores = [0.0] * (count // 2) + [1.0] * (count // 2)
    rows = [
        SkillRecord("technical", number, "", BEGIN + timedelta(days=number), "scored", None, score)
        for number, score in enumerate(scores, 1)
    ]
    trend = skill_trends(rows, usual())["technical"]
    assert (trend.trend, trend.change, trend.change_high) == (Trend.IMPROVING, 1.0, 1.0)
    assert trend.change_low is not None
    assert trend.change_error == 1.0 - trend.change_low
    assert f"up by about 1.00 over {count} interviews" in trend.sentence
    told = interval.format(f"{100 * trend.change_low:02.0f}")
    assert trend.details.startswith(f"Change over {count} interviews: {told} (95% sure).")
    assert headline({"technical": trend}) == f"Up over {count} interviews: technical by 1.00."
    assert forecast_sentence(trend, 0.9, rows[-1].date.date()) == CANNOT_TELL
