"""The breakdown on an interview's page: what a skill says that has nothing to quote, and who reads which names."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.private import set_private
from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings, Outcome, read_transcript
from analytics.breakdown.assessment.claims import ClaimFault, DroppedClaim
from analytics.breakdown.jobs import store
from analytics.breakdown.versions import review
from analytics.breakdown.versions import save as versions_save
from analytics.database.schema import breakdown_jobs
from analytics.database.sessions import writing
from analytics.interviewlab.feedback import State
from analytics.interviewlab.tables import interviews
from tests.support import world
from tests.support.databases import Database
from tests.support.doubles import SETTINGS, Double, conversation, honest, message, thorough
from tests.support.practice import added_by_them
from tests.support.versions import platform_writes
from tests.support.visitor import EMAIL, Visit, Visitor, errors

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
    saved = versions_save.save(
        database.engine, INTERVIEW, feedback, version_id=str(uuid.uuid4()), by=COACH, write_back=True
    )  # fmt: skip
    assert saved is not None


def use(database: Database, people: world.World, feedback: InterviewFeedback) -> None:
    """Show a breakdown that says less than what the platform had."""
    save(database, feedback)
    review.accept(people.viewer("coach"), database.engine, INTERVIEW, 2, write_back=True)


def made(**skills: dict[str, Any]) -> InterviewFeedback:
    """A breakdown by a careful model, of which some skills came out otherwise."""
    feedback = FeedbackGenerator(SETTINGS, client=Double(honest)).generate_feedback(conversation())
    changed = {key: feedback.skill_breakdown[key].model_copy(update=values) for key, values in skills.items()}
    return feedback.model_copy(update={"skill_breakdown": feedback.skill_breakdown | changed})


def as_interviewee(visitor: Visitor, page: str, **address: str) -> Visit:
    visitor.claims |= {"sub": "interviewee", "email": world.PEOPLE["interviewee"].email}
    return visitor.open(page, **address)


def read(page: Visit) -> str:
    """What a page says, without what keeps Markdown from changing it."""
    return page.text.replace("\u2060", "").replace("\\", "")


NOTHING = {"strengths": (), "weaknesses": (), "recommendations": ()}
DROPPED = tuple(
    DroppedClaim(kind="strength", text="Invented.", ids=("S99",), fault=ClaimFault.UNKNOWN_ID) for _ in range(3)
)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_claim_for_which_there_was_no_room_is_not_called_unfounded(
    database: Database, people: world.World, visitor: Visitor
) -> None:
    surplus = DROPPED[0].model_copy(update={"fault": ClaimFault.TOO_MANY})
    use(database, people, made(technical={"dropped": (surplus,)}))
    said = read(visitor.open("interview", interview=str(INTERVIEW)))
    assert "1 more claim left out: a skill shows at most three of a kind." in said
    assert "the transcript does not show" not in said


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_skill_without_points_says_so(database: Database, people: world.World, visitor: Visitor) -> None:
    use(database, people, made(
        communication=NOTHING,
        technical={**NOTHING, "dropped": DROPPED},
        problem_solving={
            **NOTHING, "state": State.NOT_ASSESSED, "reason": Outcome.NOTHING_FOUND, "score": None, "low": None,
            "high": None, "levels": (),
        },
    ))  # fmt: skip
    page = visitor.open("interview", interview=str(INTERVIEW))
    said = [caption.value for caption in page.at.caption]
    assert said.count("No evidence found for this skill.") == 1
    assert "No evidence found for this skill; 3 claims were withheld." in said
    # What has a sentence of its own needs no second one, and a skill with points none.
    assert Outcome.NOTHING_FOUND.sentence in said
    assert sum("No evidence found" in text for text in said) == 2
    assert "Invented" not in page.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_rules_that_find_nothing_say_so(database: Database, people: world.World, visitor: Visitor) -> None:
    offline = FeedbackGenerator(ModelSettings()).generate_feedback(conversation())
    bare = offline.skill_breakdown["communication"].model_copy(update=NOTHING)
    skills = {**offline.skill_breakdown, "communication": bare}
    use(database, people, offline.model_copy(update={"skill_breakdown": skills}))
    page = visitor.open("interview", interview=str(INTERVIEW))
    bare_skills = [key for key, found in offline.skill_breakdown.items() if key == "communication" or not found.claims]
    assert len(bare_skills) < len(offline.skill_breakdown)
    assert page.text.count("No evidence found for this skill") == len(bare_skills)


@pytest.mark.parametrize("began", [False, True], ids=["before it began", "running"])
def test_interviewees_read_no_names_of_staff(
    database: Database, people: world.World, visitor: Visitor, began: bool
) -> None:
    save(database, made())
    review.approve(people.viewer("admin"), database.engine, INTERVIEW, 2)
    job = store.request(people.viewer("coach"), database.engine, INTERVIEW)
    if began:
        store.begin(database.engine, job.id)
    store.cancel(people.viewer("coach"), database.engine, INTERVIEW)
    # Not even what is stored names them, so that nothing that shows it can.
    with database.engine.connect() as connection:
        stored = connection.execute(sa.select(breakdown_jobs.c.sentence)).scalars().all()
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
    assert f"Scored by {SETTINGS.model_name} at {SETTINGS.host}" in seen
    assert "12 claims, all with quotes" in seen
    assert "Approved by a coach" in seen
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
    assert [box.value for box in page.at.selectbox if box.label.endswith("version")] == [1, 2]
    review.approve(people.viewer("coach"), database.engine, INTERVIEW, 2)
    save(database, made(technical={"strengths": (reworded,), "weaknesses": (), "recommendations": ()}))
    page = opened(visitor)
    assert [box.value for box in page.at.selectbox if box.label.endswith("version")] == [2, 3]
    seen = read(page)
    assert ":gray-badge[kept] strength: Locates the cause" in seen
    assert ":gray-badge[reworded] strength: Measures before" in seen
    assert "**Technical** · 0.50, unchanged" in seen
    assert seen.count(":red-badge[removed]") == 2
    assert ":green-badge[added]" not in seen
    # Said once where nothing is worded otherwise.
    assert seen.count(":gray-badge[kept] strength:") == 4
    # A newer version stands beside it, so nobody is asked for yet another.
    assert "may be out of date" not in seen


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_poorer_breakdown_waits_until_it_is_used(database: Database, people: world.World, visitor: Visitor) -> None:
    save(database, FeedbackGenerator(ModelSettings()).generate_feedback(conversation()))
    page = visitor.open("interview", interview=str(INTERVIEW))
    assert "Version 2 is a draft: it has no scores. What is shown stays until you switch." in page.text
    assert "weaknesses about marzipan" in page.text
    assert "Feedback from InterviewLab · Scored by InterviewLab" in page.text
    # The interviewee decides nothing.
    theirs = as_interviewee(visitor, "interview", interview=str(INTERVIEW))
    assert "is a draft" not in theirs.text
    assert not [button for button in theirs.at.button if button.label in ("Compare", "Use version 2")]

    visitor.claims |= {"sub": "admin", "email": EMAIL}
    page = visitor.open("interview", interview=str(INTERVIEW))
    press(visitor, page, "Compare")
    assert [box.value for box in page.at.selectbox if box.label.endswith("version")] == [1, 2]
    assert ":red-badge[removed] weakness: weaknesses about marzipan" in read(page)
    assert "**Version 2** · rule-based draft :gray-badge[draft]" in page.text
    press(visitor, page, "Use version 2")
    assert [success.value for success in page.at.success] == ["Version 2 is shown now."]
    assert "is a draft" not in page.text
    assert "rule-based draft :blue-badge[shown]" in page.text
    with database.platform_engine.connect() as connection:
        row = connection.execute(sa.select(interviews.c.feedback).where(interviews.c.id == INTERVIEW)).scalar_one()
    assert "weaknesses about marzipan" not in str(row)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("connected", [True, False], ids=["with a model", "without one"])
def test_only_with_a_model_one_is_asked_to_regenerate(
    database: Database, people: world.World, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, connected: bool
) -> None:
    if connected:
        monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        monkeypatch.setenv("OPENAI_MODEL", "double")
    use(database, people, made())
    with database.platform_engine.begin() as connection:
        said = [*conversation(), {"role": "user", "content": "And one more thing."}]
        connection.execute(sa.update(interviews).where(interviews.c.id == INTERVIEW).values(conversation_history=said))
    seen = read(visitor.open("interview", interview=str(INTERVIEW)))
    assert "Version 2 may be out of date." in seen
    assert ("Regenerate to bring it up to date." in seen) is connected


def press(visitor: Visitor, page: Visit, label: str) -> None:
    next(button for button in page.at.button if button.label == label).click()
    visitor.again(page)


def opened(visitor: Visitor) -> Visit:
    page = visitor.open("interview", interview=str(INTERVIEW))
    page.at.session_state["versions"] = True
    visitor.again(page)
    return page


def test_questions_missed_opportunities_better_words_and_the_priority_are_shown(
    visitor: Visitor, database: Database, people: world.World
) -> None:
    feedback = FeedbackGenerator(SETTINGS, client=Double(thorough)).generate_feedback(conversation())
    communication = feedback.skill_breakdown["communication"]
    marked = communication.strengths[0].model_copy(update={"support": "partly"})
    changed = communication.model_copy(update={"strengths": (marked,), "bounded": True})
    use(
        database,
        people,
        feedback.model_copy(update={"skill_breakdown": feedback.skill_breakdown | {"communication": changed}}),
    )
    page = visitor.open("interview", interview=str(INTERVIEW))
    shown = page.text
    assert "Work on first" in shown
    assert "Every later answer is read in its light" in shown
    assert "Missed opportunities" in shown
    assert r"Q2 asked: What else did you consider\?" in shown
    assert "Say it better" in shown
    assert "shown in part" in shown
    assert "lower level taken" in shown
    assert "Question by question (2)" in [box.label for box in page.at.expander]
    # What was said already is not marked as new.
    assert "**accented" not in shown


# Given in two interviews, it is told with what became of it.
@pytest.mark.parametrize("advised", [(103,), (102, 103)])
@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_advice_stands_once_beside_the_weakness_it_answers(
    database: Database, people: world.World, visitor: Visitor, advised: tuple[int, ...]
) -> None:
    for interview_id in advised:
        versions_save.save(
            database.engine, interview_id, made(), version_id=f"v{interview_id}", by=COACH, write_back=True
        )
        review.accept(people.viewer("coach"), database.engine, interview_id, 2, write_back=True)
    page = visitor.open("candidate", candidate="11")
    said = read(page)
    assert said.count("Show where it was said") >= said.count("Close every known gap or say who will.") == 2
    assert ("when suggested" in said) == (len(advised) == 2)
    # What became of it stands with it, before the next weakness.
    shown = [line for line in said.splitlines() if line.startswith(("**Leaves", ":material/arrow_right: Close"))]
    assert [line[:3] for line in shown][:4] == (["**L", ":ma"] * 2 if len(advised) == 2 else ["**L", "**L"])
    # What other breakdowns recommended stands below the three topics.
    page.at.session_state["more_points"] = True
    visitor.again(page)
    assert "recommendations about marzipan" in read(page)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_copy_that_is_shown_in_place_of_a_draft_is_named(
    database: Database, people: world.World, visitor: Visitor
) -> None:
    save(database, FeedbackGenerator(ModelSettings()).generate_feedback(conversation()))
    platform_writes(database, world.feedback(0.9, "anise"))
    page = visitor.open("interview", interview=str(INTERVIEW))
    press(visitor, page, "Use version 2")
    (said,) = [success.value for success in page.at.success]
    assert said.startswith("Version 4 is shown now. It is version 2 ")
    page.at.session_state["versions"] = True
    visitor.again(page)
    assert "**Version 4** · rule-based draft :blue-badge[shown]" in page.text
    assert "version 2 brought up to date" in page.text
    assert "version 2 restored" not in page.text
    page.at.button(key="restore_2").click()
    visitor.again(page)
    assert [success.value for success in page.at.success] == ["Version 2 restored."]
    assert "version 2 restored" in page.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_of_practice_the_interviewee_has_the_breakdown_made_and_uses_a_draft(
    database: Database, people: world.World, visitor: Visitor
) -> None:
    page = as_interviewee(visitor, "interview", interview=str(INTERVIEW))
    assert "regenerate" not in [button.key for button in page.at.button]
    added_by_them(people, INTERVIEW)
    with writing(database.engine) as db:
        set_private(people.viewer("interviewee"), db, INTERVIEW, private=True)
    # It says less than what is shown, so it waits.
    save(database, FeedbackGenerator(ModelSettings()).generate_feedback(conversation()))
    page = as_interviewee(visitor, "interview", interview=str(INTERVIEW))
    assert "regenerate" in [button.key for button in page.at.button]
    # How the program is run is not theirs to change, and nothing is approved by oneself.
    assert "Whoever runs this program" not in page.text
    assert "approve" not in [button.key for button in page.at.button]
    press(visitor, page, "Use version 2")
    assert errors(page) == []
    assert "Draft from simple rules" in page.text
    assert "stays until you switch" not in page.text
