"""What was chosen or typed about one is not about the next, and nobody else's change takes its place."""

from __future__ import annotations

import pytest

from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.coaching.goals import goals_of, set_goal
from analytics.coaching.notes import Visibility, notes_about, rewrite_note, write_note
from analytics.database.sessions import reading, writing
from analytics.importing.tags import set_tags
from analytics.queries.tags import Tags
from analytics.verdicts.verdicts import give_verdict, verdicts_of
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import EMAIL, Visit, Visitor

ME = Viewer(Role.ADMIN, email=EMAIL)
SCORES = feedback(0.5, 0.4, 0.6, 0.7)
LONG = [{"role": "user", "content": f"Sentence {number}."} for number in range(90)]


@pytest.fixture(autouse=True)
def people(database: Database) -> None:
    rows = [interview(n, 1, feedback=SCORES, conversation_history=LONG) for n in (1, 2)]
    rows += [interview(n, 2, feedback=SCORES, conversation_history=LONG) for n in (3, 4)]
    add(database.platform_engine, people=[person(1), person(2)], rows=rows)


def turn_to(visitor: Visitor, page: Visit, name: str, number: int) -> None:
    page.at.query_params[name] = str(number)
    visitor.again(page)


def press(visitor: Visitor, page: Visit, label: str) -> None:
    next(button for button in page.at.button if button.label == label).click()
    visitor.again(page)


def test_a_kind_is_chosen_for_one_candidate(database: Database, visitor: Visitor) -> None:
    with writing(database.engine) as db:
        set_tags(TRUSTED, db, 1, Tags("Backend", 3))
    page = visitor.open("candidate", candidate="1")
    page.at.selectbox(key="of_kind").set_value("Backend")
    visitor.again(page)
    assert "1 interview" in page.text
    turn_to(visitor, page, "candidate", 2)
    assert "2 interviews" in page.text
    assert "No interviews yet" not in page.text
    # The browser's Back brings the address again.
    page.at.query_params["of_kind"] = "Backend"
    turn_to(visitor, page, "candidate", 1)
    assert "1 interview" in page.text


def test_a_report_is_about_all_interviews_of_its_candidate(database: Database, visitor: Visitor) -> None:
    with writing(database.engine) as db:
        set_tags(TRUSTED, db, 1, Tags("Backend", 3))
    page = visitor.open("candidate", candidate="1", of_kind="Backend")
    page.at.session_state["report"] = True
    visitor.again(page)
    period = page.at.date_input(key="report_period_1")
    first, last = period.value
    # The second interview, of no kind, is a day later.
    assert (last - first).days == 1
    assert "interviews of every kind and difficulty" in page.text
    period.set_value((first, first))
    visitor.again(page)
    page.at.selectbox(key="of_kind").set_value("All kinds")
    page.at.query_params.pop("of_kind", None)
    visitor.again(page)
    turn_to(visitor, page, "candidate", 2)
    later = page.at.date_input(key="report_period_2").value
    assert [(day - first).days for day in later] == [2, 3]
    assert "interviews of every kind" not in page.text


def test_a_kind_that_nothing_has_is_said_and_can_be_chosen_away(visitor: Visitor) -> None:
    page = visitor.open("candidate", candidate="1", of_kind="Backend")
    assert "no completed interview matches" in page.text
    assert [one.value for one in page.at.info] == ["No scored interview matches. Choose “All kinds” or “Any” above."]
    assert "No interviews yet" not in page.text
    page.at.selectbox(key="of_kind").set_value("All kinds")
    visitor.again(page)
    assert page.at.get("plotly_chart") != []


def test_the_next_conversation_begins_at_its_beginning(visitor: Visitor) -> None:
    page = visitor.open("interview", interview="1")
    page.at.number_input(key="message").set_value(70)
    visitor.again(page)
    assert "Sentence 70." in page.text
    turn_to(visitor, page, "interview", 3)
    assert page.at.number_input(key="message").value == 1
    assert "Sentence 70." not in page.text
    page.at.query_params["message"] = "70"
    turn_to(visitor, page, "interview", 1)
    assert page.at.number_input(key="message").value == 70


def test_who_may_read_a_note_is_chosen_for_each_candidate(visitor: Visitor) -> None:
    page = visitor.open("candidate", candidate="1")
    page.at.session_state["write_note"] = True
    visitor.again(page)
    page.at.segmented_control(key="readers_1_").set_value(Visibility.SHARED)
    visitor.again(page)
    assert [area.label for area in page.at.text_area] == ["Note"]
    turn_to(visitor, page, "candidate", 2)
    assert [area.label for area in page.at.text_area] == []


def test_a_note_is_saved_as_it_was_typed_whatever_another_tab_saved(database: Database, visitor: Visitor) -> None:
    with writing(database.engine) as db:
        note = write_note(ME, db, 1, Visibility.SHARED, "As it was")
    page = visitor.open("candidate", candidate="1")
    page.at.session_state[f"edit_{note}"] = True
    visitor.again(page)
    with writing(database.engine) as db:
        rewrite_note(ME, db, note, "From another tab")
    # Saving another form leaves this one as it is.
    page.at.session_state["aim"] = True
    visitor.again(page)
    press(visitor, page, "Set")
    assert page.at.text_area[0].value == "As it was"
    page.at.text_area[0].set_value("Typed here")
    press(visitor, page, "Save")
    with reading(database.engine) as db:
        (kept,) = notes_about(ME, db, 1)
    assert [wording.text for wording in kept.history] == ["As it was", "From another tab", "Typed here"]
    # Opened again it begins with what is stored.
    page.at.session_state[f"edit_{note}"] = False
    visitor.again(page)
    with writing(database.engine) as db:
        rewrite_note(ME, db, note, "Once more")
    page.at.session_state[f"edit_{note}"] = True
    visitor.again(page)
    assert page.at.text_area[0].value == "Once more"


def test_a_goal_and_a_verdict_are_saved_as_they_were_typed(database: Database, visitor: Visitor) -> None:
    page = visitor.open("candidate", candidate="1")
    page.at.session_state["aim"] = True
    visitor.again(page)
    page.at.slider[0].set_value(0.95)
    next(text for text in page.at.text_input if text.label == "Why").set_value("My reason")
    with writing(database.engine) as db:
        set_goal(TRUSTED, db, 1, "communication", 0.6, why="Another's")
    press(visitor, page, "Set")
    with reading(database.engine) as db:
        goal = goals_of(TRUSTED, db, 1)["communication"]
    assert (goal.target, goal.why) == (0.95, "My reason")

    page = visitor.open("interview", interview="1")
    with writing(database.engine) as db:
        give_verdict(ME, db, 1, "technical", 4, reason="Before it was opened")
    visitor.again(page)
    page.at.session_state["verdict_technical"] = True
    visitor.again(page)
    assert page.at.radio[0].value == 4
    page.at.radio[0].set_value(2)
    next(text for text in page.at.text_input if text.label.startswith("Reason")).set_value("Typed here")
    with writing(database.engine) as db:
        give_verdict(ME, db, 1, "technical", 5, reason="From another tab")
    press(visitor, page, "Save verdict")
    with reading(database.engine) as db:
        verdicts = verdicts_of(ME, db, 1)
    assert verdicts is not None
    latest = verdicts.by_skill["technical"].history[0]
    assert (latest.level, latest.reason) == (2, "Typed here")
