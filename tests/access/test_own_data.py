"""One's own data: who looked, the deletion one asks for, and a notice that is true."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access.deletion import ask_deletion, cancel_deletion, delete_due, due_at
from analytics.access.personal_data import export_person
from analytics.access.viewer import NotAllowedError
from analytics.access.visits import note_visit, visits_to
from analytics.api import PREFIX
from analytics.breakdown.model_settings import ModelSettings
from analytics.columns import now
from analytics.database.schema import audit, skill_scores
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import visits
from analytics.settings import Settings
from analytics.views.notice import notice
from tests.support.api_client import bearer, client, platform_token
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
