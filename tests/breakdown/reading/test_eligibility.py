from __future__ import annotations

import pytest

from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.eligibility import eligible_skills
from analytics.breakdown.reading.transcript import read_transcript
from tests.support.doubles import conversation, message, submission

LONG = (
    "We looked at the slow query plan first and found a missing index on the date column, so we added one and "
    "measured again."
)


def reasons(stored: object, minimum: int = 40) -> dict[str, Outcome | None]:
    return {key: gate.reason for key, gate in eligible_skills(read_transcript(stored), minimum).items()}


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
    assert eligible_skills(transcript, 40)["technical"].reason is None
    assert eligible_skills(transcript, 40, frozenset({"S2"}))["technical"].reason is Outcome.TOO_FEW_WORDS


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


@pytest.mark.parametrize(
    "answers",
    [
        [
            "我在上一份工作里负责订单系统的重构，用 Java 和 Redis 做了半年时间才全部迁移完成。",
            "上线之前我们用 JMeter 做了三轮压测，每一轮都记录接口的平均响应时间和错误率。",
        ],
        [
            "障害対応では、まず Kibana のログを確認し、原因を特定してから切り戻しを行いました。",
            "監視には Prometheus を使い、しきい値を超えると担当者に通知が届く仕組みを作りました。",
        ],
        [
            "ผมใช้ Redis เก็บข้อมูลสินค้าที่ขายดีและกำหนดเวลาหมดอายุ",
            "ก่อนเปิดใช้งานเราทดสอบโหลดด้วย JMeter สามรอบและบันทึกเวลา",
        ],
    ],
)
def test_answers_without_spaces_count_the_same_with_spaces_around_foreign_words(answers: list[str]) -> None:
    for said in (answers, [answer.replace(" ", "") for answer in answers]):
        assert reasons([message("user", answer) for answer in said], 30)["technical"] is None
    assert reasons([message("user", "是的 " * 100), message("user", answers[0])], 30)["technical"] is not None
