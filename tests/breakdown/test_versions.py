"""Every breakdown becomes a version, and what an interview shows changes whole or not at all."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from analytics import audit
from analytics.access import TRUSTED, NotAllowedError
from analytics.breakdown import (
    FeedbackGenerator,
    InterviewFeedback,
    ModelSettings,
    Outcome,
    appending,
    presenting,
    reviewing,
    saving,
)
from analytics.breakdown.differences import Newer, difference, newer_than
from analytics.breakdown.presenting import Presented
from analytics.breakdown.standing import KEYS
from analytics.breakdown.versions import Source, Version, VersionError
from analytics.breakdown.wire import Reply
from analytics.database import DatabaseError, execute, parse_json, session
from analytics.feedback import State
from analytics.queries import as_utc
from analytics.schema import breakdown_versions, interviews, skill_scores
from analytics.scores import astray, correct, fill
from analytics.service import InterviewAnalytics
from analytics.skills import SKILL_KEYS
from tests.breakdown.doubles import SETTINGS, Double, conversation, honest
from tests.parts import world
from tests.parts.databases import Database, Databases

INTERVIEW = 101
OTHER = 102


@pytest.fixture
def people(database: Database) -> world.World:
    return world.populate(database)


def generated(
    say: Callable[..., object] = honest,
    *,
    code: bool = True,
    level: int | None = None,
    settings: ModelSettings = SETTINGS,
) -> InterviewFeedback:
    def said(call: Any) -> object:
        return {"level": level} if level is not None and call.answer == "rating" else say(call)

    return FeedbackGenerator(settings, analyst=Double(said, settings)).generate_feedback(conversation(code=code))


def offline() -> InterviewFeedback:
    return FeedbackGenerator(ModelSettings()).generate_feedback(conversation())


def save(database: Database, feedback: InterviewFeedback, **options: Any) -> appending.Saved | None:
    values = {"version_id": str(uuid.uuid4()), "by": "coach@example.org", "write_back": True} | options
    return saving.save(database.engine, INTERVIEW, feedback, **values)


def shown(database: Database) -> Presented:
    with session(database.engine) as db:
        found = presenting.presented(TRUSTED, db, INTERVIEW)
    assert found is not None
    return found


def history(database: Database) -> list[Version]:
    with session(database.engine) as db:
        return presenting.listed(TRUSTED, db, INTERVIEW)


def platform_row(database: Database, interview_id: int = INTERVIEW) -> Any:
    with database.platform_engine.connect() as connection:
        text = sa.select(sa.cast(interviews.c.feedback, sa.Text)).where(interviews.c.id == interview_id)
        return parse_json(connection.execute(text).scalar_one())


def platform_writes(database: Database, feedback: object, **values: Any) -> None:
    with database.platform_engine.begin() as connection:
        connection.execute(
            sa.update(interviews).where(interviews.c.id == INTERVIEW).values(feedback=feedback, **values)
        )


def scores(database: Database, interview_id: int = INTERVIEW) -> dict[str, tuple[str, float | None]]:
    with database.engine.connect() as connection:
        rows = execute(connection, sa.select(skill_scores).where(skill_scores.c.interview_id == interview_id))
        return {row.skill: (row.state, row.score) for row in rows}


def test_a_new_breakdown_is_shown_written_back_and_followed(database: Database, people: world.World) -> None:
    before, other = platform_row(database), platform_row(database, OTHER)
    saved = save(database, generated(level=5))
    assert saved is not None
    assert (saved.number, saved.shown) == (2, True)

    first, second = reversed(history(database))
    assert (first.source, first.number, first.created_by) == (Source.PLATFORM, 1, "InterviewLab")
    assert parse_json(first.stored) == before
    assert (second.source, second.created_by, second.origin.model) == (Source.MODEL, "coach@example.org", "double")
    assert second.origin.usage.calls == 16
    assert second.origin.coverage == dict.fromkeys(SKILL_KEYS, 1.0)

    after = platform_row(database)
    assert {key: after[key] for key in after if key not in KEYS} == {
        key: before[key] for key in before if key not in KEYS
    }
    assert after["technical_score"] == 1.0
    assert after["skill_breakdown"]["technical"]["strengths"] == [
        "Locates the cause by evidence before changing anything."
    ]
    assert all(isinstance(point, str) for key in ("strengths", "weaknesses", "recommendations") for point in after[key])
    assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 1.0))
    # Nothing of another interview moves.
    assert platform_row(database, OTHER) == other
    assert scores(database, OTHER) == dict.fromkeys(SKILL_KEYS, ("scored", 0.6))

    found = shown(database)
    assert found.version is not None
    assert found.version.number == 2
    assert found.breakdown is not None
    assert found.breakdown.quoted == found.breakdown.points == 12
    assert found.feedback.summary == before["summary"]


def test_what_is_repeated_is_saved_once(database: Database, people: world.World) -> None:
    feedback, version_id = generated(), str(uuid.uuid4())
    first = save(database, feedback, version_id=version_id)
    assert save(database, feedback, version_id=version_id) == first
    assert [version.number for version in history(database)] == [2, 1]
    save(database, feedback)
    # The former one was ours, so nothing of the platform's is imported a second time.
    assert [version.source for version in history(database)] == [Source.MODEL, Source.MODEL, Source.PLATFORM]


def test_two_at_once_are_two_versions(database: Database, people: world.World) -> None:
    feedback = generated()
    threads = [threading.Thread(target=save, args=(database, feedback)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [version.number for version in history(database)] == [7, 6, 5, 4, 3, 2, 1]
    assert sum(version.source is Source.PLATFORM for version in history(database)) == 1


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_what_the_platform_writes_meanwhile_is_kept(database: Database, people: world.World) -> None:
    done = threading.Event()

    def saving() -> None:
        save(database, generated(level=5))
        done.set()

    with database.platform_engine.begin() as connection:
        row = connection.execute(sa.select(interviews.c.feedback).where(interviews.c.id == INTERVIEW)).scalar_one()
        newer = row | {"summary": "written meanwhile", "technical_score": 0.11}
        connection.execute(sa.update(interviews).where(interviews.c.id == INTERVIEW).values(feedback=newer))
        thread = threading.Thread(target=saving)
        thread.start()
        # We wait for the platform's transaction, and it never waits for us.
        assert not done.wait(0.3)
    thread.join(10)
    assert done.is_set()
    after = platform_row(database)
    assert after["summary"] == "written meanwhile"
    assert after["technical_score"] == 1.0
    imported = history(database)[-1]
    assert parse_json(imported.stored)["technical_score"] == 0.11  # type: ignore[index,call-overload]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_lock_that_stays_saves_nothing_and_says_so(database: Database, people: world.World) -> None:
    before = platform_row(database)
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == INTERVIEW).values(title="held"))
        with pytest.raises(DatabaseError, match="locked by another program"):
            save(database, generated())
    assert history(database) == []
    assert platform_row(database) == before


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_saving_holds_up_nobody_who_refers_to_the_interview(database: Database, people: world.World) -> None:
    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (interview_id integer REFERENCES interviews)")
    with database.engine.begin() as ours:
        ours.execute(sa.text("SELECT 1 FROM interviews WHERE id = 101 FOR NO KEY UPDATE"))
        with database.platform_engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
            connection.exec_driver_sql(f"INSERT INTO notes VALUES ({INTERVIEW})")


def test_a_failed_skill_keeps_its_former_value_marked(database: Database, people: world.World) -> None:
    def half(call: Any) -> object:
        return Reply(outcome=Outcome.REFUSED) if 'skill "Technical"' in call.prompt else honest(call)

    before = platform_row(database)
    feedback = generated(half)
    assert saving.nothing_new(feedback) is None
    save(database, feedback)
    found = shown(database).breakdown
    assert found is not None
    technical = found.skill_breakdown["technical"]
    assert (technical.score, technical.reason) == (before["technical_score"], Outcome.REFUSED)
    assert technical.points_from == "version 1 (InterviewLab)"
    assert platform_row(database)["technical_score"] == before["technical_score"]
    assert platform_row(database)["skill_breakdown"]["technical"]["strengths"] == ["strengths about marzipan"]
    assert history(database)[0].origin.flags == ("kept:technical",)
    assert found.skill_breakdown["communication"].points_from is None


def test_a_run_without_any_answer_is_no_version() -> None:
    assert saving.nothing_new(generated(lambda call: Reply(outcome=Outcome.OUT_OF_CREDIT))) is Outcome.OUT_OF_CREDIT
    # Nothing said and no code is an assessment; failing calls beside a closed gate are none.
    silent = FeedbackGenerator(SETTINGS, analyst=Double(honest)).generate_feedback([])
    assert saving.nothing_new(silent) is None
    failing = generated(lambda call: Reply(outcome=Outcome.TIMED_OUT), code=False)
    assert failing.skill_breakdown["code_quality"].state is State.NOT_ASSESSED
    assert saving.nothing_new(failing) is Outcome.TIMED_OUT


def test_the_offline_analyst_leaves_the_scores(database: Database, people: world.World) -> None:
    before = platform_row(database)
    save(database, offline())
    after, found = platform_row(database), shown(database)
    assert {key: after[f"{key}_score"] for key in SKILL_KEYS} == {key: before[f"{key}_score"] for key in SKILL_KEYS}
    assert found.version is not None
    assert found.version.source is Source.OFFLINE
    assert found.breakdown is not None
    assert found.breakdown.skill_breakdown["technical"].score_from == "version 1 (InterviewLab)"
    assert found.breakdown.quoted == found.breakdown.points > 0


def test_without_writing_back_the_platform_row_stays(database: Database, people: world.World) -> None:
    before = platform_row(database)
    save(database, generated(level=5), write_back=False)
    assert platform_row(database) == before
    assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 1.0))

    analytics = InterviewAnalytics()
    with session(database.engine) as db:
        assert analytics.get_skill_breakdown(INTERVIEW, db)["technical"].score == 1.0
        assert analytics.get_interview_insights(INTERVIEW, db).overall_score == 1.0
        assert analytics.get_skill_averages(11, db)["technical"] == pytest.approx((1.0 + 0.6 + 0.7) / 3, abs=0.01)
        assert analytics.get_user_analytics(11, db).average_quality == pytest.approx((1.0 + 0.6 + 0.7) / 3, abs=0.01)
        assert analytics.get_skill_comparison([INTERVIEW], db)["technical"] == {INTERVIEW: 1.0}
    found = shown(database)
    assert found.version is not None
    assert found.feedback.skills["technical"].strengths == ("Locates the cause by evidence before changing anything.",)

    # A second one stands in for the same feedback, which is imported once.
    save(database, generated(level=1), write_back=False)
    assert [version.source for version in history(database)] == [Source.MODEL, Source.MODEL, Source.PLATFORM]
    assert scores(database)["technical"] == ("scored", 0.0)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_without_writing_back_no_right_on_the_platform_tables_is_needed(
    database: Database, people: world.World
) -> None:
    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql("REVOKE UPDATE (feedback) ON interviews FROM skill_analytics")
    with pytest.raises(DatabaseError, match="a right is missing"):
        save(database, generated())
    assert history(database) == []
    assert save(database, generated(), write_back=False) is not None


@pytest.mark.parametrize("write_back", [True, False])
def test_newer_feedback_of_the_platform_is_what_counts(
    database: Database, people: world.World, write_back: bool
) -> None:
    save(database, generated(level=5), write_back=write_back)
    newer = world.feedback(0.3, "anise")
    platform_writes(database, newer)
    found = shown(database)
    assert found.version is None
    assert found.overwritten is not None
    assert found.overwritten.number == 2
    assert found.feedback.skills["technical"].score == 0.3
    assert scores(database)["technical"] == ("scored", 0.3)

    save(database, generated(level=5), write_back=write_back)
    assert [version.source for version in history(database)] == [
        Source.MODEL,
        Source.PLATFORM,
        Source.MODEL,
        Source.PLATFORM,
    ]
    assert parse_json(history(database)[1].stored) == newer
    assert shown(database).overwritten is None


def test_what_else_the_platform_writes_does_not_hide_a_version(database: Database, people: world.World) -> None:
    save(database, generated())
    platform_writes(database, platform_row(database) | {"summary": "another summary"}, title="Another title")
    found = shown(database)
    assert found.version is not None
    assert found.feedback.summary == "another summary"


def test_without_writing_back_the_scores_follow_what_is_shown(database: Database, people: world.World) -> None:
    before = world.feedback(0.4, "sage")
    platform_writes(database, before)
    save(database, generated(level=5), write_back=False)
    ours = dict.fromkeys(SKILL_KEYS, ("scored", 1.0))
    # What the platform changes beside its feedback moves the dates and leaves the scores.
    later = datetime(2026, 5, 4, 12, tzinfo=UTC)
    platform_writes(database, before, completed_at=later, title="Another title")
    assert scores(database) == ours
    with database.engine.connect() as connection:
        moment = sa.select(skill_scores.c.completed_at).where(skill_scores.c.interview_id == INTERVIEW).distinct()
        assert [as_utc(found) for found in execute(connection, moment).scalars()] == [later]
    platform_writes(database, before, status="cancelled")
    assert scores(database) == {}
    platform_writes(database, before, status="completed")
    assert scores(database) == ours
    # The same when it was away meanwhile.
    platform_writes(database, sa.null())
    assert scores(database) == {}
    platform_writes(database, before)
    assert scores(database) == ours
    # Other feedback counts for as long as it is stored, as it is shown.
    platform_writes(database, world.feedback(0.3, "anise"))
    assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 0.3))
    assert shown(database).version is None
    platform_writes(database, before)
    assert scores(database) == ours
    assert shown(database).feedback.skills["technical"].score == 1.0
    # Nothing of another interview moves.
    assert scores(database, OTHER) == dict.fromkeys(SKILL_KEYS, ("scored", 0.6))


def test_without_writing_back_the_scores_are_filled_and_corrected_as_shown(
    database: Database, people: world.World
) -> None:
    save(database, generated(level=5), write_back=False)
    ours = dict.fromkeys(SKILL_KEYS, ("scored", 1.0))
    with database.engine.begin() as connection:
        execute(connection, sa.delete(skill_scores))
        fill(connection, 0, OTHER)
    assert scores(database) == ours
    assert scores(database, OTHER) == dict.fromkeys(SKILL_KEYS, ("scored", 0.6))
    if database.dialect == "postgresql":
        with database.engine.begin() as connection:
            execute(connection, sa.update(skill_scores).values(score=0.2))
            assert correct(connection, [INTERVIEW, OTHER]) == 2
        assert scores(database) == ours


@pytest.mark.parametrize("nothing", [None, sa.JSON.NULL], ids=["no feedback", "null"])
def test_without_writing_back_an_interview_without_feedback_is_served(
    database: Database, people: world.World, nothing: Any
) -> None:
    platform_writes(database, sa.null() if nothing is None else nothing)
    assert scores(database) == {}
    save(database, generated(level=5), write_back=False)
    ours = dict.fromkeys(SKILL_KEYS, ("scored", 1.0))
    platform_writes(database, sa.null() if nothing is None else nothing, completed_at=datetime(2026, 5, 4, tzinfo=UTC))
    assert scores(database) == ours
    assert shown(database).feedback.skills["technical"].score == 1.0
    with database.engine.begin() as connection:
        assert astray(connection) == []
    platform_writes(database, sa.null() if nothing is None else nothing, status="cancelled")
    assert scores(database) == {}


def test_without_writing_back_nothing_stays_under_an_id_that_is_given_up(
    database: Database, people: world.World
) -> None:
    platform_writes(database, sa.null())
    save(database, generated(level=5), write_back=False)
    assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 1.0))
    platform_writes(database, world.feedback(0.4, "sage"), id=7_777)
    assert scores(database) == {}
    assert scores(database, 7_777) == dict.fromkeys(SKILL_KEYS, ("scored", 0.4))


ODD: list[object] = [
    [],
    {},
    "a text",
    7,
    ["a", {"b": 1}],
    {"technical_score": "n/a", "skill_breakdown": [1], "strengths": None, "weaknesses": {"a": 1}, "kept": {"a": [1]}},
    {"overall_score": 0.5, "communication_score": 0.5, "technical_score": 0.5, "problem_solving_score": 0.5,
     "weaknesses": ["Unable to generate detailed feedback"]},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: json.dumps(odd)[:30])
def test_odd_feedback_is_replaced_and_served_again(database: Database, people: world.World, odd: object) -> None:
    platform_writes(database, odd)
    before = scores(database)
    save(database, generated(), write_back=False)
    assert scores(database)["technical"] == ("scored", 0.5)
    reviewing.restore(TRUSTED, database.engine, INTERVIEW, 1, write_back=False)
    platform_writes(database, odd, title="Another title", status="completed")
    assert scores(database) == before
    assert platform_row(database) == odd


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: json.dumps(odd)[:30])
def test_odd_feedback_is_kept_and_comes_back_as_it_was(database: Database, people: world.World, odd: object) -> None:
    platform_writes(database, odd)
    before = scores(database)
    assert save(database, generated()) is not None
    assert shown(database).version is not None
    assert scores(database)["technical"] == ("scored", 0.5)

    restored = reviewing.restore(TRUSTED, database.engine, INTERVIEW, 1, write_back=True)
    assert restored.number == 3
    assert platform_row(database) == odd
    assert scores(database) == before


def test_no_feedback_at_all_imports_nothing(database: Database, people: world.World) -> None:
    platform_writes(database, sa.null())
    save(database, generated())
    assert [version.source for version in history(database)] == [Source.MODEL]
    assert scores(database)["technical"] == ("scored", 0.5)


@pytest.mark.parametrize("depth", [400, 5000])
def test_feedback_nested_too_deeply_loses_nothing(database: Database, people: world.World, depth: int) -> None:
    deep = '{"kept": ' + "[" * depth + "]" * depth + ', "technical_score": 0.4}'
    with database.platform_engine.begin() as connection:
        statement = "UPDATE interviews SET feedback = {} WHERE id = 101".format(
            "CAST(:text AS json)" if database.dialect == "postgresql" else ":text"
        )
        connection.execute(sa.text(statement), {"text": deep})
    assert save(database, generated()) is not None
    assert history(database)[-1].stored == deep
    row = platform_row(database)
    assert row["technical_score"] == 0.5
    # What no parser reads cannot be taken over; it is in version 1.
    assert ("kept" in row) == (depth < 1000)


def test_restoring_repeats_a_version_and_appends(database: Database, people: world.World) -> None:
    before = platform_row(database)
    save(database, generated(level=5))
    save(database, generated(level=1))
    saved = reviewing.restore(people.viewer("coach"), database.engine, INTERVIEW, 2, write_back=True)
    found = shown(database)
    assert saved.number == 4
    assert found.version is not None
    assert (found.version.source, found.version.origin.restored) == (Source.RESTORED, 2)
    assert found.version.origin.model == "double"
    assert scores(database)["technical"] == ("scored", 1.0)
    reviewing.restore(people.viewer("coach"), database.engine, INTERVIEW, 1, write_back=True)
    assert platform_row(database) == before
    found = shown(database)
    assert found.version is not None
    assert found.version.origin.is_platform
    assert [version.number for version in history(database)] == [5, 4, 3, 2, 1]
    with pytest.raises(VersionError, match="no version 9"):
        reviewing.restore(people.viewer("coach"), database.engine, INTERVIEW, 9, write_back=True)


def test_an_approved_version_stays_until_a_newer_one_is_accepted(database: Database, people: world.World) -> None:
    coach = people.viewer("coach")
    save(database, generated(level=5))
    reviewing.approve(coach, database.engine, INTERVIEW, 2)
    saved = save(database, generated(level=1))
    assert saved is not None
    assert not saved.shown
    found = shown(database)
    assert found.version is not None
    assert (found.version.number, found.approved_by) == (2, "coach@example.org")
    assert found.waiting is not None
    assert found.waiting.number == 3
    assert scores(database)["technical"] == ("scored", 1.0)

    reviewing.accept(coach, database.engine, INTERVIEW, 3, write_back=True)
    found = shown(database)
    assert found.version is not None
    assert (found.version.number, found.approved_by, found.waiting) == (3, None, None)
    assert scores(database)["technical"] == ("scored", 0.0)
    with pytest.raises(VersionError, match="older than the one that is shown"):
        reviewing.accept(coach, database.engine, INTERVIEW, 2, write_back=True)


def test_only_what_is_shown_can_be_approved(database: Database, people: world.World) -> None:
    coach = people.viewer("coach")
    save(database, generated())
    save(database, generated())
    with pytest.raises(VersionError, match="Something else is shown"):
        reviewing.approve(coach, database.engine, INTERVIEW, 2)
    platform_writes(database, world.feedback(0.3, "anise"))
    with pytest.raises(VersionError, match="Something else is shown"):
        reviewing.approve(coach, database.engine, INTERVIEW, 3)
    assert shown(database).approved_by is None


def test_an_approval_can_be_withdrawn(database: Database, people: world.World) -> None:
    save(database, generated(level=5))
    reviewing.approve(people.viewer("coach"), database.engine, INTERVIEW, 2)
    reviewing.approve(people.viewer("admin"), database.engine, INTERVIEW, 2, approved=False)
    saved = save(database, generated(level=1))
    assert saved is not None
    assert saved.shown
    with session(database.engine) as db:
        actions = [row.action for row in audit.trail(TRUSTED, db) if row.interview_id == INTERVIEW]
    assert actions == [
        "generate breakdown",
        "withdraw approval of breakdown",
        "approve breakdown",
        "generate breakdown",
    ]


@pytest.mark.parametrize("who", ["other coach", "interviewee", "other interviewee"])
def test_others_change_nothing(database: Database, people: world.World, who: str) -> None:
    save(database, generated(level=5))
    viewer = people.viewer(who)
    for change in (
        lambda: reviewing.restore(viewer, database.engine, INTERVIEW, 1, write_back=True),
        lambda: reviewing.accept(viewer, database.engine, INTERVIEW, 2, write_back=True),
        lambda: reviewing.approve(viewer, database.engine, INTERVIEW, 2),
    ):
        with pytest.raises((VersionError, NotAllowedError)):
            change()
    assert [version.number for version in history(database)] == [2, 1]
    with session(database.engine) as db:
        seen = presenting.listed(viewer, db, INTERVIEW)
        assert (presenting.presented(viewer, db, INTERVIEW) is not None) == bool(seen) == (who == "interviewee")


def test_an_interview_that_is_gone_takes_no_version(database: Database, people: world.World) -> None:
    with database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews).where(interviews.c.id == INTERVIEW))
    assert save(database, generated()) is None
    with database.engine.connect() as connection:
        assert execute(connection, sa.select(sa.func.count()).select_from(breakdown_versions)).scalar_one() == 0


def test_a_version_in_another_form_is_listed_and_not_shown(database: Database, people: world.World) -> None:
    save(database, generated())
    with database.engine.begin() as connection:
        changed = (
            sa.update(breakdown_versions).where(breakdown_versions.c.number == 2).values(breakdown='{"format": 9}')
        )
        execute(connection, changed)
    assert [version.number for version in history(database)] == [2, 1]
    assert shown(database).version is None
    with pytest.raises(VersionError, match="a form this program does not read"):
        reviewing.restore(TRUSTED, database.engine, INTERVIEW, 2, write_back=True)
    assert save(database, generated()) is not None
    assert shown(database).version is not None


def test_differences_tell_kept_gained_and_lost_points() -> None:
    def reworded(call: Any) -> object:
        said = honest(call)
        if call.answer == "points":
            said["strengths"][0]["text"] = "Finds the cause by measuring, which spares everybody a guess."
            said["weaknesses"], said["recommendations"] = [], []
        return said

    before, after = generated(level=2), generated(reworded, level=4)
    technical = next(found for found in difference(before, after) if found.skill == "technical")
    assert [(old.text[:7], new.text[:5]) for old, new in technical.kept] == [("Locates", "Finds")]
    assert technical.gained == ()
    assert [claim.kind for claim in technical.lost] == ["weakness", "recommendation"]
    assert (technical.before.score, technical.after.score) == (0.25, 0.75)
    same = difference(before, before)
    assert all(not found.gained and not found.lost and len(found.kept) == 3 for found in same)


def test_what_is_newer_than_a_version_is_told(database: Database, people: world.World) -> None:
    feedback = generated()
    save(database, feedback, asked=SETTINGS.model_name)
    ours, platforms = (version.origin for version in history(database))
    transcript = feedback.provenance.transcript_hash
    assert newer_than(ours, transcript, SETTINGS) == ()
    assert newer_than(ours, "another", SETTINGS) == (Newer.TRANSCRIPT,)
    other = ModelSettings(base_url=SETTINGS.base_url, model="another")
    assert newer_than(ours, transcript, other) == (Newer.MODEL,)
    # Without a model there is nothing better to make it with.
    assert newer_than(ours, transcript, ModelSettings()) == ()
    changed = ours.model_copy(update={"prompt_hash": "x", "rubric_hash": "y"})
    assert newer_than(changed, transcript, SETTINGS) == (Newer.PROMPT, Newer.RUBRIC)
    assert newer_than(platforms, "another", SETTINGS) == ()

    without = offline()
    save(database, without)
    rules = history(database)[0].origin
    assert newer_than(rules, transcript, ModelSettings()) == ()
    assert newer_than(rules, transcript, SETTINGS) == (Newer.CONNECTED,)


def test_a_database_of_another_dialect_is_told_apart(databases: Databases) -> None:
    with databases.fresh(ours=False) as bare, pytest.raises(DatabaseError, match="not set up"):
        saving.save(bare.engine, 1, generated(), version_id=str(uuid.uuid4()), by="someone", write_back=True)
