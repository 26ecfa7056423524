"""The comparison."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from analytics.database.schema import interview_tags
from tests.support.databases import Database
from tests.support.hostile import HOSTILE
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visit, Visitor

# What coaches say is read beside the scores that are compared, and beside those that tell how scores scatter; and the
# kinds of what could be added. Two of them note the visit.
MOST_STATEMENTS = 11


@pytest.fixture
def eight(database: Database) -> Database:
    """Six interviews of one person, the sixth without code and on the day of the fifth, and two of another."""
    rows = [interview(n, feedback=feedback(0.3 + n / 10, 0.4 + n % 2 / 20, 0.6, 0.7)) for n in range(1, 6)]
    uncoded = feedback(0.9, 0.4, 0.6, 0.0, code_submissions_count=0)
    rows.append(interview(6, feedback=uncoded, completed_at=rows[-1]["completed_at"]))
    rows += [interview(n, 2, feedback=feedback(0.2, 0.3, 0.4, 0.5)) for n in (7, 8)]
    add(database.platform_engine, people=[person(1, full_name="Ann"), person(2, full_name="Bob")], rows=rows)
    return database


def table(page: Visit) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = page.at.table[0].value.to_dict("list")
    return columns


def test_bars_are_the_scores_in_the_order_asked_for(eight: Database, visitor: Visitor) -> None:
    page = visitor.open("compare", interviews="5,2")
    bars = page.figure()["data"]
    assert [bar["y"] for bar in bars] == [[0.8, 0.45, 0.6, 0.7], [0.5, 0.4, 0.6, 0.7]]
    assert page.figure()["layout"]["yaxis"]["range"] == [0, 1]
    assert "communication 0.80" in page.alt()
    assert list(table(page)) == ["Skill", "1 · baseline", "2"]
    assert table(page)["2"][0] == "0.50 **(−0.30)**"
    # A difference that scores make by themselves is grey.
    assert table(page)["2"][1] == "0.40 :gray[(−0.05)]"
    assert len(page.statements) <= MOST_STATEMENTS, page.statements


def test_another_baseline_turns_the_signs(eight: Database, visitor: Visitor) -> None:
    page = visitor.open("compare", interviews="5,2", baseline="2")
    assert list(table(page)) == ["Skill", "1", "2 · baseline"]
    assert table(page)["1"][0] == "0.80 **(+0.30)**"
    page.at.selectbox(key="baseline_choice").select(5)
    visitor.again(page)
    assert page.at.query_params["baseline"] == "5"
    assert list(table(page)) == ["Skill", "1 · baseline", "2"]
    assert visitor.open("compare", interviews="5,2", baseline="7").warnings == [
        "The baseline in the address is not one of these interviews; the first one takes its place."
    ]


def test_a_missing_skill_has_no_bar_but_words(eight: Database, visitor: Visitor) -> None:
    page = visitor.open("compare", interviews="5,6")
    assert page.figure()["data"][1]["y"] == [0.9, 0.4, 0.6, None]
    assert table(page)["2"][3] == ":gray[not assessed]"
    assert "Some interviews had code and some did not" in page.text
    # Two of one day stay two.
    assert len(page.figure()["data"]) == 2


def test_differences_are_explained_only_where_there_are_any(eight: Database, visitor: Visitor) -> None:
    unscored = feedback(None, None, None, 0.0, code_submissions_count=0)
    add(eight.platform_engine, people=[], rows=[interview(n, feedback=unscored) for n in (9, 10)])
    assert "Bold: a real change" in visitor.open("compare", interviews="5,6").text
    page = visitor.open("compare", interviews="9,10")
    assert "None of these interviews has a score yet." in page.text
    assert "Bold: a real change" not in page.text


def test_people_can_be_compared_too(eight: Database, visitor: Visitor) -> None:
    page = visitor.open("compare", interviews="1,2,3,7,8,4")
    assert len(page.figure()["data"]) == 6
    assert "These are different candidates, who may have been asked different questions." in page.text
    assert "Bob" in page.text
    assert len(page.statements) <= MOST_STATEMENTS, page.statements


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("1,2,99", "1 interview in the address does not exist, or you do not have access."),
        ("1,2,3,4,5,6,7", "At most 6 interviews can be compared; these are the first 6."),
    ],
)
def test_what_cannot_be_compared_is_said(eight: Database, visitor: Visitor, asked: str, said: str) -> None:
    page = visitor.open("compare", interviews=asked)
    assert page.warnings == [said]
    assert 2 <= len(page.figure()["data"]) <= 6


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("asked", ["", "1", "x,y", "99"])
def test_fewer_than_two_say_how_to_begin(eight: Database, visitor: Visitor, asked: str) -> None:
    page = visitor.open("compare", interviews=asked)
    assert f"Add {'another interview' if asked == '1' else 'two interviews'} to compare." in page.text
    assert not page.at.get("plotly_chart")


def test_interviews_are_added_and_taken_out_here(eight: Database, visitor: Visitor) -> None:
    visitor.open("candidates")  # where the list of people is brought up to date
    page = visitor.open("compare", interviews="1")
    page.at.session_state["add"] = True
    visitor.again(page)
    page.at.text_input(key="adding_search").set_value("bo")
    visitor.again(page)
    assert len(page.statements) <= MOST_STATEMENTS, page.statements
    page.at.multiselect(key="adding_2").select(7)
    visitor.again(page)
    button(page, "Add").click()
    visitor.again(page)
    assert page.at.query_params["interviews"] == "1,7"
    assert len(page.figure()["data"]) == 2
    page.at.button(key="out_1").click()
    visitor.again(page)
    assert page.at.query_params["interviews"] == "7"


def test_what_is_added_can_be_of_one_kind(eight: Database, visitor: Visitor) -> None:
    tagged = {"interview_id": 8, "kind": "coding", "changed_by": "x", "changed_at": datetime.now(UTC)}
    with eight.engine.begin() as connection:
        connection.execute(interview_tags.insert(), [tagged])
    visitor.open("candidates")
    page = visitor.open("compare", interviews="1")
    page.at.session_state["add"] = True
    page.at.session_state["adding_search"] = "bo"
    visitor.again(page)
    assert len(page.at.multiselect(key="adding_2").options) == 2
    page.at.selectbox(key="adding_kind_2").select("coding")
    visitor.again(page)
    page.at.multiselect(key="adding_2").select(8)
    assert len(page.at.multiselect(key="adding_2").options) == 1


def test_what_is_compared_can_be_of_one_kind_and_difficulty(eight: Database, visitor: Visitor) -> None:
    said = {"changed_by": "x", "changed_at": datetime.now(UTC)}
    kinds = {1: ("coding", 2), 2: ("mock", 2), 3: ("coding", 4)}
    rows = [
        {"interview_id": number, "kind": kind, "difficulty": hard, **said} for number, (kind, hard) in kinds.items()
    ]
    with eight.engine.begin() as connection:
        connection.execute(interview_tags.insert(), rows)
    page = visitor.open("compare", interviews="1,2,3,4")
    assert len(page.figure()["data"]) == 4
    assert "Not shown" not in page.text
    page.at.selectbox(key="of_kind").select("coding")
    visitor.again(page)
    assert [bar["y"][0] for bar in page.figure()["data"]] == [0.4, 0.6]
    assert list(table(page)) == ["Skill", "1 · baseline", "2"]
    assert "Not shown: 2 interviews of another kind or difficulty." in page.text
    # Those that are not shown stay in the address.
    page.at.button(key="out_3").click()
    visitor.again(page)
    assert page.at.query_params["interviews"] == "1,2,4"
    assert "Add another interview to compare." in page.text
    hard = visitor.open("compare", interviews="1,2,3", of_difficulty="2")
    assert [bar["y"][0] for bar in hard.figure()["data"]] == [0.4, 0.5]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_titles_break_nothing(database: Database, visitor: Visitor, kind: str) -> None:
    rows = [interview(n, title=HOSTILE[kind][:255], feedback=feedback(0.5, 0.4, 0.6, 0.7)) for n in (1, 2)]
    add(database.platform_engine, people=[person(1, full_name=HOSTILE[kind][:255])], rows=rows)
    page = visitor.open("compare", interviews="1,2")
    assert "<script" not in page.figure()["data"][0]["customdata"][0][1]
    assert not any("![" in link.label.replace("\\!\\[", "") for link in page.at.page_link)


def button(page: Visit, label: str) -> Any:
    return next(found for found in page.at.button if found.label == label)
