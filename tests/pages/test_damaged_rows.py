"""Rows as no platform should store them: each is shown as what it is, and nobody else's page changes."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa

from tests.support.databases import Database
from tests.support.hostile import CONVERSATIONS, DAMAGED
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visitor


def store(database: Database, number: int, column: str, document: str) -> None:
    """Store a document as it is, past everything that would refuse or tidy it."""
    value = ":document" if database.dialect == "sqlite" else "CAST(:document AS json)"
    with database.platform_engine.begin() as connection:
        connection.execute(
            sa.text(f"UPDATE interviews SET {column} = {value} WHERE id = :number"),
            {"document": document, "number": number},
        )


@pytest.fixture
def two(database: Database) -> Database:
    """Ann with two sound interviews and one to be damaged; Bob with one sound interview."""
    rows = [interview(n, 1, feedback=feedback(0.5, 0.4, 0.6, 0.7)) for n in (1, 2, 3)]
    rows.append(interview(4, 2, feedback=feedback(0.2, 0.3, 0.4, 0.5)))
    add(database.platform_engine, people=[person(1, full_name="Ann"), person(2, full_name="Bob")], rows=rows)
    return database


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_feedback_is_shown_as_what_it_is(two: Database, visitor: Visitor, kind: str) -> None:
    store(two, 3, "feedback", DAMAGED[kind])
    roster = visitor.open("candidates", sort="Name").roster()
    assert roster["Name"] == ["Ann", "Bob"]
    assert "**Technical** :red-background[0.3" in roster["Levels"][1]
    ann = visitor.open("candidate", candidate="1")
    line = next(trace for trace in ann.figure()["data"] if trace["name"] == "Communication")
    assert line["y"][:2] == [0.5, 0.5]
    assert set(line["y"][2:]) <= {None, 0.7}
    page = visitor.open("interview", interview="3")
    assert len(page.at.subheader) == 4
    assert visitor.open("compare", interviews="1,3,4").figure()["data"][2]["y"] == [0.2, 0.3, 0.4, 0.5]
    # Nothing that is no score is shown as one.
    stored = json.loads(DAMAGED[kind])
    scores = (
        [stored.get(f"{skill}_score") for skill in ("communication", "technical")] if isinstance(stored, dict) else []
    )
    if not any(isinstance(score, float) and 0 <= score <= 1 for score in scores):
        assert "no overall score" in page.text


@pytest.mark.parametrize("kind", CONVERSATIONS)
def test_damaged_conversations_show_what_can_be_read(two: Database, visitor: Visitor, kind: str) -> None:
    store(two, 3, "conversation_history", json.dumps(CONVERSATIONS[kind]))
    page = visitor.open("interview", interview="3")
    if kind == "odd messages":
        assert [text.value for text in page.at.text] == ["Here"]
        assert "4 stored messages cannot be read and are left out." in page.text
    else:
        assert "1 stored message cannot be read and is left out." in page.text
        assert "submission 1" not in page.text


def test_a_completed_interview_without_an_end_is_dated_by_its_beginning(database: Database, visitor: Visitor) -> None:
    row = interview(1, feedback=feedback(0.5, 0.4, 0.6, 0.7), completed_at=None, started_at=None)
    add(database.platform_engine, people=[person(1)], rows=[row])
    page = visitor.open("interview", interview="1")
    assert f"\n{row['created_at'].day} {row['created_at']:%b %Y}, " in page.text
    assert not re.search(r"\d min", page.text)
    assert len(visitor.open("candidate", candidate="1").figure()["data"][4]["x"]) == 1
