"""A new breakdown is saved: as a version, in one transaction, with the scores that follow."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.breakdown import FeedbackGenerator, Outcome
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.versions import review
from analytics.breakdown.versions import save as versions_save
from analytics.breakdown.versions.current import KEYS
from analytics.breakdown.versions.struck import keys_to_strike
from analytics.breakdown.versions.version import Source, read_version
from analytics.database.errors import DatabaseError
from analytics.database.json_text import parse_json
from analytics.database.schema import breakdown_versions
from analytics.database.sessions import writing
from analytics.interviewlab.feedback import State
from analytics.interviewlab.tables import interviews
from analytics.reviews.struck import strike
from analytics.skills import SKILL_KEYS
from tests.support import world
from tests.support.breakdowns import generated, offline
from tests.support.databases import Database
from tests.support.doubles import SETTINGS, Double, honest
from tests.support.versions import INTERVIEW, platform_row, platform_writes, save, scores, shown, versions_of

OTHER = 102


def test_a_new_breakdown_is_shown_written_back_and_followed(database: Database, people: world.World) -> None:
    before, other = platform_row(database), platform_row(database, OTHER)
    saved = save(database, generated(level=5))
    assert saved is not None
    assert (saved.number, saved.shown) == (2, True)

    first, second = reversed(versions_of(database))
    assert (first.source, first.number, first.created_by) == (Source.PLATFORM, 1, "InterviewLab")
    assert parse_json(first.stored) == before
    assert (second.source, second.created_by, second.origin.model) == (Source.MODEL, "coach@example.org", "double")
    assert second.origin.usage.calls == 8
    assert second.origin.coverage == dict.fromkeys(SKILL_KEYS, 1.0)

    after = platform_row(database)
    theirs = {key: value for key, value in before.items() if key not in KEYS}
    assert {key: after[key] for key in after if key not in (*KEYS, "detailed_feedback")} == theirs
    assert after["detailed_feedback"].startswith("Locates the cause by evidence before changing anything.")
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
    assert [version.number for version in versions_of(database)] == [2, 1]
    save(database, feedback)
    # The former one was ours, so nothing of the platform's is imported a second time.
    assert [version.source for version in versions_of(database)] == [Source.MODEL, Source.MODEL, Source.PLATFORM]


def test_two_at_once_are_two_versions(database: Database, people: world.World) -> None:
    feedback = generated()
    threads = [threading.Thread(target=save, args=(database, feedback)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [version.number for version in versions_of(database)] == [7, 6, 5, 4, 3, 2, 1]
    assert sum(version.source is Source.PLATFORM for version in versions_of(database)) == 1


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
    imported = versions_of(database)[-1]
    assert parse_json(imported.stored)["technical_score"] == 0.11  # type: ignore[index,call-overload]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_lock_that_stays_saves_nothing_and_says_so(database: Database, people: world.World) -> None:
    before = platform_row(database)
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == INTERVIEW).values(title="held"))
        with pytest.raises(DatabaseError, match="locked by another program"):
            save(database, generated())
    assert versions_of(database) == []
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
    assert versions_save.nothing_new(feedback) is None
    save(database, feedback)
    found = shown(database).breakdown
    assert found is not None
    technical = found.skill_breakdown["technical"]
    assert (technical.score, technical.reason) == (before["technical_score"], Outcome.REFUSED)
    assert technical.points_from == "version 1 (InterviewLab)"
    assert platform_row(database)["technical_score"] == before["technical_score"]
    assert platform_row(database)["skill_breakdown"]["technical"]["strengths"] == ["strengths about marzipan"]
    assert versions_of(database)[0].origin.flags == ("kept:technical",)
    assert found.skill_breakdown["communication"].points_from is None


def test_a_failed_skill_keeps_no_struck_claim(database: Database, people: world.World) -> None:
    def half(call: Any) -> object:
        return Reply(outcome=Outcome.REFUSED) if 'skill "Technical"' in call.prompt else honest(call)

    save(database, generated(level=5))
    technical = generated().skill_breakdown["technical"]
    text = technical.weaknesses[0].text
    with writing(database.engine) as db:
        strike(people.viewer("coach"), db, INTERVIEW, keys_to_strike(technical, "weakness", text), "Not so.")
    saved = save(database, generated(half))
    assert saved is not None
    kept = read_version(versions_of(database)[0]).skill_breakdown["technical"]
    assert (kept.score, kept.points_from) == (1.0, "version 2")
    assert (kept.weaknesses, kept.recommendations) == ((), ())
    assert len(kept.strengths) == 1
    assert saved.shown
    assert platform_row(database)["skill_breakdown"]["technical"]["weaknesses"] == []


def test_a_run_without_any_answer_is_no_version() -> None:
    assert (
        versions_save.nothing_new(generated(lambda call: Reply(outcome=Outcome.OUT_OF_CREDIT))) is Outcome.OUT_OF_CREDIT
    )
    # Nothing said and no code is an assessment; failing calls beside a closed gate are none.
    silent = FeedbackGenerator(SETTINGS, client=Double(honest)).generate_feedback([])
    assert versions_save.nothing_new(silent) is None
    failing = generated(lambda call: Reply(outcome=Outcome.TIMED_OUT), code=False)
    assert failing.skill_breakdown["code_quality"].state is State.NOT_ASSESSED
    assert versions_save.nothing_new(failing) is Outcome.TIMED_OUT


def test_the_offline_analyst_leaves_the_scores(database: Database, people: world.World) -> None:
    before = platform_row(database)
    draft = save(database, offline())
    assert draft is not None
    review.accept(people.viewer("coach"), database.engine, INTERVIEW, draft.number, write_back=True)
    after, found = platform_row(database), shown(database)
    assert {key: after[f"{key}_score"] for key in SKILL_KEYS} == {key: before[f"{key}_score"] for key in SKILL_KEYS}
    assert found.version is not None
    assert found.version.source is Source.OFFLINE
    assert found.breakdown is not None
    assert found.breakdown.skill_breakdown["technical"].score_from == "version 1 (InterviewLab)"
    assert found.breakdown.quoted == found.breakdown.points > 0


@pytest.mark.parametrize("write_back", [True, False])
def test_an_interview_that_is_reopened_takes_no_version(
    database: Database, people: world.World, write_back: bool
) -> None:
    platform_writes(database, sa.null(), status="in_progress", completed_at=None)
    assert save(database, generated(), write_back=write_back) is None
    assert platform_row(database) is None
    assert versions_of(database) == []


def test_an_interview_that_is_gone_takes_no_version(database: Database, people: world.World) -> None:
    with database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews).where(interviews.c.id == INTERVIEW))
    assert save(database, generated()) is None
    with database.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(breakdown_versions)).scalar_one() == 0
