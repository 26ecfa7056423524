"""The session on a candidate's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from analytics.access.viewer import Role, Viewer
from analytics.coaching.goals import set_goal
from analytics.coaching.notes import Visibility, notes_about, rewrite_note, write_note
from analytics.coaching.steps import StepState, agree_step, mark_step, steps_of
from analytics.database.coaching_tables import goals
from analytics.database.sessions import reading, writing
from pages.parts.markdown import plain
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import EMAIL, Visit, Visitor, errors

ADMIN = Viewer(Role.ADMIN, email=EMAIL)


@pytest.fixture
def page(database: Database, visitor: Visitor) -> Visit:
    """A candidate with interviews and a private and a shared note."""
    told = feedback(0.5, 0.4, 0.6, 0.7, skill_breakdown={"technical": {"recommendations": ["Sum up at the end"]}})
    add(database.platform_engine, people=[person(1)], rows=[interview(n, feedback=told) for n in (1, 2, 3, 4)])
    with writing(database.engine) as db:
        write_note(ADMIN, db, 1, Visibility.ME, "Seems tired lately")
        shared = write_note(ADMIN, db, 1, Visibility.SHARED, "Brought a good plan")
        rewrite_note(ADMIN, db, shared, "Brought a very good plan")
    return visitor.open("candidate", candidate="1")


def test_private_notes_show_only_while_they_are_switched_on(page: Visit, visitor: Visitor) -> None:
    assert "Brought a very good plan" in page.text
    assert "tired" not in page.text
    page.at.toggle(key="private_notes").set_value(True)
    visitor.again(page)
    assert "Seems tired lately" in page.text
    # The next sign-in, which is another session, begins with them off.
    assert "tired" not in visitor.open("candidate", candidate="1").text


def test_who_may_read_a_note_is_chosen_before_it_is_typed(database: Database, page: Visit, visitor: Visitor) -> None:
    page.at.session_state["write_note"] = True
    visitor.again(page)
    assert [area.label for area in page.at.text_area] == []
    page.at.segmented_control(key="readers_1_").set_value(Visibility.COACHES)
    visitor.again(page)
    (area,) = page.at.text_area
    area.set_value("For the other coaches")
    next(button for button in page.at.button if button.label == "Save").click()
    visitor.again(page)
    assert "Saved. Switch private notes on to see it." in [str(message.value) for message in page.at.success]
    with reading(database.engine) as db:
        notes = {note.text: note.visibility for note in notes_about(ADMIN, db, 1, private=True)}
    assert notes["For the other coaches"] is Visibility.COACHES
    assert "For the other coaches" not in page.text


@pytest.mark.parametrize(("form", "button"), [("write_note", "Save"), ("agree", "Agree")])
def test_what_cannot_be_saved_stays_as_it_was_typed(page: Visit, visitor: Visitor, form: str, button: str) -> None:
    page.at.session_state[form] = True
    page.at.session_state["readers_1_"] = Visibility.SHARED
    visitor.again(page)
    refused, typed = "Half an hour of thoughts\0", "Half an hour of thoughts"
    for text, left in ((refused, refused), (typed, "")):
        (area,) = page.at.text_area
        area.set_value(text)
        next(one for one in page.at.button if one.label == button).click()
        visitor.again(page)
        assert (page.at.text_area[0].value or "") == left
        # Where this is set, the browser empties the form before it knows.
        forms = [block.proto.form for block in page.at.get("form")]
        assert [one.clear_on_submit for one in forms] == [False] * len(forms) != []
        assert errors(page) == (["This text holds a character that cannot be kept."] if left else [])
    assert typed in page.text


@contextmanager
def locked(database: Database, table: str) -> Iterator[None]:
    """Keep others from writing to a table, as a long change or a restore does; reading goes on."""
    with writing(database.engine) as db:
        if database.dialect == "postgresql":
            db.execute(sa.text(f"LOCK TABLE skill_analytics.{table} IN EXCLUSIVE MODE"))
        yield


@pytest.mark.parametrize(
    ("form", "button", "table"), [("write_note", "Save", "note_versions"), ("agree", "Agree", "next_steps")]
)
def test_what_the_database_does_not_take_stays_as_it_was_typed(
    database: Database, page: Visit, visitor: Visitor, form: str, button: str, table: str
) -> None:
    page.at.session_state[form] = True
    page.at.session_state["readers_1_"] = Visibility.SHARED
    visitor.again(page)
    page.at.text_area[0].set_value("Half an hour of thoughts")
    next(one for one in page.at.button if one.label == button).click()
    with locked(database, table):
        visitor.again(page)
    assert errors(page) == ["The data is locked by another program right now. Try again in a moment."]
    assert page.at.text_area[0].value == "Half an hour of thoughts"
    # The rest of the page stands there too.
    assert page.at.get("plotly_chart") != []
    next(one for one in page.at.button if one.label == button).click()
    visitor.again(page)
    assert errors(page) == []
    assert page.at.text_area[0].value in (None, "")
    assert "Half an hour of thoughts" in page.text


def test_a_step_is_agreed_from_a_recommendation_and_marked(database: Database, page: Visit, visitor: Visitor) -> None:
    page.at.session_state["agree"] = True
    visitor.again(page)
    start = next(box for box in page.at.selectbox if box.label == "Start from")
    start.set_value("Sum up at the end")
    visitor.again(page)
    (area,) = page.at.text_area
    assert area.value == "Sum up at the end"
    area.set_value("Sum up in one sentence")
    next(button for button in page.at.button if button.label == "Agree").click()
    visitor.again(page)
    assert "**Sum up in one sentence**" in page.text
    with reading(database.engine) as db:
        (step,) = steps_of(ADMIN, db, 1)
    assert (step.skill, step.state) == ("technical", StepState.OPEN)
    page.at.session_state[f"mark_{step.id}"] = True
    visitor.again(page)
    next(box for box in page.at.text_input if box.label == "A word about it").set_value("Much clearer")
    next(button for button in page.at.button if button.label == "Save").click()
    visitor.again(page)
    with reading(database.engine) as db:
        assert [(one.state, one.word) for one in steps_of(ADMIN, db, 1)] == [(StepState.DONE, "Much clearer")]
    assert "**Sum up in one sentence**" not in page.text
    assert errors(page) == []


def test_a_goal_says_who_set_it_when_and_why(database: Database, page: Visit, visitor: Visitor) -> None:
    assert "Goal: " not in page.text
    with writing(database.engine) as db:
        set_goal(ADMIN, db, 1, "technical", 0.9, why="The *next* level asks for it")
    aimed = visitor.open("candidate", candidate="1")
    (goal,) = [one.value for one in aimed.at.markdown if "Goal: technical above 0.90" in one.value]
    assert f"set by {plain(EMAIL)}" in goal
    assert "The \\*next\\* level asks for it" in goal


@pytest.mark.parametrize(
    ("target", "state"), [(0.9, "now 0.40, not reached yet"), (0.39, "now 0.40, not clearly reached"), (0.1, "reached")]
)
def test_a_goal_says_how_far_it_is_reached(
    database: Database, page: Visit, visitor: Visitor, target: float, state: str
) -> None:
    with writing(database.engine) as db:
        set_goal(ADMIN, db, 1, "technical", target)
    aimed = visitor.open("candidate", candidate="1")
    (goal,) = [one.value for one in aimed.at.markdown if "Goal: technical above" in one.value]
    assert state in goal
    assert ("not" in goal.partition(")")[0]) == ("not" in state)


@pytest.mark.parametrize(("target", "offered"), [(0.01, 0.05), (0.97, 0.95), (1.0, 0.95)])
def test_the_form_of_a_goal_opens_whatever_was_set_and_offers_what_can_be_reached(
    database: Database, page: Visit, visitor: Visitor, target: float, offered: float
) -> None:
    with writing(database.engine) as db:
        set_goal(ADMIN, db, 1, "communication", 0.5)
        db.execute(sa.update(goals).values(target=target))
    page.at.session_state["aim"] = True
    visitor.again(page)
    assert errors(page) == []
    (slider,) = page.at.slider
    assert (slider.value, slider.max) == (offered, 0.95)
    (goal,) = [one.value for one in page.at.markdown if "Goal: communication" in one.value]
    assert ("No level is above 1.00, so set a lower goal." in goal) == (target == 1)


def test_a_note_is_taken_back_at_the_second_press_and_never_by_emptying_it(
    database: Database, page: Visit, visitor: Visitor
) -> None:
    with reading(database.engine) as db:
        (note,) = notes_about(ADMIN, db, 1)
    page.at.session_state[f"edit_{note.id}"] = True
    visitor.again(page)
    page.at.text_area[0].set_value("  ")
    next(one for one in page.at.button if one.form_id == f"editing_{note.id}").click()
    visitor.again(page)
    assert errors(page) == ["Write something, or take the note back."]
    page.at.button(key=f"take_back_{note.id}_ask").click()
    visitor.again(page)
    assert "Brought a very good plan" in page.text
    page.at.button(key=f"take_back_{note.id}_sure").click()
    visitor.again(page)
    assert "Taken back." in [str(message.value) for message in page.at.success]
    assert "Brought a very good plan" not in page.text


def test_of_many_notes_and_steps_a_few_stand_there_and_no_more_is_asked(
    database: Database, page: Visit, visitor: Visitor
) -> None:
    before = len(page.statements)
    with writing(database.engine) as db:
        for number in range(200):
            write_note(ADMIN, db, 1, Visibility.SHARED, f"Note {number}")
        for number in range(50):
            agree_step(ADMIN, db, 1, f"Step {number}")
    full = visitor.open("candidate", candidate="1")
    assert len(full.statements) <= before
    # Each more is time at every step on the page.
    assert set(re.findall(r"\bNote \d+", full.text)) == {f"Note {number}" for number in range(195, 200)}
    assert len(set(re.findall(r"\bStep \d+", full.text))) == 5
    (everything,) = [switch for switch in full.at.toggle if switch.key == "all_notes"]
    assert everything.label == "Show all 201 notes"
    everything.set_value(True)
    visitor.again(full)
    assert "Brought a very good plan" in full.text
    # Old ones are found too, and none that is not shared.
    full.at.text_input(key="note_search").set_value("Very GOOD")
    visitor.again(full)
    assert "Brought a very good plan" in full.text
    assert re.findall(r"\bNote \d+", full.text) == []
    full.at.text_input(key="note_search").set_value("tired")
    visitor.again(full)
    assert "No notes match." in full.text
    assert "Seems tired" not in full.text


def test_notes_about_everybody_are_searched_from_the_list(database: Database, page: Visit, visitor: Visitor) -> None:
    listed = visitor.open("candidates")
    assert [statement for statement in listed.statements if "note_versions" in statement] == []
    listed.at.session_state["notes_of_all"] = True
    visitor.again(listed)
    next(box for box in listed.at.text_input if box.key == "search_notes").set_value("GOOD plan")
    visitor.again(listed)
    assert "Brought a very good plan" in listed.text
    assert "tired" not in listed.text
    next(box for box in listed.at.text_input if box.key == "search_notes").set_value("tired")
    visitor.again(listed)
    assert "No notes match." in [caption.value for caption in listed.at.caption]
    next(switch for switch in listed.at.toggle if switch.key == "private_notes").set_value(True)
    visitor.again(listed)
    assert "Seems tired lately" in listed.text
    assert errors(listed) == []


def test_what_is_new_stands_there_until_it_is_marked_as_seen(database: Database, page: Visit, visitor: Visitor) -> None:
    assert "This is your first look." in page.text
    assert "Nothing new since you last looked, " in visitor.open("candidate", candidate="1").text
    with writing(database.engine) as db:
        mark_step(ADMIN, db, agree_step(ADMIN, db, 1, "Sum up at the end"), StepState.DONE, "Done *twice*")
    add(database.platform_engine, rows=[interview(5, feedback=feedback(0.5, 0.4, 0.6, 0.7))])
    for _ in range(2):
        news = visitor.open("candidate", candidate="1")
        assert "Step done\\: Sum up at the end" in news.text
        assert [link for link in news.at.get("page_link") if "New interview" in link.proto.label] != []
    news.at.button(key="news_seen").click()
    visitor.again(news)
    assert "Step done" not in news.text
    assert "Nothing new since you last looked, " in news.text
    assert errors(news) == []


def test_a_note_on_a_message_stands_below_it(database: Database, page: Visit, visitor: Visitor) -> None:
    said = [{"role": "assistant", "content": "Why a queue?"}, {"role": "user", "content": "To be fair."}]
    add(database.platform_engine, rows=[interview(5, feedback=feedback(0.5, 0.4, 0.6, 0.7), conversation_history=said)])
    talk = visitor.open("interview", interview="5")
    assert "plan" not in talk.text
    talk.at.session_state["write_note"] = True
    visitor.again(talk)
    talk.at.segmented_control(key="readers__5").set_value(Visibility.SHARED)
    visitor.again(talk)
    talk.at.segmented_control(key="note_part").set_value("A message")
    visitor.again(talk)
    talk.at.number_input(key="note_message").set_value(2)
    visitor.again(talk)
    next(area for area in talk.at.text_area if area.label == "Note").set_value("Good reason")
    next(button for button in talk.at.button if button.form_id.startswith("note_")).click()
    visitor.again(talk)
    assert "Good reason  \n:gray[“To be fair" in talk.text
    with reading(database.engine) as db:
        assert [note.text for note in notes_about(ADMIN, db, 1, interview_id=5)] == ["Good reason"]
    assert errors(talk) == []
