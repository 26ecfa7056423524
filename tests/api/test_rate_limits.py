"""Tokens can be guessed only so often, and hostile requests are refused without harm."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from analytics.api.rate_limits import REFUSALS, TokenRefusalLimit
from tests.support.api_client import bearer, client, platform_token
from tests.support.databases import Database
from tests.support.world import PEOPLE, populate

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
PATH = "/api/v1/interviews/analytics/skills/averages"


def limited_api(database: Database) -> TestClient:
    return TestClient(TokenRefusalLimit(client(populate(database)).app), headers={"host": "localhost"})


def test_guessing_tokens_is_bounded(database: Database) -> None:
    api = limited_api(database)
    right = platform_token(PEOPLE["interviewee"].user_id)
    for _ in range(REFUSALS.amount):
        assert api.get(PATH, headers=bearer("guess")).status_code == 401
    refused = api.get(PATH, headers=bearer("another guess"))
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert refused.json()["detail"] == "Too many refused tokens from your address. Wait a moment."
    # Whoever has a valid token is not locked out by who else guesses behind the same address.
    assert api.get(PATH, headers=bearer(right)).status_code == 200
    assert api.get("/api/v1/openapi.json").status_code == 200


def test_who_is_let_in_is_never_counted(database: Database) -> None:
    api = limited_api(database)
    right = bearer(platform_token(PEOPLE["interviewee"].user_id))
    assert {api.get(PATH, headers=right).status_code for _ in range(REFUSALS.amount + 5)} == {200}


@pytest.mark.parametrize(
    "search", ["' OR 1=1 --", "%' UNION SELECT hashed_password FROM users --", "\x00", "\\", "%", "_" * 100, "\ud800"]
)
def test_what_is_searched_for_is_never_a_statement(database: Database, search: str) -> None:
    api = client(populate(database))
    headers = bearer(platform_token(PEOPLE["coach"].user_id))
    found = api.get("/api/v1/candidates", headers=headers, params={"search": search.encode("utf-8", "replace")})
    assert found.status_code in {200, 422}
    assert "saffron" not in found.text.lower()
    assert "hashed" not in found.text


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "%2e%2e%2f", "1;drop table users", "1%00", "9" * 400, "-1", "1e3"]
)
def test_a_path_is_an_id_or_nothing(database: Database, path: str) -> None:
    api = client(populate(database))
    headers = bearer(platform_token(PEOPLE["interviewee"].user_id))
    assert api.get(f"/api/v1/interviews/{path}/skills", headers=headers).status_code in {404, 422}
