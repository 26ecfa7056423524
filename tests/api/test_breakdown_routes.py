"""Versions and jobs by the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from analytics.api.rate_limits import PRESSES
from analytics.breakdown.jobs import store
from analytics.breakdown.versions import review
from analytics.breakdown.versions import save as versions_save
from analytics.database.schema import breakdown_jobs, breakdown_versions
from analytics.interviewlab.tables import interviews
from tests.support import dashboard
from tests.support.api_client import Taking, bearer, client, platform_token
from tests.support.breakdowns import generated, offline
from tests.support.databases import Databases
from tests.support.jobs import CALLS, SAMPLES, give_conversations
from tests.support.model_server import ModelServer
from tests.support.ports import free_port
from tests.support.waiting import wait_until
from tests.support.world import PEOPLE, SECRET, World, populate

API = "/api/v1"
VERSIONS = f"{API}/interviews/101/skills/versions"
REGENERATE = f"{API}/interviews/101/skills/regenerate"
one_database = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ADMIN, COACH, ME = (bearer(platform_token(PEOPLE[who].user_id)) for who in ("admin", "coach", "interviewee"))


@pytest.fixture
def world(people: World) -> World:
    return people


def save(world: World, feedback: Any, number: int) -> None:
    versions_save.save(
        world.database.engine, 101, feedback, version_id=f"made-{number}", by=PEOPLE["coach"].email, write_back=True
    )


def test_the_real_program_makes_one_breakdown_of_two_presses(tmp_path: Path, sqlite_databases: Databases) -> None:
    port = free_port()
    command = dashboard.build_command(port)
    with ModelServer() as server, sqlite_databases.fresh() as database:
        populate(database)
        give_conversations(database)
        settings = {
            "DATABASE_URL": database.url,
            "PLATFORM_JWT_SECRET": SECRET,
            "OPENAI_BASE_URL": server.url,
            "OPENAI_MODEL": "double",
            "MODEL_SAMPLES": str(SAMPLES),
        }
        server.tell([{"hang": 1}] * 4)
        with (
            dashboard.launched(command, tmp_path, port, **settings) as running,
            httpx2.Client(base_url=running.url, headers=COACH) as asked,
        ):
            wait_until(lambda: asked.get("/readyz").status_code == 200, "the jobs")
            pressed = asked.post(REGENERATE)
            assert pressed.status_code == 202, pressed.text
            job = pressed.json()
            assert pressed.headers["location"] == f"{API}/jobs/{job['id']}"
            again = asked.post(REGENERATE, headers=ADMIN)
            assert (again.status_code, again.json()["id"]) == (202, job["id"])
            place = pressed.headers["location"]
            wait_until(lambda: asked.get(place).json()["finished_at"] is not None, "the end of the job")
            done = asked.get(place).json()
            assert (done["state"], done["version"], done["pressed_by"]) == ("finished", 2, "coach@example.org")
            assert done["progress"]["done"] == CALLS == len(server.requests)
            listed = asked.get(VERSIONS).json()
            newest = asked.get(f"{VERSIONS}/2").json()
            skills = asked.get(f"{API}/interviews/101/skills").json()["skill_breakdown"]
    assert [(held["number"], held["source"], held["shown"]) for held in listed["versions"]] == [
        (2, "model", True),
        (1, "platform", False),
    ]
    assert listed["versions"][0]["provenance"]["usage"]["calls"] == CALLS
    for key, skill in newest["skill_breakdown"].items():
        assert skill["score"] == skills[key]["score"]
        assert skill["strengths"][0]["quotes"][0]["text"]


def test_versions_are_listed_with_where_they_come_from(world: World) -> None:
    api = client(world)
    empty = api.get(VERSIONS, headers=ME)
    assert empty.json() == {"interview_id": 101, "interview_title": "Round 1 marzipan", "versions": []}
    save(world, generated(), 2)
    save(world, offline(), 3)
    draft = api.get(VERSIONS, headers=COACH).json()["versions"][0]
    assert (draft["number"], draft["shown"], draft["provenance"]["flags"][-1]) == (3, False, "draft:no_scores")
    review.accept(world.viewer("coach"), world.database.engine, 101, 3, write_back=False)
    review.approve(world.viewer("coach"), world.database.engine, 101, 3)
    answer = api.get(VERSIONS, headers=COACH)
    found = answer.json()["versions"]
    assert [(held["number"], held["source"], held["shown"], held["approved"]) for held in found] == [
        (3, "offline", True, True),
        (2, "model", False, False),
        (1, "platform", False, False),
    ]
    assert {held["created_by"] for held in found} == {"coach@example.org", "InterviewLab"}
    assert found[1]["provenance"]["model"] == "double"
    assert len(found[1]["provenance"]["transcript_hash"]) == 64
    assert api.get(VERSIONS, headers=COACH | {"If-None-Match": answer.headers["etag"]}).status_code == 304
    # Who had it made is not for the interviewee.
    assert "coach@example.org" not in api.get(VERSIONS, headers=ME).text
    full = api.get(f"{VERSIONS}/2", headers=ME).json()
    assert full["created_by"] is None
    assert full["skill_breakdown"]["technical"]["low"] <= full["skill_breakdown"]["technical"]["score"]
    platform = api.get(f"{VERSIONS}/1", headers=ME).json()["skill_breakdown"]["technical"]
    assert (platform["score"], platform["strengths"][0]) == (
        0.5,
        {
            "text": "strengths about marzipan",
            "notice": "",
            "question": "",
            "asked": "",
            "support": "",
            "quotes": [],
        },
    )
    for number in ("4", "0", "x"):
        assert api.get(f"{VERSIONS}/{number}", headers=COACH).status_code == (404 if number == "4" else 422)


@one_database
def test_a_version_of_another_form_is_listed_without_a_breakdown(world: World) -> None:
    save(world, offline(), 2)
    with world.database.engine.begin() as connection:
        changed = sa.update(breakdown_versions).where(breakdown_versions.c.number == 2)
        connection.execute(changed.values(breakdown='{"format": 99}'))
    api = client(world)
    assert len(api.get(VERSIONS, headers=COACH).json()["versions"]) == 2
    answer = api.get(f"{VERSIONS}/2", headers=COACH)
    assert (answer.status_code, answer.json()["skill_breakdown"]) == (200, None)


def test_a_job_is_told_and_cancelled(world: World) -> None:
    api = client(world)
    job = store.request(world.viewer("coach"), world.database.engine, 101).id
    told = api.get(f"{API}/jobs/{job}", headers=COACH).json()
    assert (told["state"], told["pressed_by"], told["version"]) == ("waiting", "coach@example.org", None)
    assert api.get(f"{API}/jobs/{job}", headers=ME).json()["pressed_by"] is None
    assert api.post(f"{API}/jobs/{job}/cancel", headers=ME).status_code == 403
    assert api.get(f"{API}/jobs/{job}", headers=COACH).json() == told
    cancelled = api.post(f"{API}/jobs/{job}/cancel", headers=COACH)
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    # A job that came after it is not meant.
    later = store.request(world.viewer("coach"), world.database.engine, 101).id
    assert api.post(f"{API}/jobs/{job}/cancel", headers=COACH).json() == cancelled.json()
    assert api.get(f"{API}/jobs/{later}", headers=COACH).json()["cancel_requested"] is False
    with world.database.engine.begin() as connection:
        running = sa.update(breakdown_jobs).where(breakdown_jobs.c.id == later)
        connection.execute(running.values(state="running", started_at=sa.func.current_timestamp()))
    asked = api.post(f"{API}/jobs/{later}/cancel", headers=COACH).json()
    assert (asked["state"], asked["cancel_requested"]) == ("running", True)
    for one in (job, later):
        assert "coach@example.org" not in api.get(f"{API}/jobs/{one}", headers=ME).text


@one_database
def test_what_cannot_be_made_is_a_problem(world: World) -> None:
    idle = client(world).post(REGENERATE, headers=COACH)
    assert (idle.status_code, idle.headers["content-type"]) == (503, "application/problem+json")
    assert (idle.headers["retry-after"], "location" in idle.headers) == ("5", False)
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 102).values(status="in_progress"))
    api = client(world, at_work=Taking(world.database.engine))
    refused = api.post(f"{API}/interviews/102/skills/regenerate", headers=COACH)
    assert (refused.status_code, "not completed" in refused.json()["detail"]) == (409, True)
    with world.database.engine.connect() as connection:
        assert connection.execute(sa.select(breakdown_jobs.c.id)).all() == []
    pressed = [api.post(REGENERATE, headers=COACH).status_code for _ in range(PRESSES.amount - 1)]
    assert set(pressed) == {202}
    # A new token of the same person has no presses of its own; somebody else's has.
    renewed = bearer(platform_token(PEOPLE["coach"].user_id, jti="renewed"))
    response = api.post(REGENERATE, headers=renewed)
    assert (response.status_code, response.headers["content-type"]) == (429, "application/problem+json")
    assert 1 <= int(response.headers["retry-after"]) <= 61
    assert api.post(REGENERATE, headers=ADMIN).status_code == 202
    assert api.get(VERSIONS, headers=COACH).status_code == 200
