"""Odd requests: answered by what they are, and nothing is taken for what it is not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from analytics.api import PREFIX
from analytics.server.request_limits import LARGEST_BODY, LARGEST_FILE_BODY
from analytics.server.security_headers import SecurityHeaders
from analytics.settings import Settings
from tests.support.api_client import SETTINGS, bearer, client, platform_token
from tests.support.world import PEOPLE, SECRET, World

COACH = bearer(platform_token(PEOPLE["coach"].user_id))
COACHING = f"{PREFIX}/interviews/analytics/coaching"
# What does not depend on the database is asked of one.
one_database = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@one_database
def test_a_head_is_answered_as_a_get_without_its_body(people: World) -> None:
    asked = client(people)
    path = f"{PREFIX}/interviews/101/skills"
    got, head = asked.get(path, headers=COACH), asked.head(path, headers=COACH)
    assert (head.status_code, head.content) == (200, b"")
    same = ("etag", "content-length", "content-type", "cache-control")
    assert [head.headers[name] for name in same] == [got.headers[name] for name in same]
    assert got.content
    assert asked.head(path, headers=COACH | {"If-None-Match": got.headers["etag"]}).status_code == 304
    missing = asked.head(f"{PREFIX}/interviews/201/skills", headers=COACH)
    assert (missing.status_code, missing.content) == (404, b"")
    report = asked.head(f"{PREFIX}/interviews/analytics/report?user_id=11", headers=COACH)
    assert (report.status_code, report.content) == (200, b"")
    refused = asked.head(f"{PREFIX}/interviews/101/skills/regenerate", headers=COACH)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert asked.delete(path, headers=COACH).headers["allow"] == "GET, HEAD"


@one_database
@pytest.mark.parametrize("level", [True, "4", 4.5])
def test_what_is_no_whole_number_is_no_level(people: World, level: Any) -> None:
    asked = client(people)
    verdict = {"skill": "technical", "level": level, "reason": "Named the limits"}
    refused = asked.post(f"{PREFIX}/interviews/101/verdicts", headers=COACH, json=verdict)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["where"] == "body.level"
    read = asked.get(f"{PREFIX}/interviews/101/verdicts", headers=COACH).json()
    assert read["verdicts"]["technical"]["history"] == []


@one_database
def test_what_is_no_number_is_no_goal(people: World) -> None:
    asked = client(people)
    for target, status in ((True, 422), ("0.8", 422), (0.8, 201)):
        goal = {"skill": "technical", "target": target}
        assert asked.post(f"{COACHING}/goals?user_id=11", headers=COACH, json=goal).status_code == status
    assert asked.get(f"{COACHING}?user_id=11", headers=COACH).json()["goals"][0]["target"] == 0.8


@one_database
@pytest.mark.parametrize("places", [{"message": 1, "line": 1}, {"submission": 2}, {"submission": 1, "message": 1}])
def test_no_place_of_a_note_is_passed_over(people: World, places: dict[str, int]) -> None:
    asked = client(people)
    note = {"text": "Look here", "interview_id": 101} | places
    assert asked.post(f"{COACHING}/notes?user_id=11", headers=COACH, json=note).status_code == 422
    assert asked.get(f"{COACHING}?user_id=11", headers=COACH).json()["notes"] == []


@one_database
@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(("path", "largest"), [("/reports", LARGEST_BODY), ("/interviews", LARGEST_FILE_BODY)])
def test_a_body_that_is_too_large_is_a_problem(people: World, path: str, largest: int, declared: bool) -> None:
    inner = client(people)
    asked = TestClient(SecurityHeaders(inner.app, policy="default-src 'none'"), raise_server_exceptions=False)

    def pieces() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        yield from itertools.repeat(b"[" * 1_000_000, largest // 1_000_000 + 1)

    body: Any = b"".join(pieces()) if declared else pieces()
    headers = COACH | {"host": "localhost", "content-type": "multipart/form-data; boundary=x"}
    if path == "/reports":
        headers["content-type"] = "application/json"
    refused = asked.post(f"{PREFIX}{path}", headers=headers, content=body)
    assert (refused.status_code, refused.headers["content-type"]) == (413, "application/problem+json"), refused.text
    assert refused.json()["detail"] == "The request is too large."
    elsewhere = asked.post("/elsewhere", headers=headers | {"content-length": str(largest * 30)}, content=b"x")
    assert elsewhere.headers["content-type"].startswith("text/plain")


@one_database
def test_other_hosts_pages_can_read_that_scores_are_missing(people: World) -> None:
    origin = "https://interviewlab.example"
    asked = client(people, Settings(platform_jwt_secret=SECRET, cors_origins=(origin,)))
    answer = asked.get(f"{PREFIX}/candidates", headers=COACH | {"Origin": origin})
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert {"X-Skill-Scores", "ETag", "WWW-Authenticate"} <= set(exposed)
    assert "access-control-expose-headers" not in client(people, SETTINGS).get(f"{PREFIX}/candidates").headers
