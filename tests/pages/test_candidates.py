"""The roster."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from analytics import runtime
from analytics.access.viewer import Role, Viewer
from analytics.batches import store
from analytics.batches.maker import make_waiting
from analytics.columns import now
from analytics.database.schema import interview_tags
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from pages.parts.markdown import plain
from tests.support.databases import Database
from tests.support.hostile import HOSTILE
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import EMAIL, Visit, Visitor, errors


def at(days_ago: float) -> dict[str, Any]:
    moment = now() - timedelta(days=days_ago)
    return {"completed_at": moment, "created_at": moment, "started_at": moment - timedelta(minutes=30)}


@pytest.fixture
def four(database: Database) -> Database:
    """Ann (two interviews, low technical), Bob (one, long ago), Cy (one, failed just now), Dee (none)."""
    failed = feedback(0.5, 0.5, 0.5, 0.0, overall_score=0.5, code_submissions_count=0)
    failed["weaknesses"] = ["Unable to generate detailed feedback"]
    add(
        database.platform_engine,
        people=[person(n, full_name=name) for n, name in enumerate(("Ann", "Bob", "Cy", "Dee"), 1)],
        rows=[
            interview(1, 1, feedback=feedback(0.8, 0.3, 0.7, 0.6), **at(20)),
            interview(2, 1, feedback=feedback(0.9, 0.4, 0.7, 0.6), **at(3)),
            interview(3, 2, feedback=feedback(0.5, 0.6, 0.7, 0.8), **at(80)),
            interview(4, 3, feedback=failed, **at(1)),
        ],
    )
    return database


def names(page: Visit) -> list[str]:
    return [link.label.strip("*").replace("\\", "") for link in page.at.page_link if link.label.startswith("**")]


def row(page: Visit, place: int) -> tuple[str, str, str]:
    """The reasons, the levels and the last interview of a row."""
    texts = [
        str(element.value) for element in page.at.markdown if not str(element.value).startswith(":orange-badge[:mat")
    ]
    why, levels, last = texts[3 * place : 3 * place + 3]
    return why, levels.replace("\u00a0", " "), last


def test_it_shows_what_the_database_holds(four: Database, visitor: Visitor) -> None:
    page = visitor.open("candidates", sort="Name")
    assert names(page) == ["Ann", "Bob", "Cy", "Dee"]
    _, levels, last = row(page, 0)
    assert "**Technical** :red-background[0.3" in levels
    assert "3 days ago" in last
    # A failed scoring is no 0.5, and nobody's missing level is a 0.
    assert row(page, 2)[1] == row(page, 3)[1] == ":gray[Not scored yet]"
    assert "4 candidates" in page.text
    visitor.again(page)  # the first time brings the summaries up to date
    assert len(page.statements) <= 6, page.statements


def test_the_line_of_scores_is_also_told_in_words(four: Database, visitor: Visitor) -> None:
    page = visitor.open("candidates", sort="Name")
    last = dict(zip(names(page), (row(page, place)[2] for place in range(4)), strict=True))
    assert last["Ann"].startswith("![Overall in the last 2 interviews: 0.58, 0.64](data:image/svg+xml;base64,")
    assert last["Bob"].startswith("![Overall 0.64 in one interview](")
    # Nothing is drawn of a failed interview, nor of none.
    assert "data:image" not in last["Cy"] + last["Dee"]


def test_whoever_needs_attention_stands_first_with_the_reason(four: Database, visitor: Visitor) -> None:
    page = visitor.open("candidates")
    reasons = {name: row(page, place)[0] for place, name in enumerate(names(page))}
    assert "Technical 0.4" in reasons["Ann"]
    assert "below target]" in reasons["Ann"]
    assert ":blue-badge[No interview for 80 days]" in reasons["Bob"]
    assert reasons["Cy"] == ":violet-badge[Scoring failed]"
    assert reasons["Dee"] == ":blue-badge[No interview yet]"
    assert names(page) == ["Ann", "Bob", "Cy", "Dee"]


def test_the_heat_map_shows_the_same_people_as_a_table_too(four: Database, visitor: Visitor) -> None:
    page = visitor.open("candidates", sort="Name", view="Heat map")
    table = page.table()
    assert table["Candidate"] == [
        f"[{name}](candidate?candidate={number})" for number, name in enumerate(("Ann", "Bob", "Cy", "Dee"), 1)
    ]
    assert table["Technical"][0].endswith(" ▼")
    assert table["Technical"][2:] == ["–", "–"]
    assert names(page) == []


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ({"search": "bo"}, ["Bob"]),
        ({"search": "PERSON1@"}, ["Ann"]),
        ({"search": "%"}, []),
        ({"within": "7 days"}, ["Ann", "Cy"]),
        ({"within": "90 days"}, ["Ann", "Bob", "Cy"]),
        ({"within": "More than 30 days ago"}, ["Bob", "Dee"]),
        ({"fewest": "2"}, ["Ann"]),
        ({"below": "0.4"}, ["Ann"]),
        ({"below": "0.6", "skill": "Communication"}, ["Bob"]),
        ({"sort": "Name", "reverse": "true"}, ["Dee", "Cy", "Bob", "Ann"]),
        ({"sort": "Technical"}, ["Bob", "Ann", "Dee", "Cy"]),
    ],
)
def test_the_address_holds_filters_and_order(
    four: Database, visitor: Visitor, address: dict[str, str], left: list[str]
) -> None:
    page = visitor.open("candidates", **({"sort": "Name"} | address))
    assert names(page) == left
    assert page.warnings == []


def test_a_filter_that_is_used_goes_into_the_address(four: Database, visitor: Visitor) -> None:
    page = visitor.open("candidates")
    page.at.text_input(key="search").set_value("ann")
    visitor.again(page)
    assert names(page) == ["Ann"]
    page.at.text_input(key="search").set_value("nobody")
    visitor.again(page)
    assert "No candidates match." in page.text
    button(page, "Clear filters").click()
    visitor.again(page)
    assert len(names(page)) == 4


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("within", "30"),
        ("sort", "Height"),
        ("below", "2"),
        ("skill", "<b>"),
        ("fewest", "-1"),
        ("fewest", "9" * 40),
    ],
)
def test_what_the_address_cannot_mean_is_said_once(four: Database, visitor: Visitor, name: str, value: str) -> None:
    page = visitor.open("candidates", **{name: value})
    assert len(page.warnings) == 1
    assert "in the address" in page.warnings[0]
    assert len(names(page)) == 4


def test_one_press_shows_who_had_no_interview_for_thirty_days_and_one_takes_it_back(
    four: Database, visitor: Visitor
) -> None:
    page = visitor.open("candidates", sort="Name")
    page.at.button(key="silent").click()
    visitor.again(page)
    assert names(page) == ["Bob", "Dee"]
    button(page, "No interview for 30 days").click()
    visitor.again(page)
    assert names(page) == ["Ann", "Bob", "Cy", "Dee"]


def test_a_head_sorts_and_pressed_again_turns_the_order_round(four: Database, visitor: Visitor) -> None:
    page = visitor.open("candidates", after="nonsense")
    page.at.button(key="head Name").click()
    visitor.again(page)
    assert names(page) == ["Ann", "Bob", "Cy", "Dee"]
    assert page.at.button(key="head Name").label == "**Name**: A to Z"
    # A place in the former order means nothing in this one.
    assert page.warnings == []
    page.at.button(key="head Name").click()
    visitor.again(page)
    assert names(page) == ["Dee", "Cy", "Bob", "Ann"]
    assert page.at.button(key="head Name").label == "**Name**: Z to A"
    assert page.at.button(key="head Technical").label == "Technical"
    page.at.button(key="head Technical").click()
    visitor.again(page)
    assert names(page)[:2] == ["Bob", "Ann"]


def test_pages_follow_each_other_without_gap_or_overlap(database: Database, visitor: Visitor) -> None:
    add(database.platform_engine, people=[person(n, full_name=f"Person {n:02d}") for n in range(1, 61)])
    page = visitor.open("candidates", sort="Name")
    seen = names(page)
    assert "1–25 of 60" in page.text
    for said in ("26–50 of 60", "51–60 of 60"):
        button(page, "Next").click()
        visitor.again(page)
        assert said in page.text
        seen += names(page)
    assert seen == [f"Person {n:02d}" for n in range(1, 61)]
    assert button(page, "Next").disabled
    button(page, "Previous").click()
    visitor.again(page)
    assert "26–50 of 60" in page.text
    # The link to that page of the list opens it, and another filter begins at its beginning.
    linked = visitor.open(
        "candidates", sort="Name", **{name: str(page.at.query_params[name]) for name in ("before", "first")}
    )
    assert names(linked) == names(page)
    linked.at.text_input(key="search").set_value("Person 0")
    visitor.again(linked)
    assert names(linked)[0] == "Person 01"


def test_a_cursor_from_elsewhere_leads_to_the_first_page(four: Database, visitor: Visitor) -> None:
    page = visitor.open("candidates", after="nonsense")
    assert page.warnings == ["This page of the list cannot be found. Go back to the first page."]
    assert len(names(page)) == 4


def test_nobody_yet(database: Database, visitor: Visitor) -> None:
    page = visitor.open("candidates")
    assert "No candidates yet." in page.text
    assert names(page) == []
    # There is nothing to search, to filter or to sort.
    assert not page.at.text_input
    assert [button.label for button in page.at.button] == ["Sign out"]
    # Where only a filter leaves nobody, it can be changed.
    assert visitor.open("candidates", search="nobody").at.text_input


def test_names_are_shown_as_they_are(database: Database, visitor: Visitor) -> None:
    people = [person(n, full_name=name) for n, name in enumerate(HOSTILE.values(), 1)]
    add(database.platform_engine, people=people)
    page = visitor.open("candidates", sort="Interviews")
    listed = {one.label.removeprefix("**").removesuffix("**") for one in page.at.page_link}
    shown = {name for key, name in HOSTILE.items() if plain(name, 60) in listed}
    assert {name for key, name in HOSTILE.items() if key not in {"right to left", "words"}} <= shown
    # Direction overrides would reorder the reader's screen.
    assert not any(mark in name for name in listed for mark in "\u202e\u202c")


def test_trends_have_words_and_follow_the_database(database: Database, visitor: Visitor) -> None:
    rows = [
        interview(n, feedback=feedback(0.3 + n / 30, 0.9 - n / 30, 0.6, None), **at(120 - 9 * n)) for n in range(1, 13)
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    page = visitor.open("candidates")
    why, levels, _ = row(page, 0)
    # The scores of this only person lie on a line, so that they bounce by nothing.
    assert "**Communication** :orange-background[0.70] :small[↗ +0.3" in levels
    assert why.startswith(":red-badge[Technical −0.3")
    assert ":orange-badge[Problem solving 0.20 below target]" in why
    assert "**Code quality** :gray[–]" in levels
    with database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews).where(interviews.c.id > 3))
    visitor.again(page)
    assert "↘" not in row(page, 0)[1]


def button(page: Visit, label: str) -> Any:
    return next(found for found in page.at.button if found.label == label)


def test_the_kinds_in_the_address_narrow_the_list_and_one_that_nobody_named_shows_nobody(
    database: Database, visitor: Visitor
) -> None:
    add(
        database.platform_engine,
        people=[person(1), person(2)],
        rows=[interview(n, n, feedback=feedback(0.5, 0.4, 0.6, 0.7)) for n in (1, 2)],
    )
    tagged = {"interview_id": 2, "kind": "kata", "difficulty": 4, "changed_by": "x", "changed_at": now()}
    with database.engine.begin() as connection:
        connection.execute(interview_tags.insert(), [tagged])
    assert len(visitor.open("candidates").roster()["Name"]) == 2
    assert visitor.open("candidates", kind="kata").roster()["Name"] == ["Person 2"]
    assert visitor.open("candidates", kind="<b>").roster()["Name"] == []
    assert visitor.open("candidates", difficulty="4").roster()["Name"] == ["Person 2"]
    # Both are about one and the same interview.
    assert visitor.open("candidates", kind="kata", difficulty="5").roster()["Name"] == []


def test_reports_of_all_on_the_list_are_made_in_the_background_and_come_as_one_zip(
    four: Database, visitor: Visitor
) -> None:
    page = visitor.open("candidates")
    page.at.text_input(key="search").set_value("ann")
    visitor.again(page)
    assert names(page) == ["Ann"]
    page.at.session_state["reports"] = True
    visitor.again(page)
    assert not [one for one in page.at.get("download_button") if "zip" in one.proto.label]
    page.at.button(key="make_reports").click()
    visitor.again(page)
    assert "The file is here when you come back." in page.text
    assert "make_reports" not in [button.key for button in page.at.button]
    make_waiting(four.engine, runtime.settings())
    # Whoever comes back finds it, and nothing of those who were not on the list.
    again = visitor.open("candidates")
    again.at.session_state["reports"] = True
    visitor.again(again)
    assert "Download 1 report as zip" in [one.proto.label for one in again.at.get("download_button")]
    with reading(four.engine) as db:
        admin = Viewer(Role.ADMIN, email=EMAIL)
        batch = store.latest(admin, db)
        assert batch is not None
        assert [name for _, name, _ in store.files(admin, db, batch.id)] == ["interview-skills-ann.pdf"]
    assert errors(again) == []
