from __future__ import annotations

import pytest

from analytics.breakdown.gate import open_gates
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.transcript import read_transcript
from tests.breakdown.doubles import conversation, message, submission

LONG = (
    "We looked at the slow query plan first and found a missing index on the date column, so we added one and "
    "measured again."
)


def reasons(stored: object, minimum: int = 40) -> dict[str, Outcome | None]:
    return {key: gate.reason for key, gate in open_gates(read_transcript(stored), minimum).items()}


def test_an_interview_with_speech_and_code_can_be_assessed_in_all_skills() -> None:
    assert set(reasons(conversation()).values()) == {None}


@pytest.mark.parametrize(
    "answers",
    [
        [],
        ["Yes.", "No.", "Maybe."],
        [LONG, "Yes."],
        [LONG + " " + LONG.replace("date", "name")],
        [LONG, LONG, LONG],
        [LONG, "yes " * 200],
    ],
)
def test_too_few_words_or_one_answer_said_twice_is_not_assessed(answers: list[str]) -> None:
    found = reasons([message("user", answer) for answer in answers])
    assert found["communication"] is found["technical"] is found["problem_solving"] is Outcome.TOO_FEW_WORDS
    assert found["code_quality"] is Outcome.NO_CODE


def test_the_interviewer_and_withheld_lines_do_not_count() -> None:
    stored = [
        message("assistant", LONG * 9),
        message("user", LONG),
        message("user", LONG.replace("first", "last").replace("We", "I")),
    ]
    transcript = read_transcript(stored)
    assert open_gates(transcript, 40)["technical"].reason is None
    assert open_gates(transcript, 40, frozenset({"S2"}))["technical"].reason is Outcome.TOO_FEW_WORDS


@pytest.mark.parametrize(
    ("code", "language", "assessed"),
    [
        ("x = 1", "python", True),
        ("SELECT 1", "sql", True),
        ("x", "", True),
        ("", "python", False),
        (" \n\t\u200b", "python", False),
        ("# only a comment\n", "python", False),
        ('"""only\na text"""', "python", False),
        ("// only\n/* comments\n here */", "java", False),
        ("-- only", "sql", False),
    ],
)
def test_code_quality_needs_code(code: str, language: str, assessed: bool) -> None:
    found = reasons([*conversation(code=False), submission(code, language)])
    assert (found["code_quality"] is None) is assessed
    assert found["technical"] is None
