"""Rows as InterviewLab writes them, today and in earlier years, read as one conversation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analytics.interviewlab.conversation import Conversation, Speaker, read_conversation, without_sandbox

CODE = "def has_duplicates(values):\n    return len(set(values)) < len(values)\n"
REVIEW = {"quality_score": 0.7, "strengths": ["Short and clear."], "weaknesses": ["Copies the whole list."]}


def message(role: str, content: object, minute: int | None = None, **metadata: object) -> dict[str, Any]:
    stamp = {} if minute is None else {"timestamp": f"2026-03-02T10:{minute:02}:00.123456"}
    return {"role": role, "content": content} | stamp | ({"metadata": metadata} if metadata else {})


def checkpoint(minute: int) -> dict[str, Any]:
    return message("system", f"CHECKPOINT: 2026-03-02T10:{minute:02}", minute, checkpoint_id="x", state_snapshot="{}")


def sandbox(*submissions: object) -> dict[str, Any]:
    return {"profile": "Backend engineer", "_sandbox": {"is_active": True, "submissions": list(submissions)}}


def submitted(code: object = CODE, minute: int | None = None, **values: object) -> dict[str, Any]:
    stamp = {} if minute is None else {"timestamp": f"2026-03-02T10:{minute:02}:30"}
    executed = {"stdout": "True", "stderr": "", "exit_code": 0}
    return {"code": code, "language": "python", "execution_result": executed, "code_quality": REVIEW} | stamp | values


TALK = [
    message("assistant", "How would you find a duplicate?", 1),
    message("user", "With a set, and I compare the lengths.", 2),
    message("assistant", "Nice and short. What does it cost?", 5),
    message("user", "Memory for the whole list.", 6),
]


def said(read: Conversation) -> list[str]:
    return [turn.said for turn in read.turns]


def test_checkpoints_are_no_part_of_the_conversation_and_no_lost_messages() -> None:
    read = read_conversation([checkpoint(0), *TALK[:2], checkpoint(3), *TALK[2:], checkpoint(7)])
    assert said(read) == [entry["content"] for entry in TALK]
    assert [turn.message for turn in read.turns] == [1, 2, 4, 5]
    assert read.skipped == 0
    other = read_conversation([{"role": "system", "content": "You are an interviewer."}, *TALK])
    assert (other.skipped, len(other.turns)) == (1, 4)


def test_a_history_that_is_stored_again_with_every_turn_is_read_once() -> None:
    repeated: list[dict[str, Any]] = []
    for turn in range(1, len(TALK) + 1):
        repeated = [*repeated, *repeated, *TALK[:turn]]
    assert len(repeated) > 10 * len(TALK) / 2
    assert said(read_conversation(repeated)) == [entry["content"] for entry in TALK]
    assert read_conversation(repeated).skipped == 0


def test_the_same_words_at_another_time_or_at_no_known_time_are_said_twice() -> None:
    twice = [message("user", "Yes.", 1), message("user", "Yes.", 2), message("user", "No."), message("user", "No.")]
    assert said(read_conversation(twice)) == ["Yes.", "Yes.", "No.", "No."]


def test_code_in_the_sandbox_is_submitted_where_it_was_discussed() -> None:
    read = read_conversation(TALK, sandbox(submitted(minute=3)))
    (submission,) = read.submissions
    assert (submission.code, submission.language, submission.quality) == (CODE, "python", 0.7)
    assert submission.result == "stdout: True; exit_code: 0"
    assert submission.strengths == ("Short and clear.",)
    (turn,) = read.submission_turns
    assert (turn.message, turn.said) == (2, TALK[2]["content"])
    assert said(read) == [entry["content"] for entry in TALK]


@pytest.mark.parametrize("minute", [None, 30])
def test_code_that_nobody_talked_about_afterwards_is_a_turn_at_the_end(minute: int | None) -> None:
    read = read_conversation([*TALK, checkpoint(8)], sandbox(submitted(minute=minute), submitted("x = 1", minute)))
    assert [(turn.message, turn.speaker, turn.said) for turn in read.turns[4:]] == [
        (5, Speaker.CANDIDATE, ""),
        (6, Speaker.CANDIDATE, ""),
    ]
    assert [submission.code for submission in read.submissions] == [CODE, "x = 1"]


def test_two_submissions_are_put_to_two_messages_in_their_order() -> None:
    later = [*TALK, message("assistant", "Better.", 9), message("assistant", "Goodbye.", 10)]
    read = read_conversation(later, sandbox(submitted(minute=3), submitted("y = 2", minute=4)))
    assert [(turn.message, turn.submission.code) for turn in read.submission_turns if turn.submission] == [
        (2, CODE),
        (4, "y = 2"),
    ]


def test_the_same_code_twice_is_one_submission() -> None:
    reviews = [message("user", "Here.", type="code_review", code=CODE, language="Python", code_quality=REVIEW)] * 2
    again = submitted(CODE.replace("\n", "  \r\n"))
    read = read_conversation(reviews, sandbox(submitted(), again, submitted("z = 3")))
    assert [submission.code for submission in read.submissions] == [CODE, "z = 3"]
    assert read.turns[0].submission is read.turns[1].submission
    assert read.submissions[0].language == "Python"


@pytest.mark.parametrize("code", [None, "", " \n", 5, ["x = 1"]])
def test_a_review_without_code_is_a_turn_and_no_submission(code: object) -> None:
    older = [*TALK, message("assistant", "Your code is fine.", type="code_review", code=code, code_quality=REVIEW)]
    read = read_conversation(older, sandbox({"code": code}, None, "x", 7))
    assert said(read)[-1] == "Your code is fine."
    assert read.submissions == ()
    assert read.skipped == 0


def test_a_review_that_failed_says_nothing_about_the_code() -> None:
    failed = {"quality_score": 0.5, "strengths": [], "weaknesses": ["Unable to analyze code quality."]}
    (submission,) = read_conversation([], sandbox(submitted(code_quality=failed))).submissions
    assert (submission.quality, submission.weaknesses) == (None, ())
    (honest,) = read_conversation([], sandbox(submitted(code_quality=failed | {"weaknesses": ["Slow."]}))).submissions
    assert (honest.quality, honest.weaknesses) == (0.5, ("Slow.",))


def test_what_was_encoded_twice_is_read() -> None:
    once = read_conversation(TALK, sandbox(submitted(minute=3)))
    assert read_conversation(json.dumps(TALK), json.dumps(sandbox(submitted(minute=3)))) == once
    assert read_conversation(once) is once


@pytest.mark.parametrize(
    "context", [None, [], "Backend engineer", {"_sandbox": []}, {"_sandbox": {"submissions": "x"}}, {"_sandbox": None}]
)
def test_a_context_without_submissions_changes_nothing(context: object) -> None:
    assert read_conversation(TALK, context) == read_conversation(TALK)


def test_the_editors_state_is_no_part_of_the_resume() -> None:
    assert without_sandbox(sandbox(submitted())) == {"profile": "Backend engineer"}
    assert without_sandbox("Backend engineer, ten years") == "Backend engineer, ten years"


def test_a_history_repeated_thousands_of_times_takes_seconds() -> None:
    many = [message("user", f"Answer {number}.", number % 60) for number in range(20)] * 5_000
    read = read_conversation(many, sandbox(*(submitted(f"x = {number}", number % 60) for number in range(20_000))))
    assert (len(read.turns), len(read.submissions)) == (20 + 20_000, 20_000)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_longer_than_python_writes_is_left_out_of_a_result(sign: int) -> None:
    result: dict[object, object] = {"stdout": "True", "exit_code": 0, "time_ms": sign * 10**5_000, 10**5_000: 1}
    (submission,) = read_conversation([], sandbox(submitted(execution_result=result))).submissions
    assert submission.result == "stdout: True; exit_code: 0"
