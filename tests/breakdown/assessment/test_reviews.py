from __future__ import annotations

from typing import Any

import pytest

from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.reading.questions import without_lead
from analytics.skills import SKILL_KEYS
from tests.support.breakdowns import generate
from tests.support.doubles import thorough


def saying(**lists: Any) -> Any:
    """Answer thoroughly, with other lists for communication."""

    def say(call: Call) -> object:
        answer = thorough(call)
        own = call.answer == "points" and 'skill "Communication"' in call.prompt
        return answer | lists if own else answer

    return say


def test_what_is_asked_is_said_for_each_question_and_what_to_work_on_first() -> None:
    made, _ = generate(thorough)
    reviews = [(each.id, each.message, each.left_out) for each in made.questions]
    assert reviews == [("Q1", 0, ""), ("Q3", 4, "accented words")]
    (priority,) = made.priorities
    assert (priority.skill, priority.reason) == ("communication", "Every later answer is read in its light.")
    assert priority.text == made.skill_breakdown["communication"].weaknesses[0].text
    assert made.post == "mid"


def test_a_missed_opportunity_names_its_question_and_a_better_wording_its_lines() -> None:
    skill = generate(thorough)[0].skill_breakdown["communication"]
    (missed,), (wording,) = skill.missed_opportunities, skill.better_wordings
    assert (missed.question, missed.asked, missed.evidence) == ("Q2", "What else did you consider?", ("S3",))
    assert wording.quotes[0].text.endswith("accented words.")
    assert skill.made == len(skill.claims) == 5
    written = generate(thorough)[0].to_platform({})["skill_breakdown"]["communication"]
    assert missed.text in written["weaknesses"]
    assert written["recommendations"][-1] == f'Say it like this: "{wording.text}"'


def test_a_question_is_shown_without_the_thanks_before_it() -> None:
    assert without_lead("Thank you, that helps. How do you end a session?") == "How do you end a session?"
    assert without_lead("I see. Let me change the subject. Roughly how much storage?") == "Roughly how much storage?"
    for whole in ("Good tests are rare. How do you write one?", "Thanks.", "Okay, what is your worry?"):
        assert without_lead(whole) == whole


@pytest.mark.parametrize(
    ("missed", "fault"),
    [
        ({"question": "Q9", "ids": ["S3"], "text": "Leaves open what the price was."}, ClaimFault.NO_QUESTION),
        ({"question": "Q1", "ids": ["S3"], "text": "Leaves open what the price was."}, ClaimFault.NO_QUESTION),
        ({"question": "Q2", "ids": ["S99"], "text": "Leaves open what the price was."}, ClaimFault.UNKNOWN_ID),
        ({"question": "Q2", "ids": ["S3"], "text": "Was asked for 17 options and gave fewer."}, ClaimFault.NUMBER),
    ],
)
def test_a_missed_opportunity_without_question_and_answer_does_not_stand(
    missed: dict[str, Any], fault: ClaimFault
) -> None:
    skill = generate(saying(missed=[missed]))[0].skill_breakdown["communication"]
    assert skill.missed_opportunities == ()
    assert skill.faults == {fault: 1}


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("Ranking took 140 of 180 ms, so I left the index alone.", True),
        ("Ranking took 150 of 180 ms, so I left the index alone.", False),
        ("For a year nobody saw it: ranking took 140 of 180 ms.", False),
        ("I profiled it with Grafana, and ranking was slow.", False),
        ("Measuring each stage, I saw that ranking was slow.", True),
        ("Honestly, the index was never the problem. Nobody needs to touch it.", True),
        ("Stage by stage I measured it, and ranking was slow.", True),
        ("Fastly was slow, and I measured each stage.", False),
        ("Spring was slow, and I measured each stage.", False),
        ("Elasticsearch was the cause, and I measured each stage.", False),
        ("I measured each stage first and saw that ranking took 140 ms of the 180 ms.", False),
    ],
)
def test_a_better_wording_holds_only_facts_of_the_candidate(text: str, stands: bool) -> None:
    skill = generate(saying(wordings=[{"ids": ["S1"], "text": text}]))[0].skill_breakdown["communication"]
    assert bool(skill.better_wordings) is stands
    assert len(skill.strengths) == 1


def test_remarks_that_may_not_stand_are_left_out() -> None:
    odd = [
        {"question": "Q1", "asked": "see https://example.org/x", "held": "stages", "left_out": ""},
        {"question": "Q2", "asked": "alternatives", "held": 'said "we asked the vendor"', "left_out": ""},
        {"question": "Q8", "asked": "alternatives", "held": "machines", "left_out": ""},
        {"question": "Q3", "asked": "proof", "held": "a comparison over 77 weeks", "left_out": ""},
    ]
    assert generate(saying(questions=odd))[0].questions == ()


def test_a_strength_is_no_priority_and_levels_are_by_skill() -> None:
    def say(call: Call) -> object:
        answer = thorough(call)
        if call.answer == "rating":
            answer["priorities"] = [{"claim": 1, "reason": "It shines."}, {"claim": 99, "reason": "It is missing."}]
            answer["levels"] = [{"skill": key, "level": 2 + place} for place, key in enumerate(SKILL_KEYS[:3])]
            answer["levels"].append({"skill": SKILL_KEYS[3], "level": 3})
        return answer

    made, _ = generate(say)
    assert made.priorities == ()
    assert [made.skill_breakdown[key].levels for key in SKILL_KEYS] == [(2, 2), (3, 3), (4, 4), (3, 3)]
