"""The breakdown on an interview's page: what a skill says that has nothing to quote, and who reads which names."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.breakdown import (
    FeedbackGenerator,
    InterviewFeedback,
    ModelSettings,
    Outcome,
    jobs,
    read_transcript,
    reviewing,
    saving,
)
from analytics.breakdown.evidence import Dropped, Fault
from analytics.database import execute
from analytics.feedback import State
from analytics.schema import breakdown_jobs, interviews
from tests.breakdown.doubles import SETTINGS, Double, conversation, honest, message
from tests.pages.conftest import EMAIL, Visit, Visitor
from tests.parts import world
from tests.parts.databases import Database

INTERVIEW = 101
COACH = "coach@example.org"


@pytest.fixture
def people(database: Database) -> world.World:
    found = world.populate(database)
    with database.platform_engine.begin() as connection:
        said = sa.update(interviews).where(interviews.c.id == INTERVIEW).values(conversation_history=conversation())
        connection.execute(said)
    return found


def save(database: Database, feedback: InterviewFeedback) -> None:
    saved = saving.save(
        database.engine, INTERVIEW, feedback, version_id=str(uuid.uuid4()), by=COACH, write_back=True
    )  # fmt: skip
    assert saved is not None


def made(**skills: dict[str, Any]) -> InterviewFeedback:
    """A breakdown by a careful model, of which some skills came out otherwise."""
    feedback = FeedbackGenerator(SETTINGS, analyst=Double(honest)).generate_feedback(conversation())
    changed = {key: feedback.skill_breakdown[key].model_copy(update=values) for key, values in skills.items()}
    return feedback.model_copy(update={"skill_breakdown": feedback.skill_breakdown | changed})


def as_interviewee(visitor: Visitor, page: str, **address: str) -> Visit:
    visitor.claims |= {"sub": "interviewee", "email": world.PEOPLE["interviewee"].email}
    return visitor.open(page, **address)


def read(page: Visit) -> str:
    """What a page says, without what keeps Markdown from changing it."""
    return page.text.replace("\u2060", "").replace("\\", "")


NOTHING = {"strengths": (), "weaknesses": (), "recommendations": ()}
DROPPED = tuple(Dropped(kind="strength", text="Invented.", ids=("S99",), fault=Fault.UNKNOWN_ID) for _ in range(3))


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_skill_without_points_says_so(database: Database, people: world.World, visitor: Visitor) -> None:
    save(database, made(
        communication=NOTHING,
        technical={**NOTHING, "dropped": DROPPED},
        problem_solving={
            **NOTHING, "state": State.NOT_ASSESSED, "reason": Outcome.NOTHING_FOUND, "score": None, "low": None,
            "high": None, "levels": (),
        },
    ))  # fmt: skip
    page = visitor.open("interview", interview=str(INTERVIEW))
    said = [caption.value for caption in page.at.caption]
    assert said.count("Nothing in this interview could be quoted for this skill.") == 1
    assert "Nothing in this interview could be quoted for this skill; 3 points were withheld." in said
    # What has a sentence of its own needs no second one, and a skill with points none.
    assert Outcome.NOTHING_FOUND.sentence in said
    assert sum("could be quoted" in text for text in said) == 2
    assert "Invented" not in page.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_rules_that_find_nothing_say_so(database: Database, people: world.World, visitor: Visitor) -> None:
    offline = FeedbackGenerator(ModelSettings()).generate_feedback(conversation())
    bare = offline.skill_breakdown["communication"].model_copy(update=NOTHING)
    save(database, offline.model_copy(update={"skill_breakdown": {**offline.skill_breakdown, "communication": bare}}))
    page = visitor.open("interview", interview=str(INTERVIEW))
    bare_skills = [key for key, found in offline.skill_breakdown.items() if key == "communication" or not found.claims]
    assert len(bare_skills) < len(offline.skill_breakdown)
    assert page.text.count("Nothing in this interview could be quoted for this skill") == len(bare_skills)


@pytest.mark.parametrize("began", [False, True], ids=["before it began", "running"])
def test_interviewees_read_no_names_of_staff(
    database: Database, people: world.World, visitor: Visitor, began: bool
) -> None:
    save(database, made())
    reviewing.approve(people.viewer("admin"), database.engine, INTERVIEW, 2)
    job = jobs.enter(people.viewer("coach"), database.engine, INTERVIEW)
    if began:
        jobs.begin(database.engine, job.id)
    jobs.cancel(people.viewer("coach"), database.engine, INTERVIEW)
    # Not even what is stored names them, so that nothing that shows it can.
    with database.engine.connect() as connection:
        stored = execute(connection, sa.select(breakdown_jobs.c.sentence)).scalars().all()
    assert stored == ["Being cancelled." if began else "Cancelled before it began. Nothing was changed."]

    page = visitor.open("interview", interview=str(INTERVIEW))
    page.at.session_state["versions"] = True
    visitor.again(page)
    assert COACH in read(page)
    page = as_interviewee(visitor, "interview", interview=str(INTERVIEW))
    page.at.session_state["versions"] = True
    page.at.session_state[f"followed_{job.id}"] = True
    visitor.again(page)
    seen = read(page)
    assert "**Version 2** · language model" in seen
    assert "12 of 12 points quoted" in seen
    assert "Approved by coach" in seen
    assert ("Being cancelled." if began else "Cancelled before it began.") in seen
    for email in (COACH, "admin@example.org", EMAIL, "juniper", "paprika"):
        assert email not in seen


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_quote_late_in_a_very_long_answer_is_turned_to(
    database: Database, people: world.World, visitor: Visitor
) -> None:
    held = [message("user", "I kept notes every day. " * 1_500 + "Then I read them all again."), *conversation()]
    with database.platform_engine.begin() as connection:
        changed = sa.update(interviews).where(interviews.c.id == INTERVIEW)
        connection.execute(changed.values(conversation_history=held))
    last = read_transcript(held).turns[0].sentences[-1].id
    page = visitor.open("interview", interview=str(INTERVIEW), quote=last)
    assert (page.at.query_params["part"], page.at.session_state["message"]) == ("2", 1)
    assert f":orange-background[Then I read them all again\\.] :orange-badge[{last}]" in page.text
    # Turning the page leaves the quote behind, in the address as well.
    next(button for button in page.at.button if button.label == "Earlier").click()
    visitor.again(page)
    assert "quote" not in page.at.query_params
    assert "Then I read them all again" not in page.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_changed_is_told_from_what_is_shown_to_what_waits(
    database: Database, people: world.World, visitor: Visitor
) -> None:
    first = made()
    strength = first.skill_breakdown["technical"].strengths[0]
    reworded = strength.model_copy(update={"text": "Measures before changing anything at all."})
    save(database, first)
    page = opened(visitor)
    assert [box.value for box in page.at.selectbox] == [1, 2]
    reviewing.approve(people.viewer("coach"), database.engine, INTERVIEW, 2)
    save(database, made(technical={"strengths": (reworded,), "weaknesses": (), "recommendations": ()}))
    page = opened(visitor)
    assert [box.value for box in page.at.selectbox] == [2, 3]
    seen = read(page)
    assert ":gray-badge[kept] strength: Locates the cause" in seen
    assert ":gray-badge[reworded] strength: Measures before" in seen
    assert "**Technical** · 0.50, as before" in seen
    assert seen.count(":red-badge[lost]") == 2
    assert ":green-badge[gained]" not in seen
    # Said once where nothing is worded otherwise.
    assert seen.count(":gray-badge[kept] strength:") == 4
    # A newer version stands beside it, so nobody is asked for yet another.
    assert "may be out of date" not in seen


def opened(visitor: Visitor) -> Visit:
    page = visitor.open("interview", interview=str(INTERVIEW))
    page.at.session_state["versions"] = True
    visitor.again(page)
    return page
