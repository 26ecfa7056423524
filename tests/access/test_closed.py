"""Closed by default: a real database shows nothing without sign-in, and only the demo opens without it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analytics.access.viewer import Role
from analytics.settings import Settings, SettingsError
from tests.support import dashboard
from tests.support.databases import Databases
from tests.support.identity_provider import Provider
from tests.support.ports import free_port
from tests.support.serving import status
from tests.support.websocket import claims_of, sign_in_cookie, visiting
from tests.support.world import ISSUER, PEOPLE, SECRET, populate, words_of_others


def test_a_real_database_without_sign_in_shows_how_to_configure_it_and_no_data(
    tmp_path: Path, sqlite_databases: Databases
) -> None:
    with sqlite_databases.fresh() as database:
        populate(database)
        with dashboard.serve(tmp_path, DATABASE_URL=database.url, ADMIN_EMAILS=PEOPLE["admin"].email) as running:
            cookie = sign_in_cookie(running.url, claims_of("admin", ISSUER))
            addresses = (("", ""), ("interview", "interview=101"), ("people", ""), ("", "view_as=Admin"))
            for visitor_cookie in (None, cookie):
                for page, query in addresses:
                    with visiting(running.url, visitor_cookie) as visitor:
                        run = visitor.run(page=page, query=query)
                    assert "This dashboard is closed" in run.text
                    assert "secrets.example.toml" in run.text
                    assert run.pages == {}
                    assert [word for word in words_of_others() if word in run.text.lower()] == []
            assert status(f"{running.url}/media/{'a' * 56}.csv", cookie) == 403
            assert status(f"{running.url}/api/v1/candidates", None) == 401


@pytest.mark.heavy
def test_the_demo_shows_each_role_through_the_same_access_code(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "data")
    with dashboard.serve(tmp_path) as running:
        shown = {}
        for role in ("Admin", "Coach", "Interviewee"):
            with visiting(running.url) as visitor:
                shown[role] = visitor.run(query=f"view_as={role}")
                assert "encountered an error" not in shown[role].text
                assert "Demo data" in shown[role].text
        assert "People" in shown["Admin"].pages
        assert "People" not in shown["Coach"].pages
        assert "Candidates" in shown["Coach"].pages
        assert "Candidates" not in shown["Interviewee"].pages
        assert "Your skills" in shown["Interviewee"].pages
        # The coach sees every second person; the interviewee, who is the first, not the second.
        for role, seen in (("Admin", [True, True]), ("Coach", [True, False]), ("Interviewee", [True, False])):
            with visiting(running.url) as visitor:
                runs = [visitor.run(page="candidate", query=f"view_as={role}&candidate={who}") for who in (1, 2)]
            assert ["This candidate does not exist" not in run.text for run in runs] == seen
        # Without configuration the API stays closed, in the demo too.
        assert status(f"{running.url}/api/v1/candidates", None) == 401


@pytest.mark.heavy
def test_a_demo_with_sign_in_configured_asks_for_it(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "data")
    port = free_port()
    url = f"http://localhost:{port}"
    Provider(ISSUER).write_secrets(tmp_path, url)
    command = dashboard.build_command(port)
    with (
        dashboard.launched(command, tmp_path, port, DATA_DIR=str(tmp_path / "data")),
        visiting(url) as visitor,
    ):
        run = visitor.run(query="view_as=Admin")
    assert "Sign in to see how interview skills develop." in run.text
    assert run.pages == {}


def test_the_settings_of_access_are_read() -> None:
    read = Settings.from_environment(
        {
            "ADMIN_EMAILS": " Boss@Example.org, second@example.org ,",
            "SESSION_HOURS": "0.5",
            "INTERVIEWEES_SEE_COHORT": "Yes",
            "PLATFORM_JWT_SECRET": SECRET,
            "OIDC_ISSUER": "https://a.example",
            "OIDC_AUDIENCE": "b",
            "OIDC_JWKS_URL": "http://localhost:1/jwks",
            "CORS_ORIGINS": "https://c.example",
        }
    )
    assert read.admin_emails == {"boss@example.org", "second@example.org"}
    assert (read.session_hours, read.interviewees_see_cohort, read.cors_origins) == (0.5, True, ("https://c.example",))
    assert (read.oidc_issuer, read.oidc_audience, read.oidc_jwks_url) == (
        "https://a.example",
        "b",
        "http://localhost:1/jwks",
    )
    assert SECRET not in repr(read)
    usual = Settings.from_environment({})
    assert (usual.session_hours, usual.admin_emails, usual.platform_jwt_secret) == (8, frozenset(), None)
    assert not usual.interviewees_see_cohort


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADMIN_EMAILS", "boss"),
        ("ADMIN_EMAILS", "a@b c@d"),
        ("SESSION_HOURS", "0"),
        ("SESSION_HOURS", "721"),
        ("SESSION_HOURS", "nan"),
        ("SESSION_HOURS", "eight"),
        ("INTERVIEWEES_SEE_COHORT", "perhaps"),
        ("PLATFORM_JWT_SECRET", "short-and-secret"),
        ("OIDC_ISSUER", "https://a.example"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://a.example/path"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({name: value})
    said = str(refused.value)
    assert name in said
    assert said.count(".\n") == 0
    assert "secret" not in value or value not in said


@pytest.mark.parametrize("address", ["http://a.example/jwks", "ftp://a.example", "jwks"])
def test_keys_come_over_https_only(address: str) -> None:
    with pytest.raises(SettingsError, match="https"):
        Settings.from_environment({"OIDC_ISSUER": "a", "OIDC_AUDIENCE": "b", "OIDC_JWKS_URL": address})


def test_roles_are_the_documented_ones() -> None:
    document = (dashboard.ROOT / "docs" / "access.md").read_text()
    assert [f"| {role} |" in document for role in Role] == [True] * len(Role)
