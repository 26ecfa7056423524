"""Who gave each score, over the API and on the page of the interview."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from analytics.access.viewer import TRUSTED
from analytics.api import PREFIX
from analytics.breakdown.versions import review
from analytics.skills import SKILL_KEYS
from tests.support.api_client import bearer, client, platform_token
from tests.support.breakdowns import scored_by
from tests.support.databases import Database
from tests.support.versions import INTERVIEW, platform_writes_to, save
from tests.support.world import PEOPLE, World

ME = bearer(platform_token(PEOPLE["interviewee"].user_id))


@pytest.fixture
def api(world: World) -> TestClient:
    return client(world)


def got(api: TestClient, path: str) -> Any:
    answer = api.get(PREFIX + path, headers=ME)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_averages_name_the_judge_on_whose_scale_they_are_told(api: TestClient, database: Database) -> None:
    save(database, scored_by("one", technical=0.9))
    for later in (102, 103):
        platform_writes_to(database, later, None)
    told = got(api, "/interviews/analytics/skills/averages")
    model = next(judge["key"] for judge in got(api, "/judges")["judges"] if judge["model"] == "one")
    assert (told["technical"], told["communication"]) == (0.9, 0.5)
    assert told["judges"] == dict.fromkeys(SKILL_KEYS, "platform") | {"technical": model}
    # Whoever scored last tells of nobody without a score.
    platform_writes_to(database, INTERVIEW, None)
    assert got(api, "/interviews/analytics/skills/averages")["judges"]["communication"] is None


def test_every_score_comes_with_its_judge(api: TestClient, database: Database) -> None:
    save(database, scored_by("one", **dict.fromkeys(SKILL_KEYS, 0.5)))
    save(database, scored_by("another", communication=0.75))
    known = {judge["key"]: judge for judge in got(api, "/judges")["judges"]}
    models = {judge["model"]: key for key, judge in known.items()}
    assert known["platform"]["name"] == "InterviewLab"
    assert len(known) == 3
    assert models.keys() == {"", "one", "another"}
    assert known[models["one"]]["name"].startswith("one at ")
    # The failed skills kept their scores, and with them who gave these.
    expected = {key: models["another" if key == "communication" else "one"] for key in SKILL_KEYS}
    progression = got(api, "/interviews/analytics/skills/progression")
    points = {key: next(one for one in progression[key] if one["interview_id"] == INTERVIEW) for key in SKILL_KEYS}
    assert {key: point["judge"] for key, point in points.items()} == expected
    assert all(point["judged_at"] for point in points.values())
    others = [one for key in SKILL_KEYS for one in progression[key] if one["interview_id"] != INTERVIEW]
    assert {(one["judge"], one["judged_at"]) for one in others} == {("platform", None)}
    compared = got(api, f"/interviews/analytics/skills/compare?interview_ids={INTERVIEW},{INTERVIEW + 1}")
    assert {key: compared["judge"][key][str(INTERVIEW)] for key in SKILL_KEYS} == expected
    assert compared["judged_at"]["technical"][str(INTERVIEW)] == points["technical"]["judged_at"]
    assert compared["judge"]["technical"][str(INTERVIEW + 1)] == "platform"
    shown = got(api, f"/interviews/{INTERVIEW}/skills")["skill_breakdown"]
    version = got(api, f"/interviews/{INTERVIEW}/skills/versions/3")["skill_breakdown"]
    for told in (shown, version):
        assert {key: told[key]["judge"] for key in SKILL_KEYS} == expected
        assert {key: told[key]["judged_at"] for key in SKILL_KEYS} == {
            key: point["judged_at"] for key, point in points.items()
        }


def test_a_restored_version_and_an_unscored_skill_name_nobody_wrong(api: TestClient, database: Database) -> None:
    save(database, scored_by("one", technical=0.5, communication=0.5))
    review.restore(TRUSTED, database.engine, INTERVIEW, 1, write_back=True)
    for path in (f"/interviews/{INTERVIEW}/skills", f"/interviews/{INTERVIEW}/skills/versions/3"):
        told = got(api, path)["skill_breakdown"]
        for skill in told.values():
            wanted = (None if skill["score"] is None else "platform", None)
            assert (skill["judge"], skill["judged_at"]) == wanted
