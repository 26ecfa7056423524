from __future__ import annotations

import threading

import pytest

from analytics.breakdown import ModelSettings, Outcome
from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.llm.protocol import Reply
from analytics.interviewlab.feedback import State
from analytics.skills import SKILL_KEYS
from tests.support.breakdowns import generate
from tests.support.doubles import SETTINGS, honest, points, verdicts


def test_a_skill_whose_level_a_model_leaves_out_fails_alone() -> None:
    def say(call: Call) -> object:
        levels = [{"skill": key, "level": 4} for key in SKILL_KEYS if key != "technical"]
        return {"levels": levels} if call.answer == "rating" else honest(call)

    made = generate(say)[0].skill_breakdown
    assert (made["technical"].state, made["technical"].reason) == (State.FAILED, Outcome.BAD_ANSWER)
    assert {made[key].score for key in SKILL_KEYS if key != "technical"} == {0.75}


def test_several_choices_of_one_call_are_several_ratings() -> None:
    def say(call: Call) -> object:
        if call.answer != "rating":
            return honest(call)
        further = tuple({"level": level} for level in range(3, 2 + call.choices))
        return Reply(answer={"level": 2}, further=further)

    settings = ModelSettings(base_url=SETTINGS.base_url, model="m", samples=5)
    skill = generate(say, settings=settings)[0].skill_breakdown["communication"]
    assert skill.levels == (2, 3, 4, 2, 3)
    assert (skill.low, skill.high) == (0.25, 0.75)


@pytest.mark.parametrize(
    ("whole", "alone", "score", "bounded"), [(5, 3, 0.5, True), (5, 4, 1.0, False), (2, 5, 0.25, True)]
)
def test_the_lower_counts_where_the_claims_alone_speak_for_another_level(
    whole: int, alone: int, score: float, bounded: bool
) -> None:
    def say(call: Call) -> object:
        if call.answer == "rating":
            return {"level": whole if "I measured each stage" in call.prompt else alone}
        return honest(call)

    made, double = generate(say)
    skill = made.skill_breakdown["technical"]
    assert (skill.score, skill.bounded) == (score, bounded)
    assert skill.low_agreement is bounded
    assert len([call for call in double.calls if "I measured each stage" in call.prompt]) == len(double.calls) - 1


@pytest.mark.parametrize("near_miss", [{"levels": [4, 4, 4, 4]}, Reply(answer={"levels": [], "priorities": []})])
def test_an_answer_about_claims_without_a_level_bounds_nothing(near_miss: object) -> None:
    def say(call: Call) -> object:
        if call.answer == "rating":
            return {"level": 4} if "I measured each stage" in call.prompt else near_miss
        return honest(call)

    made, _ = generate(say)
    assert {(skill.score, skill.low, skill.bounded) for skill in made.skill_breakdown.values()} == {(0.75, 0.75, False)}


def test_a_skill_of_which_nothing_speaks_is_rated_and_not_highly() -> None:
    def say(call: Call) -> object:
        if call.answer == "rating":
            return {"level": 5}
        return points() if 'skill "Technical"' in call.prompt and call.answer == "points" else honest(call)

    made = generate(say)[0].skill_breakdown
    assert (made["technical"].state, made["technical"].score, made["technical"].claims) == (State.SCORED, 0.5, ())
    assert made["technical"].bounded
    assert made["communication"].score == 1.0


def test_what_is_not_shown_by_what_it_cites_is_dropped_and_marked() -> None:
    def say(call: Call) -> object:
        if call.answer != "support":
            return honest(call)
        said = {1: {"shows": "partly"}, 2: {"shows": "no"}, 4: {"contradicts": True}, 7: {"on_question": False}}
        answer = verdicts(call.prompt)
        for verdict in answer["verdicts"]:
            verdict |= said.get(verdict["claim"], {})
        return answer

    made = generate(say)[0].skill_breakdown
    communication, technical, solving = (made[key] for key in SKILL_KEYS[:3])
    assert [claim.support for claim in communication.claims] == ["partly"]
    # The recommendation falls with the weakness it answers.
    assert communication.faults == {ClaimFault.UNSUPPORTED: 1, ClaimFault.NO_WEAKNESS: 1}
    assert technical.faults == {ClaimFault.CONTRADICTED: 1}
    assert [claim.kind for claim in technical.claims] == ["weakness", "recommendation"]
    assert solving.faults == {ClaimFault.OFF_QUESTION: 1}
    assert communication.made == len(communication.claims) + len(communication.dropped)


@pytest.mark.parametrize("answer", [Reply(outcome=Outcome.TIMED_OUT), {"verdicts": []}, "Everything is fine."])
def test_claims_that_could_not_be_checked_stay_and_say_so(answer: object) -> None:
    made, _ = generate(lambda call: answer if call.answer == "support" else honest(call))
    claims = [claim for skill in made.skill_breakdown.values() for claim in skill.claims]
    assert len(claims) == 12
    assert {claim.support for claim in claims} == {"unchecked"}
    assert all(skill.state is State.SCORED for skill in made.skill_breakdown.values())


def test_support_is_asked_once_about_all_claims_with_what_they_cite() -> None:
    _, double = generate()
    (call,) = [call for call in double.calls if call.answer == "support"]
    assert call.prompt.count("S1 | I measured each stage first") == 3
    assert "for the weakness: Leaves a known gap in the verification open." in call.prompt
    assert "The index itself was never the problem." not in call.prompt


def test_ratings_far_apart_are_marked() -> None:
    given = iter([2, 4, 3])
    lock = threading.Lock()

    def say(call: Call) -> object:
        with lock:
            return {"level": next(given)} if call.answer == "rating" else honest(call)

    settings = ModelSettings(base_url=SETTINGS.base_url, model="m", samples=3, concurrency=1)
    skill = generate(say, settings=settings)[0].skill_breakdown["communication"]
    assert (skill.low, skill.high, skill.low_agreement, skill.levels) == (0.25, 0.75, True, (2, 4))
    assert not skill.bounded


def test_ratings_that_fail_leave_no_score() -> None:
    def say(call: Call) -> object:
        return Reply(outcome=Outcome.RATE_LIMITED) if call.answer == "rating" else honest(call)

    skill = generate(say)[0].skill_breakdown["technical"]
    assert (skill.state, skill.reason, skill.score, skill.levels) == (State.FAILED, Outcome.RATE_LIMITED, None, ())
    assert len(skill.claims) == 3
