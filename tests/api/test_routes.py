"""The API's shapes, errors, tags and settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from analytics import cohort
from analytics.access.private import set_private
from analytics.columns import now
from analytics.database.schema import added_interviews
from analytics.database.sessions import writing
from analytics.interviewlab.tables import interviews, users
from analytics.service import InterviewAnalytics
from analytics.settings import Settings
from analytics.skills import SKILL_KEYS
from tests.support.api_client import Provider, bearer, client, platform_token
from tests.support.databases import Database
from tests.support.world import PEOPLE, SECRET, World, feedback

API = "/api/v1"
# What does not depend on the database is asked of one.
one_database = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ADMIN, COACH, ME = (bearer(platform_token(PEOPLE[who].user_id)) for who in ("admin", "coach", "interviewee"))


@pytest.fixture
def api(world: World) -> TestClient:
    return client(world)


def got(api: TestClient, path: str, headers: dict[str, str] = ME) -> Any:
    answer = api.get(API + path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def dates(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, held in value.items():
            yield from [held] if name in {"date", "completed_at"} and held else dates(held)
    elif isinstance(value, list):
        for held in value:
            yield from dates(held)


def test_the_platforms_paths_have_the_platforms_shapes(api: TestClient, world: World) -> None:
    progression = got(api, "/interviews/analytics/skills/progression")
    assert list(progression) == list(SKILL_KEYS)
    assert progression["technical"][0] == {
        "interview_id": 101,
        "interview_title": "Round 1 marzipan",
        "date": "2025-03-02T10:30:00Z",
        "score": 0.5,
        "judge": "platform",
        "judged_at": None,
        "verdict": None,
    }
    assert [point["interview_id"] for point in progression["communication"]] == [101, 102, 103]
    averages = got(api, "/interviews/analytics/skills/averages")
    assert averages == dict.fromkeys(SKILL_KEYS, 0.6) | {"judges": dict.fromkeys(SKILL_KEYS, "platform")}
    comparison = got(api, "/interviews/analytics/skills/compare?interview_ids=102,101")
    assert comparison["comparison"] == {key: {"102": 0.6, "101": 0.5} for key in SKILL_KEYS}
    assert comparison["differences"] == {key: {"102": 0.0, "101": -0.1} for key in SKILL_KEYS}
    assert [held["id"] for held in comparison["interviews"]] == [102, 101]
    assert comparison["interviews"][0].keys() == {"id", "title", "completed_at"}
    skills = got(api, "/interviews/101/skills")
    assert skills.keys() == {"interview_id", "interview_title", "completed_at", "skill_breakdown"}
    assert skills["skill_breakdown"]["communication"] == {
        "score": 0.5,
        "judge": "platform",
        "judged_at": None,
        "state": "scored",
        "reason": None,
        "strengths": ["strengths about marzipan"],
        "weaknesses": ["weaknesses about marzipan"],
        "recommendations": ["recommendations about marzipan"],
    }
    insights = got(api, "/interviews/101/insights")
    assert (insights["duration_minutes"], insights["topics_covered"]) == (30.0, ["topic marzipan"])
    assert insights["conversation_quality"]["overall_score"] == 0.5
    user = got(api, "/interviews/analytics/user")
    assert (user["total_interviews"], user["completed_interviews"], user["in_progress_interviews"]) == (3, 3, 0)
    assert [point["score"] for point in user["improvement_trend"]] == [0.5, 0.6, 0.7]
    assert user["recent_interviews"][0] == {
        "id": 103,
        "title": "Round 3 marzipan",
        "status": "completed",
        "completed_at": "2025-03-30T10:30:00Z",
        "quality_score": 0.7,
        "judges": ["platform"],
    }
    for answer in (progression, comparison, skills, user):
        moments = list(dates(answer))
        assert moments
        assert all(datetime.fromisoformat(moment).tzinfo is not None for moment in moments)


def test_answers_are_the_services(api: TestClient, world: World) -> None:
    with sa.orm.Session(world.database.engine) as db:
        service = InterviewAnalytics(world.viewer("interviewee"))
        averages = service.get_judged_averages(PEOPLE["interviewee"].user_id, db)
        insights = service.get_interview_insights(102, db)
    assert got(api, "/interviews/analytics/skills/averages") == averages.averages | {"judges": averages.judges}
    told = got(api, "/interviews/102/insights")
    quality = told["conversation_quality"]
    assert {key: quality[f"{key}_score"] for key in SKILL_KEYS} == insights.scores


def test_what_is_no_score_is_null_with_its_state(api: TestClient, world: World) -> None:
    odd = feedback(0.5, "odd") | {"communication_score": 7, "code_quality_score": 0.0, "code_submissions_count": 0}
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 101).values(feedback=odd))
        connection.execute(sa.update(interviews).where(interviews.c.id == 102).values(feedback=None, status="pending"))
    skills = got(api, "/interviews/101/skills")["skill_breakdown"]
    assert (skills["communication"]["score"], skills["communication"]["state"]) == (None, "failed")
    assert (skills["code_quality"]["score"], skills["code_quality"]["state"]) == (None, "not_assessed")
    unscored = got(api, "/interviews/102/insights")["conversation_quality"]
    assert unscored["overall_score"] is None
    assert set(unscored["states"].values()) == {"pending"}
    progression = got(api, "/interviews/analytics/skills/progression")
    assert [point["interview_id"] for point in progression["communication"]] == [103]
    assert got(api, "/interviews/analytics/skills/compare?interview_ids=101,102")["comparison"]["communication"] == {
        "101": None,
        "102": None,
    }


@one_database
@pytest.mark.parametrize(
    "query", ["interview_ids=101,102", "interview_ids=101&interview_ids=102", "interview_ids=101, 102"]
)
def test_ids_come_together_or_one_by_one(api: TestClient, query: str) -> None:
    assert [held["id"] for held in got(api, f"/interviews/analytics/skills/compare?{query}")["interviews"]] == [
        101,
        102,
    ]


@one_database
@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/interviews/analytics/skills/compare", "query.interview_ids"),
        ("/interviews/analytics/skills/compare?interview_ids=", "query.interview_ids"),
        ("/interviews/analytics/skills/compare?interview_ids=1,x", "query.interview_ids"),
        ("/interviews/analytics/skills/compare?interview_ids=1,2147483648", "query.interview_ids"),
        (
            f"/interviews/analytics/skills/compare?interview_ids={','.join(map(str, range(1, 23)))}",
            "query.interview_ids",
        ),
        ("/interviews/0/skills", "path.interview_id"),
        ("/interviews/2147483648/insights", "path.interview_id"),
        ("/interviews/one/insights", "path.interview_id"),
        ("/interviews/analytics/user?user_id=-1", "query.user_id"),
    ],
)
def test_what_is_not_valid_is_said_where(api: TestClient, path: str, where: str) -> None:
    answer = api.get(API + path, headers=ME)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (problem["status"], problem["title"], problem["type"]) == (422, HTTPStatus(422).phrase, "about:blank")
    assert problem["errors"][0]["where"].startswith(where)


@one_database
def test_somebody_without_interviews_must_say_whose(api: TestClient) -> None:
    answer = api.get(f"{API}/interviews/analytics/user", headers=COACH)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "query.user_id")
    assert got(api, "/interviews/analytics/user?user_id=11", COACH)["total_interviews"] == 3


@one_database
def test_errors_have_one_shape_and_the_headers_of_the_standards(api: TestClient) -> None:
    nobody = api.get(f"{API}/candidates")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    wrong = api.get(f"{API}/candidates", headers=bearer("not.a.token"))
    assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert api.get(f"{API}/candidates", headers={"Authorization": "Basic dTpw"}).status_code == 401
    method = api.post(f"{API}/candidates", headers=ADMIN)
    assert (method.status_code, method.headers["allow"]) == (405, "GET, HEAD")
    answers = [nobody, wrong, method, api.get(f"{API}/candidates", headers=ME), api.get(f"{API}/nothing", headers=ME)]
    for answer in answers:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json().keys() == {"type", "title", "status", "detail"}
        assert answer.json()["status"] == answer.status_code
        assert SECRET not in answer.text


@one_database
@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/candidates", "/api/v1/candidates/", "/api/x/../y"]
)
def test_an_unknown_path_below_api_is_a_404_in_json(api: TestClient, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = api.request(method, path, headers=ADMIN)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_reads_carry_a_tag_and_a_known_one_is_304(api: TestClient, world: World) -> None:
    path = f"{API}/interviews/101/insights"
    first = api.get(path, headers=ME)
    tag = first.headers["etag"]
    assert (first.headers["cache-control"], first.headers["vary"]) == ("private, no-cache", "Authorization")
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = api.get(path, headers=ME | {"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert api.get(path, headers=ME | {"If-None-Match": '"other"'}).status_code == 200
    # Somebody else's tag opens nothing.
    other = bearer(platform_token(PEOPLE["other interviewee"].user_id))
    assert api.get(path, headers=other | {"If-None-Match": tag}).status_code == 404
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 101).values(title="changed"))
    changed = api.get(path, headers=ME | {"If-None-Match": tag})
    assert (changed.status_code, changed.headers["etag"] != tag) == (200, True)


def test_the_roster_is_paged_by_cursor_without_gaps_or_repeats(api: TestClient) -> None:
    everybody = got(api, "/candidates?sort=interviews&descending=true&size=100", ADMIN)
    assert everybody["total"] == len(PEOPLE)
    seen, cursor = [], ""
    while True:
        page = got(api, f"/candidates?sort=interviews&descending=true&size=2{cursor}", ADMIN)
        seen += [row["user_id"] for row in page["candidates"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [row["user_id"] for row in everybody["candidates"]]
    assert [row["user_id"] for row in got(api, "/candidates", COACH)["candidates"]] == [11]
    assert got(api, "/candidates?search=tarragon", COACH)["total"] == 0
    assert api.get(f"{API}/candidates?cursor=nonsense", headers=ADMIN).status_code == 422


def test_the_roster_is_brought_up_to_date_before_it_is_read(
    api: TestClient, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def listed() -> list[tuple[str, float]]:
        return [(row["name"], row["interviews"]) for row in got(api, "/candidates", COACH)["candidates"]]

    name = f"Interviewee {PEOPLE['interviewee'].word.capitalize()}"
    assert listed() == [(name, 3)]
    them = replace(world.viewer("interviewee"), adds_own=True)
    with writing(world.database.engine) as db:
        note = {"source": "x", "format": "x", "added_by": them.email, "added_at": now()}
        db.execute(sa.insert(added_interviews).values(interview_id=102, **note))
        set_private(them, db, 102, private=True)
    assert listed() == [(name, 2)]

    # A database that takes no changes is read as it stands, and the log says why.
    schema = "" if world.database.dialect == "sqlite" else "skill_analytics."
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {schema}candidate_scatter RENAME TO away")
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == them.user_id).values(full_name="Another"))
    assert listed() == [(name, 2)]
    assert [record.levelname for record in caplog.records if "not brought up to date" in record.message] == ["WARNING"]


def test_provider_tokens_open_what_the_person_may_see(world: World) -> None:
    provider = Provider()
    api = client(world, provider=provider)
    coach = provider.token("coach-1", email=PEOPLE["coach"].email, email_verified=True)
    assert got(api, "/interviews/101/insights", bearer(coach))["title"] == "Round 1 marzipan"
    assert api.get(f"{API}/interviews/201/insights", headers=bearer(coach)).status_code == 404
    # Known from then on by the provider's own name, without an e-mail.
    assert got(api, "/candidates", bearer(provider.token("coach-1")))["total"] == 1
    unverified = provider.token("admin-1", email=PEOPLE["admin"].email, email_verified=False)
    unknown = provider.token("nobody-1")
    assert [api.get(f"{API}/candidates", headers=bearer(token)).status_code for token in (unverified, unknown)] == [
        403,
        403,
    ]
    provider.status = 500
    away = client(world, provider=provider).get(f"{API}/candidates", headers=bearer(coach))
    assert (away.status_code, away.headers["retry-after"]) == (503, "30")


@one_database
def test_without_configuration_nobody_gets_in(world: World) -> None:
    closed = client(world, Settings())
    assert [closed.get(f"{API}/candidates", headers=headers).status_code for headers in ({}, ADMIN, ME)] == [401] * 3


@one_database
def test_a_database_that_is_away_is_a_503_without_its_password(world: World) -> None:
    from analytics.database.engine import create_engine_for
    from tests.support.ports import free_port

    away = create_engine_for(f"postgresql://somebody:sesame-secret@127.0.0.1:{free_port()}/x")
    answer = client(World(Database("", "", away, away))).get(f"{API}/candidates", headers=ADMIN)
    assert answer.status_code == 503
    assert "sesame" not in answer.text
    assert "cannot be reached" in answer.json()["detail"]


@one_database
def test_an_unexpected_error_says_nothing_of_its_cause(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("sesame-secret")

    monkeypatch.setattr("analytics.queries.interviews.interview", fail)
    answer = api.get(f"{API}/interviews/101/skills", headers=ME)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "sesame" not in answer.text


@one_database
def test_other_origins_read_only_where_that_is_configured(world: World) -> None:
    origin = "https://interviewlab.example"
    asking = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    closed = client(world)
    assert (
        "access-control-allow-origin" not in closed.get(f"{API}/candidates", headers=ADMIN | {"Origin": origin}).headers
    )
    assert "access-control-allow-origin" not in closed.options(f"{API}/candidates", headers=asking).headers
    opened = client(world, Settings(platform_jwt_secret=SECRET, cors_origins=(origin,)))
    allowed = opened.options(f"{API}/candidates", headers=asking)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, origin)
    answer = opened.get(f"{API}/candidates", headers=ADMIN | {"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    stranger = opened.get(f"{API}/candidates", headers=ADMIN | {"Origin": "https://attacker.example"})
    assert stranger.headers.get("access-control-allow-origin") != "https://attacker.example"
    assert "access-control-allow-credentials" not in answer.headers


@one_database
def test_the_documentation_comes_from_here_alone(api: TestClient) -> None:
    page = api.get(f"{API}/docs")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert "docs-assets/swagger-ui-bundle.js" in named
    assert not [address for address in named if "//" in address]
    assert "<script>" not in page.text
    assert [api.get(f"{API}/{address}").status_code for address in named] == [200] * len(named)
    document = api.get(f"{API}/openapi.json").json()
    assert document["servers"] == [{"url": API}]
    for path, methods in document["paths"].items():
        for method in methods.values():
            assert {"401", "403", "422", "429"} <= method["responses"].keys(), path
            assert {"200", "201", "202", "204"} & method["responses"].keys(), path
            assert method["security"], path


@one_database
def test_positions_among_others_are_for_those_who_may_see_them(
    api: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = dict.fromkeys(SKILL_KEYS, tuple(place / 200 for place in range(201)))
    learned = cohort.Cohort(cohort.usual().noise, crowd, dict.fromkeys(SKILL_KEYS, 500))
    monkeypatch.setattr(cohort, "load", lambda _db: learned)
    path = "/interviews/analytics/skills/trends?user_id=11"
    assert got(api, path, COACH)["technical"]["position"] is not None
    mine = got(api, path)["technical"]
    assert (mine["position"], mine["median"]) == (None, None)
    assert mine["average"] == 0.6
    allowed = Settings(platform_jwt_secret=SECRET, interviewees_see_cohort=True)
    assert got(client(world, allowed), path)["technical"]["position"] is not None


def test_no_parameter_hands_a_database_what_it_cannot_hold(api: TestClient) -> None:
    document = json.loads(Path(__file__).with_name("openapi.json").read_text())
    tried = set()
    for path, operations in document["paths"].items():
        where = re.sub(r"\{(\w+)\}", lambda found: {"interview_id": "101"}.get(found[1], "1"), path)
        for parameter in operations.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                answer = api.get(API + where, params={parameter["name"]: "a\0b"}, headers=ADMIN)
                assert answer.status_code < 500, (path, parameter["name"])
                tried.add(parameter["name"])
    assert {"kind", "judge", "search", "cursor", "user_id"} <= tried
