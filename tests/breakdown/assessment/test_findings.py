from __future__ import annotations

import re
from typing import Any

import pytest

from analytics.breakdown import ModelSettings
from analytics.breakdown.llm.prompts import Call
from tests.support.breakdowns import generate
from tests.support.doubles import SETTINGS, honest, long_interview, points

OPENINGS = ("Anchors", "Rushes", "Frames", "Delays", "Weighs", "Skips")


def nine_claims(call: Call) -> dict[str, Any]:
    """Answer with as many claims as fit, each of other words than those of any other part."""
    labels = re.findall(r"^(S\d+) \| ", call.prompt, re.MULTILINE)
    own = labels[0].lower()

    def said(place: int) -> tuple[str, list[str]]:
        text = f"{OPENINGS[place]} the account before {own}odd{place} turns to {own}even{place} and {own}plain{place}."
        return text, [labels[min(place, len(labels) - 1)]]

    advice = [
        (
            each + 1,
            f"Practise naming one {own}goal{each} and one {own}result{each} in reply to all.",
            "Nobody asks twice.",
        )
        for each in range(3)
    ]
    return points([said(each) for each in range(3)], [said(each) for each in range(3, 6)], advice)


@pytest.mark.parametrize(("lost", "repairs"), [(1, 0), (3, 3)])
def test_a_repair_is_worth_a_call_where_most_of_all_parts_were_dropped(lost: int, repairs: int) -> None:
    def say(call: Call) -> object:
        if call.answer != "points":
            return honest(call)
        if "could not be used" in call.prompt:
            return points()
        answer = nine_claims(call)
        # One strength of the first part, or most of every part.
        if lost == 3 or "S1 | " in call.prompt:
            for entry in (*answer["strengths"][:lost], *answer["weaknesses"][: lost - 1]):
                entry["ids"] = ["S9999"]
        return answer

    settings = ModelSettings(base_url=SETTINGS.base_url, model="m", token_budget=4_000, samples=2)
    made, double = generate(say, long_interview(40), settings)
    technical = made.skill_breakdown["technical"]
    assert technical.made == 27
    assert (len(technical.claims) == 9) is (lost == 1)
    assert len([call for call in double.calls if "could not be used" in call.prompt]) == repairs
