"""Notes, steps and goals: who may write and read them, and that nothing is overwritten."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access.personal_data import export_person, forget
from analytics.access.viewer import NotAllowedError, Role, Viewer
from analytics.api import PREFIX
from analytics.coaching.access import CoachingError
from analytics.coaching.goals import Goal, goals_of, is_reached, set_goal
from analytics.coaching.notes import Visibility, latest_notes, notes_about, rewrite_note, write_note
from analytics.coaching.steps import LONGEST_STEP, StepState, agree_step, mark_step, steps_of
from analytics.columns import now
from analytics.database.schema import audit, ours
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import users
from analytics.report.content import QuotedClaim
from analytics.service import InterviewAnalytics
from analytics.views.notes import view_found_notes
from analytics.views.session import view_session
from tests.support.api_client import bearer, client, platform_token
from tests.support.coaching import READABLE, SHARED, THEM, WRITTEN, coach_them, words_in
from tests.support.paper import report_pages
from tests.support.world import PEOPLE, World

EVERYBODY = tuple(PEOPLE)


def test_a_note_reaches_whom_it_is_for_and_nobody_else(world: World) -> None:
    """Visibility by role by page (with private notes on and off), API, library and export: no leak."""
    coach_them(world)
    asked = client(world)
    for who in EVERYBODY:
        viewer, readable = world.viewer(who), READABLE.get(who, set())
        with reading(world.database.engine) as db:
            for private, expected in ((True, readable), (False, readable & SHARED)):
                view = view_session(viewer, THEM.user_id, db, private=private)
                assert (view is None) == (who not in READABLE), who
                assert (who, private, words_in(repr(view))) == (who, private, expected)
            if who in READABLE:
                shared = InterviewAnalytics(viewer).get_coaching(THEM.user_id, db)
                assert words_in(repr(shared)) == SHARED
        token = bearer(platform_token(PEOPLE[who].user_id))
        answer = asked.get(f"{PREFIX}/interviews/analytics/coaching?user_id={THEM.user_id}", headers=token)
        assert (who, words_in(answer.text)) == (who, SHARED if who in READABLE else set())
    exported = json.dumps(export_person(world.database.engine, THEM.user_id), default=str)
    assert words_in(exported) == SHARED | {"feldspar"}
    assert "Tell it in three sentences" in exported
    # Nor does the trail say that somebody keeps a note for themselves.
    told = [row["actor"] for row in json.loads(exported)["ours"]["audit"] if row["action"] == "note"]
    assert told == [PEOPLE["interviewee"].email] * len(told)
    assert told
    # Whoever wrote about somebody else, or may read it, is not given the other's data.
    for who in set(EVERYBODY) - {"interviewee"}:
        theirs = json.dumps(export_person(world.database.engine, PEOPLE[who].user_id), default=str)
        assert (who, words_in(theirs)) == (who, set())
    with reading(world.database.engine) as db:
        trail = repr(db.execute(sa.select(audit)).all())
    assert words_in(trail) == set()


def test_what_nobody_wrote_is_not_looked_for_and_is_there_once_written(world: World) -> None:
    coach, sent, engine = world.viewer("coach"), [], world.database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *event: sent.append(event[2]), named=False)
    with reading(engine) as db:
        assert view_session(coach, THEM.user_id, db) is not None
        assert len(sent) == 1
        # Whoever may not see the person is not told either that nothing was written.
        assert view_session(world.viewer("other coach"), THEM.user_id, db) is None
    with writing(engine) as db:
        set_goal(coach, db, THEM.user_id, "technical", 0.8)
        agree_step(coach, db, THEM.user_id, "Draw it first.")
    with reading(engine) as db:
        view = view_session(coach, THEM.user_id, db)
    assert view is not None
    assert [one.goal.target for one in view.goals] == [0.8]
    assert [step.text for step in view.steps] == ["Draw it first."]
    assert view.notes == []


def test_nobody_coaches_themselves(world: World) -> None:
    """A coach who is also a candidate does not read what coaches note about them."""
    coach_them(world)
    themselves = Viewer(Role.ADMIN, user_id=THEM.user_id, email=THEM.email)
    with reading(world.database.engine) as db:
        notes = notes_about(themselves, db, THEM.user_id, private=True)
    assert words_in(repr(notes)) == SHARED | {"feldspar"}


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_latest_notes_are_the_first_of_all_and_all_are_counted(world: World, who: str) -> None:
    coach_them(world)
    coach, viewer = world.viewer("coach"), world.viewer(who)
    with writing(world.database.engine) as db:
        written = [
            write_note(coach, db, THEM.user_id, visibility, f"One of many, {place}")
            for place in range(4)
            for visibility in Visibility
        ]
        rewrite_note(coach, db, written[0], "Of an early one the wording that counts")
        for note in (written[2], written[-1]):
            rewrite_note(coach, db, note, "")
    for private in (True, False):
        with reading(world.database.engine) as db:
            everything = notes_about(viewer, db, THEM.user_id, private=private)
            for most in (1, 5, 100):
                found = latest_notes(viewer, db, THEM.user_id, most, private=private)
                assert found == (everything[:most], len(everything))
        assert bool(everything) == (who in READABLE)


def test_former_wordings_stay_and_a_note_taken_back_is_gone(world: World) -> None:
    ids = coach_them(world)
    coach, engine = world.viewer("coach"), world.database.engine
    with writing(engine) as db:
        rewrite_note(coach, db, ids["chalcedony"], "Now about quartz.")
        rewrite_note(coach, db, ids["alabaster"], "  ")
        with pytest.raises(CoachingError, match="no such note"):
            rewrite_note(coach, db, ids["alabaster"], "It is back")
        for somebody in ("admin", "interviewee", "other coach"):
            with pytest.raises(CoachingError, match="no such note of yours"):
                rewrite_note(world.viewer(somebody), db, ids["chalcedony"], "Mine now")
    with reading(engine) as db:
        notes = {note.id: note for note in notes_about(coach, db, THEM.user_id, private=True)}
        seen = notes_about(world.viewer("interviewee"), db, THEM.user_id)
    assert [wording.text for wording in notes[ids["chalcedony"]].history] == [
        "A note about chalcedony.", "Now about quartz.",
    ]  # fmt: skip
    assert ids["alabaster"] not in notes
    assert "Now about quartz." in {note.text for note in seen}


@pytest.mark.parametrize("who", ["interviewee", "other interviewee", "other coach"])
def test_only_their_coaches_agree_steps_and_set_goals(world: World, who: str) -> None:
    viewer = world.viewer(who)
    with writing(world.database.engine) as db:
        with pytest.raises((NotAllowedError, CoachingError)):
            agree_step(viewer, db, THEM.user_id, "Do it")
        with pytest.raises((NotAllowedError, CoachingError)):
            set_goal(viewer, db, THEM.user_id, "technical", 0.9)
        with pytest.raises(CoachingError):
            write_note(viewer, db, THEM.user_id, Visibility.COACHES, "About them")
    with reading(world.database.engine) as db:
        coach = world.viewer("coach")
        assert (steps_of(coach, db, THEM.user_id), goals_of(coach, db, THEM.user_id)) == ([], {})
        assert notes_about(coach, db, THEM.user_id, private=True) == []


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_search_over_everybody_finds_what_one_may_read_and_nothing_else(world: World, who: str) -> None:
    coach_them(world)
    with writing(world.database.engine) as db:
        write_note(world.viewer("admin"), db, PEOPLE["other interviewee"].user_id, Visibility.SHARED, "About granite.")
    viewer, asked, token = world.viewer(who), client(world), bearer(platform_token(PEOPLE[who].user_id))
    elsewhere = {"granite"} if who in {"other interviewee", "other coach", "admin"} else set()
    with reading(world.database.engine) as db:
        for private, words in ((False, SHARED if who in READABLE else set()), (True, READABLE.get(who, set()))):
            found = view_found_notes(viewer, "about", db, private=private)
            assert {one.note.text.rstrip(".").rpartition(" ")[2] for one in found} == words | elsewhere
            if not private and who != "deactivated":
                told = asked.get(f"{PREFIX}/notes?search=about&size=1", headers=token).json()
                assert told["total"] == len(found)
                assert [(note["text"], note["candidate"]) for note in told["notes"]] == [
                    (one.note.text, one.candidate) for one in found[:1]
                ]
        assert {one.candidate for one in found} <= {"Interviewee Marzipan", "Other Tarragon"}
        assert [one.note.text for one in view_found_notes(viewer, "GRANITE", db)] == ["About granite."] * bool(
            elsewhere
        )
        assert view_found_notes(viewer, " ", db, private=True) == []


def test_the_interviewee_sees_what_was_agreed_and_says_what_became_of_it(world: World) -> None:
    ids = coach_them(world)
    them = world.viewer("interviewee")
    with writing(world.database.engine) as db:
        mark_step(them, db, ids["step"], StepState.TRIED, "Hard at first")
        mark_step(them, db, ids["step"], StepState.DONE, "It worked")
        with pytest.raises(CoachingError, match="no such step"):
            mark_step(world.viewer("other interviewee"), db, ids["step"], StepState.DROPPED)
    with reading(world.database.engine) as db:
        (step,) = steps_of(world.viewer("coach"), db, THEM.user_id)
        assert steps_of(world.viewer("other coach"), db, THEM.user_id) == []
        done_by = [row.actor for row in db.execute(sa.select(audit).where(audit.c.action == "mark_step"))]
    assert (step.state, step.word, step.is_open) == (StepState.DONE, "It worked", False)
    assert done_by == [THEM.email] * 2


def test_the_latest_goal_holds_and_one_without_a_target_is_none(world: World) -> None:
    coach_them(world)
    coach = world.viewer("coach")
    with writing(world.database.engine) as db:
        set_goal(coach, db, THEM.user_id, "technical", 0.7)
        set_goal(coach, db, THEM.user_id, "communication", 0.6)
        set_goal(coach, db, THEM.user_id, "communication", None)
        for wrong in (0, 1, 1.01, float("nan")):
            with pytest.raises(CoachingError):
                set_goal(coach, db, THEM.user_id, "technical", wrong)
        with pytest.raises(CoachingError, match="no such skill"):
            set_goal(coach, db, THEM.user_id, "juggling", 0.5)
    with reading(world.database.engine) as db:
        held = goals_of(world.viewer("interviewee"), db, THEM.user_id)
    assert {skill: goal.target for skill, goal in held.items()} == {"technical": 0.7}


@pytest.mark.parametrize(
    ("current", "error", "reached"),
    [(0.9, 0.05, True), (0.85, 0.05, False), (0.84, 0.05, False), (None, None, False), (0.95, None, False)],
)
def test_a_goal_is_reached_only_when_the_lower_bound_is_above_it(
    current: float | None, error: float | None, reached: bool
) -> None:
    goal = Goal("technical", 0.8, None, "", "coach", now())
    assert is_reached(goal, current, error) is reached


@pytest.mark.parametrize("text", ["", "   ", "x" * 4_001, "a\0b", "a\ud800b"])
def test_what_cannot_be_kept_is_refused_in_a_sentence(world: World, text: str) -> None:
    with writing(world.database.engine) as db, pytest.raises(CoachingError) as refused:
        write_note(world.viewer("coach"), db, THEM.user_id, Visibility.SHARED, text)
    assert str(refused.value).endswith(".")


def test_a_note_is_about_an_interview_of_that_person_only(world: World) -> None:
    theirs, others = THEM.interviews[0], PEOPLE["unassigned"].interviews[0]
    coach = world.viewer("coach")
    with writing(world.database.engine) as db:
        write_note(coach, db, THEM.user_id, Visibility.ME, "Here", interview_id=theirs)
        with pytest.raises(CoachingError, match="no such interview"):
            write_note(coach, db, THEM.user_id, Visibility.ME, "There", interview_id=others)


def test_forgetting_takes_all_of_it_and_the_name_of_who_wrote(world: World) -> None:
    coach_them(world)
    engine = world.database.engine
    forget(engine, PEOPLE["coach"].user_id)
    # What the coach shared stays without a name; what only they could read is gone.
    assert words_in(everything(world)) == set(WRITTEN) - {"alabaster"}
    assert PEOPLE["coach"].email not in everything(world)
    forget(engine, THEM.user_id)
    assert words_in(everything(world)) == set()
    assert re.search("three sentences|next level", everything(world)) is None


def everything(world: World) -> str:
    with reading(world.database.engine) as db:
        return "\n".join(repr(db.execute(sa.select(table)).all()) for table in ours.sorted_tables)


def test_the_report_names_what_is_still_to_be_done(world: World) -> None:
    ids = coach_them(world)
    them = world.viewer("interviewee")
    targets = dict.fromkeys(("communication", "technical", "problem_solving", "code_quality"), 0.8)

    def steps() -> list[str]:
        with reading(world.database.engine) as db:
            return list(InterviewAnalytics(them).get_report(THEM.user_id, db, targets=targets).steps)

    (said,) = steps()
    assert said.startswith("Tell it in three sentences (the candidate, by 31 Jan 2027; agreed on ")
    with writing(world.database.engine) as db:
        mark_step(them, db, ids["step"], StepState.TRIED, "Hard at first")
    assert steps()[0].endswith(". Tried: Hard at first")
    with writing(world.database.engine) as db:
        mark_step(them, db, ids["step"], StepState.DONE)
    assert steps() == []


def test_a_report_about_many_long_steps_and_claims_stays_on_two_pages(world: World) -> None:
    with writing(world.database.engine) as db:
        for number in range(50):
            text = f"{number} " + "say the result first and then how " * 20
            step = agree_step(world.viewer("coach"), db, THEM.user_id, text[:LONGEST_STEP])
            mark_step(world.viewer("coach"), db, step, StepState.TRIED, ("hard " * 200)[:LONGEST_STEP])
    targets = dict.fromkeys(("communication", "technical", "problem_solving", "code_quality"), 0.8)
    with reading(world.database.engine) as db:
        made = InterviewAnalytics(world.viewer("coach")).get_report(THEM.user_id, db, targets=targets)
    assert [step.split(" ")[0] for step in made.steps] == ["49", "48", "48"]
    assert made.steps[-1] == "48 earlier steps are still open."
    long = QuotedClaim("Weakness", "Communication", "Leaves it out " * 28, "We deployed it " * 26, "An interview " * 20)
    for paper in ("a4", "us-letter"):
        assert len(report_pages(replace(made, candidate="Solberg " * 30, claims=[long] * 3), paper=paper)) <= 2


def test_whoever_is_given_the_id_of_somebody_before_sees_nothing_of_theirs(world: World) -> None:
    coach_them(world)
    with world.database.platform_engine.begin() as connection:
        newer = sa.update(users).where(users.c.id == THEM.user_id).values(created_at=now() + timedelta(seconds=1))
        connection.execute(newer)
    with reading(world.database.engine) as db:
        for who in ("interviewee", "admin"):
            view = view_session(world.viewer(who), THEM.user_id, db, private=True)
            assert view is not None
            assert (list(view.notes), list(view.steps), list(view.goals)) == ([], [], [])
