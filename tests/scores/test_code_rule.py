"""A score of code quality beside a count of 0 counts only where the interview holds code: triggers and reader agree."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.database.json_text import parse_json
from analytics.interviewlab.conversation import read_conversation
from analytics.interviewlab.feedback import read_feedback
from analytics.interviewlab.tables import interviews
from analytics.scores.skill_scores import holds_code
from tests.support.databases import Database
from tests.support.platform_rows import add, copied_scores, interview, person

CODES: tuple[object, ...] = (
    "x = 1", "", " \t\n\r\f\v", "\u00a0", "\\", "\u0000", "\ud800", None, 5, ["x = 1"], {"code": "x"}, "NaN: NaN, NaN",
)  # fmt: skip


def messages() -> Iterator[object]:
    for code in CODES:
        review = {"type": "code_review", "code": code}
        yield {"role": "user", "content": "Here.", "metadata": review}
        yield {"role": "assistant", "content": None, "metadata": review}
    code = {"type": "code_review", "code": "x = 1"}
    yield from (
        {"role": "system", "content": "CHECKPOINT: 1", "metadata": code},
        {"role": "tool", "content": "x", "metadata": code},
        {"role": ["user"], "metadata": code},
        {"content": "x", "metadata": code},
        {"role": "user", "content": "x", "metadata": [code]},
        {"role": "user", "content": "x", "metadata": "code_review"},
        {"role": "user", "content": "x", "metadata": {"type": "code", "code": "x = 1"}},
        {"role": "user", "content": "x", "metadata": {"type": ["code_review"], "code": "x = 1"}},
        *(None, 5, "text", [], [{"role": "user", "metadata": code}], code),
    )


def histories() -> Iterator[object]:
    every = list(messages())
    yield from ([message] for message in every)
    yield from ([every[1 + place], 5, every[0]] for place in range(4))
    yield from (every[0], json.dumps([every[0]]), json.dumps(json.dumps([every[0]])), "[", "text", {"0": every[0]})
    yield [{"role": "user", "content": "Encoded as Python does.", "n": float("nan")}, every[0]]
    yield json.dumps([{"role": "user", "content": "\u0000 and \ud800"}, every[0]])


def contexts() -> Iterator[object]:
    yield from ({"profile": "x", "_sandbox": {"submissions": [{"code": code}]}} for code in CODES)
    yield from ({"_sandbox": {"submissions": odd}} for odd in (None, "x", {}, {"code": "x"}, [None, "x", 5, [], {}]))
    yield from ({"_sandbox": odd} for odd in (None, "x", [], [{"submissions": [{"code": "x"}]}]))
    yield from ([{"_sandbox": {"submissions": [{"code": "x"}]}}], "text", 5)
    yield json.dumps({"_sandbox": {"submissions": [None, {"code": "x"}]}})


COUNTS = (0, 0.0, -0.0, 1, 0.5, None, "0", False)
FEEDBACK: list[dict[str, object]] = [
    {"code_quality_score": quality, "technical_score": 0.4} | count
    for quality, count in itertools.product(
        (0.7, 0, 0.0, 1, 1e-9, 7, -1, None, "0.7", True), ({}, *({"code_submissions_count": count} for count in COUNTS))
    )
]


def rows(dialect: str) -> Iterator[dict[str, Any]]:
    """Give rows of the three documents as text; PostgreSQL stores no NaN."""
    usual = {"code_quality_score": 0.7, "technical_score": 0.4, "code_submissions_count": 0}
    code = [{"role": "user", "content": "", "metadata": {"type": "code_review", "code": "x = 1"}}]
    documents = [
        *((usual, history, None) for history in histories()),
        *((usual, None, context) for context in contexts()),
        *((usual, history, context) for history in ("[", [5]) for context in contexts()),
        *((feedback, history, None) for feedback in FEEDBACK for history in (None, [], code)),
    ]
    for number, (feedback, history, context) in enumerate(documents, 1):
        texts = [None if document is None else json.dumps(document) for document in (feedback, history, context)]
        if dialect == "sqlite" or not any("NaN" in text for text in texts if text and "NaN:" not in text):
            yield dict(zip(("feedback", "history", "context"), texts, strict=True)) | {"id": number}


def store(database: Database, stored: list[dict[str, Any]]) -> None:
    kind = "TEXT" if database.dialect == "sqlite" else "json"
    add(database.platform_engine, people=[person(1)])
    with database.platform_engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO interviews (id, user_id, title, status, turn_count, created_at, updated_at, feedback, "
                "conversation_history, resume_context) VALUES (:id, 1, 'An interview', 'completed', 1, "
                f"'2026-01-01 00:00:00', '2026-01-01 00:00:00', CAST(:feedback AS {kind}), "
                f"CAST(:history AS {kind}), CAST(:context AS {kind}))"
            ),
            stored,
        )


def expected(row: dict[str, Any]) -> dict[str, tuple[str, str | None, float | None]]:
    conversation = read_conversation(parse_json(row["history"]), parse_json(row["context"]))
    read = read_feedback(parse_json(row["feedback"]), holds_code=lambda: bool(conversation.submissions))
    return {key: (skill.state, skill.reason, skill.score) for key, skill in read.skills.items()}


def test_the_triggers_read_code_as_the_reader_does(database: Database) -> None:
    stored = list(rows(database.dialect))
    store(database, stored)
    with database.engine.connect() as connection:
        found = copied_scores(connection)
        wrong = [(row, expected(row), found[row["id"]]) for row in stored if expected(row) != found[row["id"]]]
        assert wrong[:3] == []
        asked = [holds_code(connection, row["id"]) for row in stored]
    outcomes = {found[row["id"]]["code_quality"][:2] for row in stored}
    assert {("scored", None), ("not_assessed", "no_code"), ("failed", "not_a_score")} <= outcomes
    assert any(asked)
    assert not all(asked)


@pytest.mark.parametrize("place", ["conversation_history", "resume_context"])
def test_a_score_beside_a_count_of_nothing_needs_code(database: Database, place: str) -> None:
    code = {
        "conversation_history": [{"role": "user", "content": "", "metadata": {"type": "code_review", "code": "x = 1"}}],
        "resume_context": {"_sandbox": {"submissions": [{"code": "x = 1"}]}},
    }[place]
    feedback = {"technical_score": 0.4, "code_quality_score": 0.7, "code_submissions_count": 0}
    rows = [interview(1, feedback=feedback, **{place: None}), interview(2, feedback=feedback, **{place: code})]
    add(database.platform_engine, people=[person(1)], rows=rows)
    with database.engine.connect() as connection:
        found = copied_scores(connection)
    assert found[1]["code_quality"] == ("not_assessed", "no_code", None)
    assert found[2]["code_quality"] == ("scored", None, 0.7)
    assert found[1]["technical"] == found[2]["technical"] == ("scored", None, 0.4)
    with database.platform_engine.begin() as connection:
        nothing = {place: None, "feedback": feedback | {"technical_score": 0.5}}
        connection.execute(sa.update(interviews).where(interviews.c.id == 2).values(**nothing))
    with database.engine.connect() as connection:
        assert copied_scores(connection)[2]["code_quality"] == ("not_assessed", "no_code", None)


@pytest.mark.parametrize("place", ["conversation_history", "resume_context"])
def test_code_that_comes_or_goes_by_itself_is_followed(database: Database, place: str) -> None:
    code: Any = [{"role": "user", "content": "", "metadata": {"type": "code_review", "code": "x = 1"}}]
    held = {"conversation_history": code, "resume_context": {"_sandbox": {"submissions": [{"code": "x = 1"}]}}}[place]
    feedback = {"technical_score": 0.4, "code_quality_score": 0.7, "code_submissions_count": 0}
    add(database.platform_engine, people=[person(1)], rows=[interview(1, feedback=feedback)])
    for value, outcome in ((held, ("scored", None, 0.7)), (None, ("not_assessed", "no_code", None))):
        with database.platform_engine.begin() as connection:
            connection.execute(sa.update(interviews).values({place: value}))
        with database.engine.connect() as connection:
            found = copied_scores(connection)[1]
        assert found["code_quality"] == outcome
        assert found["technical"] == ("scored", None, 0.4)
