"""The feedback reader: typed, never raising, and never a number where there is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.database.json_text import parse_json
from analytics.demo.rows import interviews as demo_interviews
from analytics.interviewlab.feedback import (
    DEEPEST,
    PLATFORM_FAILURE,
    Reason,
    SkillBreakdown,
    State,
    Unreadable,
    count,
    number,
    points,
    read_feedback,
    text,
)
from analytics.skills import SKILL_KEYS, overall
from tests.support.platform_rows import feedback

_anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
_keys = st.sampled_from([f"{key}_score" for key in (*SKILL_KEYS, "overall")]) | st.sampled_from(
    ["skill_breakdown", "strengths", "weaknesses", "topics_covered", "code_submissions_count", "average_code_quality"]
)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(_anything | st.dictionaries(_keys, _anything), st.booleans())
def test_whatever_is_stored_only_a_scored_skill_carries_a_number(stored: Any, completed: bool) -> None:
    read = read_feedback(stored, completed=completed)
    assert tuple(read.skills) == SKILL_KEYS
    for skill in read.skills.values():
        assert (skill.state is State.SCORED) == (skill.score is not None) == (skill.reason is None)
        assert skill.score is None or 0 <= skill.score <= 1
    known = {key: skill.score for key, skill in read.skills.items()}
    assert read.overall == overall(known)
    assert (read.overall is None) == all(score is None for score in known.values())
    assert all(isinstance(topic, str) and topic.strip() for topic in read.topics)


FAILED_MARK = {f"{key}_score": 0.5 for key in ("overall", "communication", "technical", "problem_solving")} | {
    "weaknesses": [PLATFORM_FAILURE]
}
STATES: list[tuple[Any, dict[str, tuple[State, Reason | None]]]] = [
    (None, dict.fromkeys(SKILL_KEYS, (State.PENDING, Reason.NO_FEEDBACK))),
    ({}, dict.fromkeys(SKILL_KEYS[:3], (State.NOT_ASSESSED, Reason.NO_SCORE))
         | {"code_quality": (State.NOT_ASSESSED, Reason.NO_CODE)}),
    (["a list"], dict.fromkeys(SKILL_KEYS, (State.FAILED, Reason.UNREADABLE))),
    ("a text", dict.fromkeys(SKILL_KEYS, (State.FAILED, Reason.UNREADABLE))),
    (Unreadable(), dict.fromkeys(SKILL_KEYS, (State.FAILED, Reason.UNREADABLE))),
    (FAILED_MARK, dict.fromkeys(SKILL_KEYS[:3], (State.FAILED, Reason.PLATFORM_FAILED))),
    (FAILED_MARK | {"technical_score": 0.51}, dict.fromkeys(SKILL_KEYS[:3], (State.SCORED, None))),
    (FAILED_MARK | {"weaknesses": ["Speaks fast"]}, dict.fromkeys(SKILL_KEYS[:3], (State.SCORED, None))),
    (FAILED_MARK | {"weaknesses": PLATFORM_FAILURE}, dict.fromkeys(SKILL_KEYS[:3], (State.SCORED, None))),
    ({"code_quality_score": 0.0, "code_submissions_count": 0}, {"code_quality": (State.NOT_ASSESSED, Reason.NO_CODE)}),
    ({"code_quality_score": 0.0, "code_submissions_count": 1}, {"code_quality": (State.SCORED, None)}),
    ({"code_quality_score": 0.4, "code_submissions_count": 0}, {"code_quality": (State.NOT_ASSESSED, Reason.NO_CODE)}),
    ({"code_quality_score": 0.4}, {"code_quality": (State.SCORED, None)}),
    ({"code_submissions_count": 2}, {"code_quality": (State.NOT_ASSESSED, Reason.NO_SCORE)}),
    ({"code_quality_score": "0.0"}, {"code_quality": (State.FAILED, Reason.NOT_A_SCORE)}),
]  # fmt: skip
STATES += [
    ({"technical_score": odd}, {"technical": (State.FAILED, Reason.NOT_A_SCORE)})
    for odd in ("0.7", "n/a", 7, -1, float("nan"), float("inf"), True, [0.5], {"score": 0.5}, 10**400, 1.0000001)
]
STATES += [({"technical_score": fine}, {"technical": (State.SCORED, None)}) for fine in (0, 1, 0.0, -0.0, 1.0, 5e-324)]


@pytest.mark.parametrize(("stored", "told"), STATES)
def test_each_skill_is_told_as_what_it_is(stored: Any, told: dict[str, tuple[State, Reason | None]]) -> None:
    skills = read_feedback(stored).skills
    assert {key: (skills[key].state, skills[key].reason) for key in told} == told
    # An interview that is not completed is pending, whatever is stored.
    unfinished = read_feedback(stored, completed=False).skills
    assert {skill.reason for skill in unfinished.values()} == {Reason.UNFINISHED}


def test_a_failed_scoring_hands_on_none_of_its_placeholders() -> None:
    read = read_feedback(FAILED_MARK | {"recommendations": ["Please try again"], "code_quality_score": 0.6})
    assert (read.overall, read.weaknesses, read.recommendations) == (0.6, (), ())
    assert read.skills["code_quality"].score == 0.6


def test_a_breakdown_is_read_beside_the_score_and_an_older_row_has_empty_lists() -> None:
    said = {
        "technical": {"score": 0.1, "strengths": [" Clear ", "", None, 7], "weaknesses": None, "recommendations": "One"}
    }
    skill = read_feedback(feedback(None, 0.7) | {"skill_breakdown": said}).skills["technical"]
    assert skill == SkillBreakdown(State.SCORED, 0.7, ("Clear",), (), ("One",))
    assert read_feedback(feedback(None, 0.7)).skills["technical"] == SkillBreakdown(State.SCORED, 0.7)
    for odd in (None, [], "x", {"technical": []}, {"technical": None}):
        assert read_feedback(feedback(None, 0.7) | {"skill_breakdown": odd}).skills["technical"].strengths == ()


def test_a_number_without_the_state_scored_cannot_be_built() -> None:
    for state, score in ((State.FAILED, 0.5), (State.SCORED, None), (State.NOT_ASSESSED, 0.0)):
        with pytest.raises(ValueError, match="cannot have the score"):
            SkillBreakdown(state, score)


def test_every_reason_has_its_sentence() -> None:
    sentences = {reason.sentence for reason in Reason}
    assert len(sentences) == len(Reason)
    assert all(sentence.endswith(".") and "_" not in sentence for sentence in sentences)


def test_the_small_readers_take_nothing_for_something() -> None:
    assert [count(value) for value in (3, 2.9, True, "3", None, -1, 10**400, float("nan"), 0)] == [
        3,
        2,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ]
    assert [number(value) for value in (0.5, 1, "0.5", True, None)] == [0.5, 1.0, None, None, None]
    assert (points("one"), points({"a": 1}), points([[], "b"])) == (("one",), (), ("b",))
    assert (text(" x "), text(None), text(7)) == ("x", "", "")


def test_the_demo_interviews_are_all_readable() -> None:
    rows = [row for row in demo_interviews() if row["status"] == "completed"]
    states = {skill.state for row in rows for skill in read_feedback(row["feedback"]).skills.values()}
    assert states == {State.SCORED, State.NOT_ASSESSED, State.FAILED}


@pytest.mark.parametrize(
    ("stored", "parsed"),
    [
        (None, None),
        ("null", None),
        ('{"a": "\\u0000\\ud800 \\ud83d\\ude00 \\\\u0000"}', {"a": "\ufffd\ufffd \U0001f600 \\u0000"}),
        ("[" * DEEPEST + "]" * DEEPEST + "", "readable"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), Unreadable),
        ("[" * 100_000, Unreadable),
        ('{"a": 1', Unreadable),
        ("9" * 5_000, float("inf")),
        ("", Unreadable),
    ],
)
def test_json_of_any_kind_is_parsed_or_told_unreadable(stored: str | None, parsed: Any) -> None:
    found = parse_json(stored)
    if parsed is Unreadable:
        assert isinstance(found, Unreadable)
    elif parsed == "readable":
        assert isinstance(found, list)
    else:
        assert found == parsed


def test_a_deep_document_keeps_what_stands_beside_the_depths() -> None:
    stored = json.dumps({"technical_score": 0.7, "rest": 0, "strengths": ["]]]"]}).replace(
        "0,", "[" * 990 + "]" * 990 + ","
    )
    read = read_feedback(parse_json(stored))
    assert (read.skills["technical"].score, read.strengths) == (0.7, ("]]]",))
