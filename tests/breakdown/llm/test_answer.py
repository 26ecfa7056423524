"""What a model wrote, read where it can mean one thing only."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from analytics.breakdown.llm.answer import read_answer, read_thought, what_is_wrong

LEVEL = '{"level": 4}'
STRENGTH = {"ids": ["S1"], "text": "Opens with substance, which gives listeners a firm start."}
WEAKNESS = {"ids": ["S2"], "text": "Ends without a result, which leaves the listener to guess."}


def points(**lists: Any) -> str:
    return json.dumps({"strengths": [], "weaknesses": [], "recommendations": []} | lists)


@pytest.mark.parametrize(
    "text",
    [
        LEVEL,
        f"\ufeff {LEVEL}",
        f"```json\n{LEVEL}\n```",
        f"Level {{4}}, so: {LEVEL}",
        f"{LEVEL}\n\nExplanation: level {{4}} fits, not {{3}}.",
        f"{LEVEL}\n{LEVEL}",
        '{"level": 4.0}',
        '{"level": "4"}',
        '{"Level": 4}',
        '{"level": 4, "reason": "clear {or so}"}',
        '{"level": 4,}',
        "{'level': 4, 'reason': 'it\\'s clear'}",
        "{level: 4}",
        "{“level”: 4}",
        '{"level": 4 // between 3 and 5\n}',
        '{"rating": {"level": 4}}',
        '{"name": "rating", "arguments": {"level": 4}}',
        '[{"level": 4}]',
        '{"reason": "two\nlines", "level": 4}',
        json.dumps(LEVEL),
        f'<think>{{"level": 1}} or so?</think>{LEVEL}',
        f'[THINK]{{"level": 1}}[/THINK]{LEVEL}',
        f'<|channel|>analysis<|message|>{{"level": 1}}<|end|><|channel|>final<|message|>{LEVEL}',
    ],
)
def test_a_near_miss_is_read(text: str) -> None:
    assert read_answer("rating", text) == {"level": 4}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "level 4",
        "{4}",
        '{"level": 3 or 4}',
        '{"level": 3, 4}',
        '{"level": "3-4"}',
        '{"level": 4.5}',
        '{"level": true}',
        '{"level": [4]}',
        '{"level": 9}',
        '{"level": 3} or {"level": 4}',
        '{"a": {"level": 3}, "b": {"level": 4}}',
        '{"levels": [4, 4, 4, 4]}',
        '{"levels": ["communication: 4"]}',
        '{"levels": [{"skill": "communication", "level": null}, {"skill": "charm", "level": 4}]}',
        '{"levels": {"communication": {"level": 9}, "charm": {"level": 4}}}',
        '<think>{"level": 4}',
        '{"level": ' * 3_000,
    ],
)
def test_what_is_ambiguous_is_not_read(text: str) -> None:
    assert read_answer("rating", text) is None
    assert what_is_wrong("rating", text).endswith(".")


@pytest.mark.parametrize("unread", [None, 0, 9, 3.5, True, "high", [4]])
def test_a_level_that_cannot_be_read_leaves_the_others(unread: object) -> None:
    levels = [
        {"skill": "problem-solving", "level": 4},
        {"skill": "Technical", "level": "3"},
        {"skill": "charm", "level": 5},
        {"skill": "code_quality", "level": unread},
    ]
    read = read_answer("rating", json.dumps({"levels": levels}))
    assert read is not None
    assert read["levels"] == [{"skill": "problem_solving", "level": 4}, {"skill": "technical", "level": 3}]


@pytest.mark.parametrize(
    ("entry", "ids"),
    [
        ({**STRENGTH, "ids": ["[S1]"]}, ["S1"]),
        ({**STRENGTH, "ids": "S1"}, ["S1"]),
        ({**STRENGTH, "ids": "S1 and S2"}, ["S1", "S2"]),
        ({**STRENGTH, "ids": ["s1", "c1:3–5"]}, ["S1", "C1:3-5"]),
        ({**STRENGTH, "ids": ["S1, S2"]}, ["S1", "S2"]),
        ({**STRENGTH, "quote": "x"}, ["S1"]),
    ],
)
def test_an_id_is_read_as_it_is_meant(entry: dict[str, Any], ids: list[str]) -> None:
    answer = read_answer("points", points(strengths=[entry]))
    assert answer is not None
    assert answer["strengths"] == [{"ids": ids, "text": STRENGTH["text"]}]


@pytest.mark.parametrize("odd", [{"ids": ["intro"], "text": "Odd."}, {"ids": None}, "Only words.", 7, None, []])
def test_an_odd_point_costs_no_other_and_keeps_its_place(odd: object) -> None:
    advice = {"weakness": 2, "practise": "Say the result.", "notice": "Nobody asks."}
    text = points(strengths=[odd, STRENGTH], weaknesses=[odd, WEAKNESS], recommendations=[advice, {}])
    answer = read_answer("points", text)
    assert answer is not None
    assert answer["strengths"][1] == STRENGTH
    assert answer["weaknesses"][1] == WEAKNESS
    assert answer["recommendations"][0] == advice
    assert answer["strengths"][0]["ids"] in ([], ["Intro"])


def test_more_than_was_asked_for_is_read_as_far_as_it_counts() -> None:
    answer = read_answer("points", points(strengths=[STRENGTH] * 9, weaknesses=None))
    assert answer is not None
    assert (len(answer["strengths"]), answer["weaknesses"]) == (6, [])


@pytest.mark.parametrize(
    "text",
    [
        points(strengths=[STRENGTH])[:-9],
        '{"strengths": [], "weaknesses": []}',
        points(strengths="none"),
        points(strengths=[STRENGTH]) + points(),
    ],
)
def test_half_an_answer_is_none(text: str) -> None:
    assert read_answer("points", text) is None


def test_thoughts_are_an_answer_only_as_a_whole() -> None:
    assert read_thought("rating", f"```json\n{LEVEL}\n```") == {"level": 4}
    assert read_thought("rating", f"It could be {LEVEL} or so") is None


def test_a_model_is_told_what_was_wrong() -> None:
    assert what_is_wrong("rating", '{"level": 9}') == '"level" must be one whole number from 1 to 5.'
    assert (
        what_is_wrong("points", '{"strengths": []}') == 'The JSON object had no "weaknesses" and no "recommendations".'
    )
    assert what_is_wrong("rating", '{"levels": [4]}').startswith('"levels" must be a list that gives for each skill')
    assert what_is_wrong("rating", "Four.") == "It held no JSON object that could be read."
    assert what_is_wrong("rating", '{"level": 3} {"level": 4}') == "It held more than one answer."


@pytest.mark.parametrize(
    "text", ["{" * 500_000, '{"a":' * 100_000, "{'" * 300_000, '{"a": "\\' * 50_000, "{,}" * 300_000]
)
def test_hostile_words_take_no_time(text: str) -> None:
    start = time.monotonic()
    assert read_answer("points", text) is None
    assert time.monotonic() - start < 10
