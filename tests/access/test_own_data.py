"""One's own data: who looked, the deletion one asks for, and a notice that is true."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access import orphans
from analytics.access.deletion import ask_deletion, cancel_deletion, delete_due, due_at
from analytics.access.personal_data import export_person
from analytics.access.viewer import TRUSTED, NotAllowedError, Role, Viewer
from analytics.access.visits import note_visit, visits_to
from analytics.api import PREFIX
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.versions.save import forget_deleted
from analytics.coaching.digests import Every, choose_digest
from analytics.coaching.goals import goals_of, set_goal
from analytics.coaching.links import find_link, make_link
from analytics.coaching.notes import Visibility, notes_about, write_note
from analytics.coaching.steps import StepState, agree_step, mark_step, steps_of
from analytics.columns import now
from analytics.database.coaching_tables import note_versions
from analytics.database.schema import audit, skill_scores
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import deletion_requests, visits
from analytics.interviewlab.tables import interviews, users
from analytics.settings import Settings
from analytics.views.notice import notice
from tests.support.api_client import bearer, client, platform_token
from tests.support.databases import Database
from tests.support.platform_rows import add, interview, person
from tests.support.world import PEOPLE, World

THEM, COACH = PEOPLE["interviewee"], PEOPLE["coach"]


def scores_of(world: World, user_id: int) -> int:
    with reading(world.database.engine) as db:
        count = sa.select(sa.func.count()).select_from(skill_scores).where(skill_scores.c.user_id == user_id)
        return int(db.execute(count).scalar_one())


def test_a_deletion_waits_is_taken_back_and_is_done_when_it_is_due(world: World) -> None:
    engine, them = world.database.engine, world.viewer("interviewee")
    others = scores_of(world, PEOPLE["other interviewee"].user_id)
    with writing(engine) as db:
        due = ask_deletion(them, db, 7)
        # Asked again, it does not begin anew.
        assert ask_deletion(them, db, 30) == due
    assert delete_due(engine) == 0
    with writing(engine) as db:
        cancel_deletion(them, db)
        assert due_at(them, db) is None
    assert delete_due(engine, at=now() + timedelta(days=8)) == 0
    assert scores_of(world, THEM.user_id) > 0
    with writing(engine) as db:
        ask_deletion(them, db, 7)
    assert delete_due(engine, at=now() + timedelta(days=6)) == 0
    assert delete_due(engine, at=now() + timedelta(days=8)) == 1
    assert (scores_of(world, THEM.user_id), scores_of(world, PEOPLE["other interviewee"].user_id)) == (0, others)
    with reading(engine) as db:
        trail = [(row.action, row.user_id, row.actor) for row in db.execute(sa.select(audit))]
    assert ("deletion", None, "retention") in trail
    assert THEM.email not in repr(trail)
    assert delete_due(engine, at=now() + timedelta(days=9)) == 0


def test_a_deletion_is_done_though_the_account_was_deleted_on_the_platform_first(database: Database) -> None:
    engine, them = database.engine, Viewer(Role.INTERVIEWEE, user_id=5, email="person5@example.org")
    add(database.platform_engine, people=[person(5), person(6)], rows=[interview(1, 5)])
    with writing(engine) as db:
        for user_id in (5, 6):
            write_note(TRUSTED, db, user_id, Visibility.COACHES, f"Somebody told me of {user_id}.")
        ask_deletion(them, db, 7)
    with database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews))
        connection.execute(sa.delete(users).where(users.c.id == 5))
    # What is done every hour, and for others, leaves the request where it is.
    forget_deleted(engine)
    assert delete_due(engine, at=now() + timedelta(days=6)) == 0
    with writing(engine) as db:
        orphans.remove_all(db)
    assert delete_due(engine, at=now() + timedelta(days=8)) == 1
    with reading(engine) as db:
        assert db.execute(sa.select(note_versions.c.user_id)).scalars().all() == [6]
        assert db.execute(sa.select(deletion_requests)).all() == []
        assert "person5@example.org" not in repr(db.execute(sa.select(audit)).all())
    assert delete_due(engine, at=now() + timedelta(days=9)) == 0


def test_a_platform_whose_clock_is_ahead_keeps_nobody_from_what_they_ask_for(database: Database) -> None:
    engine, them = database.engine, Viewer(Role.INTERVIEWEE, user_id=5, email="person5@example.org", may_link=True)
    add(database.platform_engine, people=[person(5, created_at=now() + timedelta(hours=2))])
    with writing(engine) as db:
        write_note(them, db, 5, Visibility.SHARED, "Of my own.")
        step = agree_step(TRUSTED, db, 5, "Speak slower.")
        mark_step(them, db, step, StepState.TRIED)
        set_goal(TRUSTED, db, 5, "technical", 0.8)
        _, token = make_link(them, db, 5)
        choose_digest(them, db, Every.DAY)
        ask_deletion(them, db, 7)
        assert due_at(them, db) is not None
        assert orphans.remove_all(db) == 0
    with reading(engine) as db:
        assert [note.text for note in notes_about(them, db, 5)] == ["Of my own."]
        assert [step.state for step in steps_of(them, db, 5)] == [StepState.TRIED]
        assert list(goals_of(them, db, 5)) == ["technical"]
        assert find_link(db, token, Settings()) is not None
    exported = export_person(engine, 5)["ours"]
    about = ("note_versions", "next_steps", "step_changes", "goals", "report_links", "deletion_requests", "digests")
    assert [len(exported[name]) for name in about] == [1] * len(about)
    assert delete_due(engine, at=now() + timedelta(days=8)) == 1


@pytest.mark.parametrize("who", ["coach", "admin"])
def test_whoever_is_in_others_data_does_not_delete_themselves(world: World, who: str) -> None:
    with writing(world.database.engine) as db, pytest.raises(NotAllowedError):
        ask_deletion(world.viewer(who), db, 7)


def test_only_the_person_themselves_reads_who_looked(world: World) -> None:
    engine, coach = world.database.engine, world.viewer("coach")
    for _ in range(2):
        note_visit(coach, engine, "page", [THEM.user_id])
    note_visit(coach, engine, "interview", [THEM.user_id, COACH.user_id])
    # Oneself is nobody to be told of.
    note_visit(world.viewer("interviewee"), engine, "page", [THEM.user_id])
    with reading(engine) as db:
        seen = [(visit.viewer, visit.what) for visit in visits_to(world.viewer("interviewee"), db, THEM.user_id)]
        assert sorted(seen) == [(COACH.email, "interview"), (COACH.email, "page")]
        coachs = sa.select(sa.func.count()).select_from(visits).where(visits.c.user_id == COACH.user_id)
        assert db.execute(coachs).scalar() == 0
        for who in ("coach", "admin", "other interviewee"):
            assert visits_to(world.viewer(who), db, THEM.user_id) == []
    assert len(export_person(engine, THEM.user_id)["ours"]["visits"]) == 2


def test_what_the_api_gave_out_is_a_visit_and_what_it_refused_is_none(world: World) -> None:
    asked = client(world)
    for who in ("coach", "other coach"):
        headers = bearer(platform_token(PEOPLE[who].user_id))
        asked.get(f"{PREFIX}/interviews/{THEM.interviews[0]}/skills", headers=headers)
        asked.get(f"{PREFIX}/interviews/analytics/skills/trends?user_id={THEM.user_id}", headers=headers)
        asked.get(f"{PREFIX}/interviews/{THEM.interviews[0]}/skills?user_id=13", headers=headers)
    with reading(world.database.engine) as db:
        found = db.execute(sa.select(visits.c.viewer, visits.c.user_id, visits.c.what)).all()
    assert [tuple(row) for row in found] == [(COACH.email, THEM.user_id, "API")]


@pytest.mark.parametrize(
    "address",
    [
        f"/interviews/analytics/skills/trends?user_id={THEM.user_id}.0",
        f"/interviews/analytics/skills/trends?user_id=%2B{THEM.user_id}",
        f"/interviews/{THEM.interviews[0]}.0/skills",
        f"/interviews/analytics/skills/compare?interview_ids={THEM.interviews[0]}&interview_ids=201",
    ],
)
def test_no_spelling_of_an_id_hides_a_look(world: World, address: str) -> None:
    headers = bearer(platform_token(PEOPLE["admin"].user_id))
    assert client(world).get(f"{PREFIX}{address}", headers=headers).status_code == 200
    with reading(world.database.engine) as db:
        found = set(db.execute(sa.select(visits.c.user_id)).scalars())
    assert THEM.user_id in found
    assert found <= {THEM.user_id, PEOPLE["other interviewee"].user_id}


@pytest.mark.parametrize("ids", ["9" * 12, "9" * 30, "9" * 5_000, "\u00b2", "1e3", "\0"])
def test_ids_that_name_nothing_are_no_look_and_no_fault(world: World, ids: str) -> None:
    headers = bearer(platform_token(PEOPLE["coach"].user_id))
    about = {"user_id": THEM.user_id, "interview_ids": ids}
    answer = client(world).get(f"{PREFIX}/interviews/analytics/skills/trends", params=about, headers=headers)
    assert answer.status_code == 200
    with reading(world.database.engine) as db:
        assert db.execute(sa.select(visits.c.user_id)).scalars().all() == [THEM.user_id]


def test_the_notice_is_true_to_the_installation() -> None:
    usual = dict(notice(Settings(), ModelSettings()))
    assert usual["Which model reads it"].startswith("None: ")
    assert "7 days after you ask" in usual["How long"]
    assert "ended links" not in usual["How long"]
    model = ModelSettings(base_url="https://llm.example/v1", model="small-1")
    settings = Settings(
        contact="privacy@example.org", retention_days=200, deletion_days=3, interviewees_link_reports=False,
        coaches_link_reports=False,
    )  # fmt: skip
    told = dict(notice(settings, model))
    assert told["Which model reads it"].startswith("small-1, at llm.example.")
    assert "200 days" in told["How long"]
    assert told["Whom to ask"] == "privacy@example.org"
    assert "link" not in told["Who sees it"]


@pytest.mark.parametrize(("days", "warned"), [(None, False), (182, True), (183, False)])
def test_logs_that_are_kept_too_short_are_warned_of(days: int | None, warned: bool) -> None:
    assert bool(Settings(retention_days=days).warnings) is warned


def test_reading_what_was_said_about_a_score_is_a_visit_too(world: World) -> None:
    headers = bearer(platform_token(COACH.user_id))
    asked = client(world)
    assert asked.get(f"{PREFIX}/interviews/101/reviews", headers=headers).status_code == 200
    assert asked.get(f"{PREFIX}/reviews", headers=headers).status_code == 200
    with reading(world.database.engine) as db:
        found = db.execute(sa.select(visits.c.viewer, visits.c.user_id, visits.c.what)).all()
    assert [tuple(row) for row in found] == [(COACH.email, THEM.user_id, "API")]
