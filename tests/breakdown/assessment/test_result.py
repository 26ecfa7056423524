from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.breakdown.assessment.result import REQUIRED_TEXTS, InterviewFeedback, SkillBreakdown
from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.versions.version import from_platform
from analytics.interviewlab.feedback import PLATFORM_FAILURE, State, read_feedback
from analytics.skills import SKILL_KEYS, overall
from tests.support.doubles import SETTINGS, Double, conversation, honest, message

PLATFORM: dict[str, Any] = {
    "overall_score": 0.6,
    "communication_score": 0.6,
    "technical_score": 0.7,
    "problem_solving_score": 0.5,
    "code_quality_score": 0.4,
    "code_submissions_count": 1,
    "skill_breakdown": {
        "technical": {"score": 0.7, "strengths": ["Former."], "weaknesses": [], "mood": "sunny"},
        "charm": 1,
    },
    "strengths": ["Old."],
    "weaknesses": ["Old."],
    "recommendations": ["Old."],
    "summary": "A summary.",
    "topics_covered": ["search"],
    "extra": {"deep": [1, {"er": None}]},
}


def feedback(*, failing: str = "", code: bool = True) -> InterviewFeedback:
    def say(call: Any) -> Any:
        return Reply(outcome=Outcome.TIMED_OUT) if failing and f'skill "{failing}"' in call.prompt else honest(call)

    return FeedbackGenerator(SETTINGS, client=Double(say)).generate_feedback(conversation(code=code))


def offline(*, code: bool = True) -> InterviewFeedback:
    return FeedbackGenerator(ModelSettings()).generate_feedback(conversation(code=code))


def test_it_survives_being_stored() -> None:
    for made in (feedback(), feedback(failing="Technical"), feedback(code=False), offline()):
        stored = made.to_json()
        assert InterviewFeedback.from_json(stored) == made
        assert InterviewFeedback.from_json(json.loads(stored)) == made
        assert json.loads(stored)["format"] == 1


@pytest.mark.parametrize(
    "text", ["", "{}", "null", "[]", '{"format": 2}', "not json", '{"format": 1, "skill_breakdown": 3}']
)
def test_what_is_no_stored_breakdown_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a stored breakdown"):
        InterviewFeedback.from_json(text)
    later = json.loads(feedback().to_json()) | {"format": 2}
    with pytest.raises(ValueError, match="format"):
        InterviewFeedback.from_json(later)


def test_only_scored_carries_a_number() -> None:
    for state in (State.NOT_ASSESSED, State.FAILED, State.PENDING):
        with pytest.raises(ValueError, match="cannot have the score"):
            SkillBreakdown(skill="technical", state=state, score=0.5)
    with pytest.raises(ValueError, match="cannot have the score"):
        SkillBreakdown(skill="technical", state=State.SCORED)


def test_the_platform_gets_its_own_shape_and_keeps_its_own_keys() -> None:
    made = feedback()
    before = json.dumps(PLATFORM)
    written = made.to_platform(PLATFORM)
    assert json.dumps(PLATFORM) == before
    assert {key: written[key] for key in ("summary", "topics_covered", "extra")} == {
        key: PLATFORM[key] for key in ("summary", "topics_covered", "extra")
    }
    assert written["skill_breakdown"]["charm"] == 1
    assert written["skill_breakdown"]["technical"]["mood"] == "sunny"
    read = read_feedback(written)
    for key in SKILL_KEYS:
        assert read.skills[key].state is State.SCORED
        assert read.skills[key].score == made.skill_breakdown[key].score
        assert list(read.skills[key].strengths) == [claim.text for claim in made.skill_breakdown[key].strengths]
    assert written["overall_score"] == pytest.approx(made.overall) == pytest.approx(0.5)
    assert "Old." not in written["strengths"]
    assert all(
        isinstance(text, str) for name in ("strengths", "weaknesses", "recommendations") for text in written[name]
    )
    assert "How to notice progress: " in written["recommendations"][0]


def test_no_code_is_written_as_the_platform_writes_it() -> None:
    made = feedback(code=False)
    written = made.to_platform({**PLATFORM, "code_quality_score": 0.9, "code_submissions_count": 3})
    assert (written["code_quality_score"], written["code_submissions_count"]) == (0.0, 0)
    assert read_feedback(written).skills["code_quality"].state is State.NOT_ASSESSED
    assert written["overall_score"] == pytest.approx(0.5)


def test_too_few_words_are_written_as_no_score() -> None:
    made = FeedbackGenerator(SETTINGS, client=Double(honest)).generate_feedback([])
    written = made.to_platform(PLATFORM)
    assert written["technical_score"] is None
    assert "overall_score" not in written
    assert {skill.state for skill in read_feedback(written).skills.values()} == {State.NOT_ASSESSED}


def test_a_skill_that_failed_keeps_what_the_platform_had() -> None:
    made = feedback(failing="Technical")
    assert made.skill_breakdown["technical"].reason is Outcome.TIMED_OUT
    written = made.to_platform(PLATFORM)
    assert written["technical_score"] == 0.7
    assert written["skill_breakdown"]["technical"]["strengths"] == ["Former."]
    assert "Former." in written["strengths"]
    assert written["overall_score"] == pytest.approx(
        overall({"communication": 0.5, "technical": 0.7, "problem_solving": 0.5, "code_quality": 0.5})
    )


@pytest.mark.parametrize("garbage", ["n/a", math.nan, 7, -1, None, "0.5", True, []])
def test_what_was_no_score_is_not_kept_as_one(garbage: object) -> None:
    written = feedback(failing="Technical").to_platform({**PLATFORM, "technical_score": garbage})
    assert written["technical_score"] is None
    json.dumps(written, allow_nan=False)


def test_the_platforms_placeholder_does_not_become_a_score() -> None:
    failed = {f"{key}_score": 0.5 for key in ("overall", "communication", "technical", "problem_solving")}
    failed |= {"weaknesses": [PLATFORM_FAILURE], "code_quality_score": 0.0, "code_submissions_count": 0}
    for made in (feedback(failing="Technical"), offline()):
        written = made.to_platform(failed)
        assert written["technical_score"] is None
        assert PLATFORM_FAILURE not in written["weaknesses"]
    kept = offline().to_platform(failed)
    assert kept["code_quality_score"] is None
    assert "overall_score" not in kept


def test_the_platforms_placeholder_texts_are_replaced_and_its_own_words_are_not() -> None:
    failed = {f"{key}_score": 0.5 for key in ("overall", "communication", "technical", "problem_solving")}
    failed |= {
        "weaknesses": [PLATFORM_FAILURE],
        "recommendations": ["Review the interview transcript manually"],
        "summary": "Interview completed. Feedback generation encountered an issue.",
        "detailed_feedback": f"{PLATFORM_FAILURE} due to an error.",
        "code_quality_score": 0.0,
        "code_submissions_count": 0,
    }
    read = read_feedback(failed)
    assert (read.summary, read.detailed_feedback, read.recommendations) == ("", "", ())
    first, second = feedback().to_platform(failed), offline().to_platform(feedback().to_platform(failed))
    for written in (first, second):
        assert "issue" not in written["summary"]
        assert "error" not in written["detailed_feedback"]
        assert "Review the interview transcript manually" not in written["recommendations"]
    assert first["summary"].startswith("Skill breakdown: Communication 0.50, ")
    # Ours is written anew, so that it never tells of an earlier version.
    rewritten = feedback(failing="Technical").to_platform(first | {"technical_score": 0.9})
    assert "Technical 0.90" in rewritten["summary"]
    for said in ({"summary": "A calm talk.", "detailed_feedback": "They took their time."}, first):
        written = feedback().to_platform(said)
        assert {name: written[name] for name in said if name in REQUIRED_TEXTS} == {
            name: said[name] for name in REQUIRED_TEXTS
        }


@pytest.mark.parametrize("existing", [None, {}, {"summary": None}, {"summary": 5, "detailed_feedback": []}])
def test_what_the_platforms_models_require_is_always_there(existing: object) -> None:
    for made in (feedback(), offline(), feedback(code=False)):
        written = made.to_platform(existing)
        assert all(isinstance(written[name], str) and written[name] for name in REQUIRED_TEXTS)
        assert all(isinstance(written[name], list) for name in ("strengths", "weaknesses", "recommendations"))


def test_a_review_without_code_keeps_its_score_its_points_and_the_count() -> None:
    stored = [*conversation(code=False), message("assistant", "Your code works.", type="code_review")]
    part = {"score": 0.8, "strengths": ["Short."], "weaknesses": ["No tests."], "recommendations": ["Test it."]}
    existing = {
        **PLATFORM,
        "code_quality_score": 0.8,
        "code_submissions_count": 2,
        "skill_breakdown": {"code_quality": part},
    }
    for analyst in (FeedbackGenerator(SETTINGS, client=Double(honest)), FeedbackGenerator(ModelSettings())):
        made = analyst.generate_feedback(stored)
        assert made.reviews_without_code == 1
        for shown in (made, made.with_former(from_platform(existing).skill_breakdown, "version 1")):
            written = shown.to_platform(existing)
            assert (written["code_quality_score"], written["code_submissions_count"]) == (0.8, 2)
            assert written["skill_breakdown"]["code_quality"] == part
            assert written["overall_score"] == pytest.approx(
                overall({key: written[f"{key}_score"] for key in SKILL_KEYS})
            )
            assert shown.to_platform(written) == written
    assert (
        made.with_former(from_platform(existing).skill_breakdown, "version 1").skill_breakdown["code_quality"].score
        == 0.8
    )


def test_a_skills_own_feedback_object_is_read_and_follows() -> None:
    own = {"strengths": ["Knows databases."], "weaknesses": [], "recommendations": ["Read about locks."], "extra": 1}
    existing = {"technical_score": 0.7, "technical_feedback": own, "skill_breakdown": {}}
    read = read_feedback(existing).skills["technical"]
    assert (read.strengths, read.recommendations) == (("Knows databases.",), ("Read about locks.",))
    written = feedback().to_platform(existing)
    assert written["technical_feedback"]["strengths"] == written["skill_breakdown"]["technical"]["strengths"]
    assert written["technical_feedback"]["strengths"] != own["strengths"]
    assert written["technical_feedback"]["extra"] == 1
    assert "communication_feedback" not in written


def test_offline_points_leave_the_scores_as_they_were() -> None:
    written = offline().to_platform(PLATFORM)
    assert {key: written[f"{key}_score"] for key in SKILL_KEYS} == {key: PLATFORM[f"{key}_score"] for key in SKILL_KEYS}
    assert written["strengths"] != PLATFORM["strengths"]


@pytest.mark.parametrize(
    "existing", [None, [], "text", 5, {}, {"skill_breakdown": []}, {"skill_breakdown": {"technical": "odd"}}]
)
def test_odd_feedback_is_replaced_or_completed(existing: object) -> None:
    written = feedback().to_platform(existing)
    assert read_feedback(written).skills["technical"].score == 0.5


ODD = st.recursive(
    st.none() | st.floats() | st.integers() | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=()), max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)
MADE = feedback(failing="Technical")


@given(
    st.dictionaries(
        st.sampled_from(["a", "summary\x00", "technical_score", "skill_breakdown", "weaknesses", "\ud800"]), ODD
    )
)
def test_whatever_was_stored_can_be_written_back_to_a_database(existing: dict[str, Any]) -> None:
    text = json.dumps(MADE.to_platform(existing), ensure_ascii=False, allow_nan=False)
    assert "\x00" not in text
    assert "\\u0000" not in text
    text.encode()


def test_feedback_nested_deeper_than_python_calls_is_kept() -> None:
    deep: Any = "x\x00"
    for _ in range(5000):
        deep = [deep]
    kept = feedback().to_platform({"deep": deep})["deep"]
    for _ in range(5000):
        (kept,) = kept
    assert kept == "x"


def test_former_values_are_kept_and_marked() -> None:
    former = feedback().skill_breakdown
    failed = feedback(failing="Technical").with_former(former, "version 3").skill_breakdown
    assert failed["technical"].score == 0.5
    assert failed["technical"].claims == former["technical"].claims
    assert (failed["technical"].score_from, failed["technical"].points_from) == ("version 3", "version 3")
    assert failed["technical"].reason is Outcome.TIMED_OUT
    assert failed["communication"].score_from is None
    read = offline().with_former(former, "version 3")
    assert read.skill_breakdown["technical"].score == 0.5
    assert read.skill_breakdown["technical"].score_from == "version 3"
    assert read.skill_breakdown["technical"].points_from is None
    assert read.skill_breakdown["technical"].claims != former["technical"].claims
    assert read.overall == pytest.approx(0.5)
    assert InterviewFeedback.from_json(read.to_json()) == read
    again = offline().with_former(read.skill_breakdown, "version 4").skill_breakdown
    assert again["technical"].score_from == "version 3"


def test_the_summary_names_no_score_where_the_platform_keeps_a_zero_for_no_code() -> None:
    written = offline(code=False).to_platform({})
    assert written["code_quality_score"] == 0.0
    assert written["summary"] == "Skill breakdown: no scores."
    assert "Code quality" not in feedback(code=False).to_platform({})["summary"]
