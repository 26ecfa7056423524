"""What to work on next, said no surer than it is, and what became of what was recommended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from analytics.candidate.focus import (
    Focus,
    Mention,
    Recommendation,
    choose_focus,
    focus_sentence,
    outcome_sentence,
    recommendations,
)
from analytics.candidate.skill_trends import SkillTrend, on_their_scale, skill_trends
from analytics.cohort import usual
from analytics.queries.candidates import SkillRecord
from analytics.queries.feedback import FeedbackRow
from analytics.skills import SKILL_KEYS
from tests.support.platform_rows import START, feedback

TARGETS = MappingProxyType(dict.fromkeys(SKILL_KEYS, 0.8))
NOBODY = skill_trends([], usual())


def levels(*current: float | None, sd: float = 0.02) -> dict[str, SkillTrend]:
    return {
        key: replace(NOBODY[key], current=level, current_sd=None if level is None else sd)
        for key, level in zip(SKILL_KEYS, current, strict=True)
    }


def said(trends: Mapping[str, SkillTrend], *, yours: bool = False) -> str:
    return focus_sentence(choose_focus(trends, TARGETS), trends, TARGETS, yours=yours)


def test_a_clear_gap_is_called_clear_and_never_certain() -> None:
    trends = levels(0.7, 0.7, 0.7, 0.41)
    assert said(trends) == "Code quality is at about 0.41. Target: 0.80. This is clearly the biggest gap."
    assert said(trends, yours=True).endswith("This is clearly your biggest gap.")
    assert "%" not in said(trends)


def test_a_likely_gap_is_said_with_how_sure_it_is() -> None:
    sentence = said(levels(0.72, 0.64, 0.74, 0.74, sd=0.05))
    assert sentence.startswith("Technical is at about 0.64. Target: 0.80. We are ")
    assert sentence.endswith("% sure this is the biggest gap.")
    assert 60 <= int(sentence.split("We are ")[1].split("%")[0]) < 95


def test_two_equal_gaps_are_both_named() -> None:
    sentence = said(levels(0.5, 0.7, 0.7, 0.5, sd=0.05))
    assert sentence in {
        "Two skills are about equally far from the target: communication and code quality.",
        "Two skills are about equally far from the target: code quality and communication.",
    }


def test_whoever_has_reached_every_target_hears_which_is_closest() -> None:
    sentence = said(levels(0.94, 0.96, 0.97, 0.98))
    assert sentence == "All skills have reached the target. Smallest margin: communication (0.94, target 0.80)."
    assert said(levels(0.94, 0.96, 0.97, None)).startswith("All scored skills have reached")
    assert "reached" not in said(levels(0.94, 0.96, 0.97, 0.79))


def test_without_any_score_there_is_nothing_to_work_on() -> None:
    assert choose_focus(NOBODY, TARGETS) == Focus((), False, {}, {})


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (
            {"before": 0.47, "after": 0.45, "interviews_after": 1},
            "0.47 when suggested, 0.45 in the one interview since",
        ),
        (
            {"before": 0.47, "after": 0.5, "interviews_after": 3},
            "0.47 when suggested, 0.50 on average in the 3 interviews since",
        ),
        ({"before": 0.45, "after": None, "interviews_after": 0}, "0.45 when suggested, no interview since"),
        ({"before": None, "after": 0.5, "interviews_after": 2}, ""),
    ],
)
def test_what_became_of_a_recommendation(figures: dict[str, Any], sentence: str) -> None:
    recommendation = Recommendation(skill="technical", text="Practise joins.", mentions=(Mention(1, "One"),), **figures)
    assert outcome_sentence(recommendation) == sentence


def test_a_recommendation_is_counted_from_where_it_first_stood() -> None:
    scores = {1: 0.4, 2: 0.5, 3: 0.7}
    history = [
        SkillRecord("technical", number, f"Interview {number}", START, "scored", None, score)
        for number, score in scores.items()
    ]
    advice = feedback(0.4, 0.4) | {
        "skill_breakdown": {"technical": {"score": 0.4, "recommendations": ["Practise joins."]}}
    }
    again = feedback(0.5, 0.5) | {
        "skill_breakdown": {"technical": {"score": 0.5, "recommendations": ["practise  joins", "Practise joins!"]}}
    }
    rows = [
        FeedbackRow(3, "Interview 3", "completed", START, 6, "{}"),
        FeedbackRow(2, "Interview 2", "completed", START, 6, json.dumps(again)),
        FeedbackRow(1, "Interview 1", "completed", START, 6, json.dumps(advice)),
    ]
    (recommendation,) = recommendations(rows, history, ("technical",), NOBODY)
    assert (recommendation.before, recommendation.interviews_after) == (0.4, 2)
    assert recommendation.after == pytest.approx(0.6)
    assert [mention.interview_id for mention in recommendation.mentions] == [2, 1]
    # Scored by another judge, the first interview is no measure of what came after.
    trends = skill_trends([history[0]._replace(judge="other"), *history[1:]], usual())
    told = on_their_scale([history[0]._replace(judge="other"), *history[1:]], trends)
    (recommendation,) = recommendations(rows, told, ("technical",), trends)
    assert (recommendation.before, recommendation.after, recommendation.another_judge) == (None, None, True)
    assert outcome_sentence(recommendation).startswith("Suggested when another judge scored")
    assert recommendations(rows, history, ("communication",), NOBODY) == []
