"""From the version before the newest tables to this one, copy by copy, with jobs open and a browser on the page."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from analytics.breakdown.jobs.job import JobState
from analytics.database.schema import breakdown_versions
from analytics.setup.install import list_missing, set_up
from tests.support import nginx
from tests.support.api_client import bearer, platform_token
from tests.support.chromium import settled, wait_for_lines
from tests.support.dashboard import ROOT, Dashboard, build_command, launched
from tests.support.databases import Databases
from tests.support.jobs import ended, give_conversations, job
from tests.support.model_server import ModelServer
from tests.support.ports import free_port
from tests.support.secrets import API_KEY
from tests.support.serving import status
from tests.support.waiting import wait_until
from tests.support.websocket import COOKIE_SECRET, claims_of, sign_in_cookie
from tests.support.world import ISSUER, PEOPLE, SECRET, populate

MIGRATIONS = "analytics/database/migrations/versions"
PRESSED = (101, 102, 103, 201, 301)
# The dashboard tries again after a growing pause.
FOUND_AGAIN = 60_000
CALL_SECONDS = 0.3


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """The program as it was before the newest migration."""
    folder = tmp_path / "former"
    folder.mkdir()
    newest = _git("log", "-1", "--format=%H", "--diff-filter=A", "--", MIGRATIONS).decode().strip()
    if not newest or not _git("rev-parse", "--verify", "--quiet", f"{newest}^"):
        pytest.skip("There is no history of the program here.")
    subprocess.run(["tar", "-x", "-C", folder], input=_git("archive", f"{newest}^"), check=True)
    return folder


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False).stdout


class Asking(threading.Thread):
    """A program that asks the API again and again; counts how it was answered."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.over, self.answers = url, threading.Event(), Counter[int]()

    def run(self) -> None:
        token = platform_token(PEOPLE["admin"].user_id)
        while not self.over.wait(0.05):
            asked = urllib.request.Request(f"{self.url}/api/v1/interviews/101/skills", headers=bearer(token))
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:
                    answer.read()
                    self.answers[answer.status] += 1
            except urllib.error.HTTPError as error:
                self.answers[error.code] += 1
            except OSError:
                self.answers[0] += 1


@contextmanager
def copy(folder: Path, root: Path, port: int, **settings: str) -> Iterator[Dashboard]:
    command = build_command(port)
    with launched(command, folder, port, root=root, **settings) as running:
        wait_until(lambda: status(f"{running.url}/readyz") == 200, "a copy that is ready", 120)
        yield running


class Slowly:
    """A model that answers nobody before it is let go, and then takes its time."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        self.go_on.wait(300)
        return {"hang": CALL_SECONDS}


def press(url: str, interview_id: int) -> str:
    headers = bearer(platform_token(PEOPLE["admin"].user_id))
    address = f"{url}/api/v1/interviews/{interview_id}/skills/regenerate"
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers, method="POST"), timeout=30) as answer:
        return str(json.load(answer)["id"])


def home_of(folder: Path, url: str) -> Path:
    """A home with the secrets of a program that is reached at an address."""
    secrets = folder / "home" / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True)
    secrets.write_text(
        f'[auth]\nredirect_uri = "{url}/oauth2callback"\ncookie_secret = "{COOKIE_SECRET}"\nclient_id = "dashboard"\n'
        f'client_secret = "none"\nserver_metadata_url = "{ISSUER}/.well-known/openid-configuration"\n'
    )
    return folder / "home"


def visited(browser: Browser, url: str) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    cookie = sign_in_cookie(url, claims_of(PEOPLE["admin"].key, ISSUER))
    context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/candidate?candidate=11&period=All&skills=Technical")
    expect(settled(page).get_by_text("Interviewee Marzipan").first).to_be_visible()
    return page


def change_over(page: Page, old: Dashboard) -> None:
    """Stop the copy that serves a page, and use the page with the other one."""
    stopping = threading.Thread(target=old.stop)
    stopping.start()
    page.locator("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])").wait_for()
    stopping.join()
    page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for(timeout=FOUND_AGAIN)
    wait_for_lines(settled(page), "Technical")
    page.get_by_test_id("stButtonGroup").get_by_text("Communication", exact=True).click()
    page.wait_for_url("**Communication**")
    wait_for_lines(page, "Communication", "Technical")


def test_nothing_is_lost_and_nothing_made_twice(
    postgresql_databases: Databases, former: Path, browser: Browser, tmp_path: Path
) -> None:
    program = nginx.executable()
    if program is None:
        pytest.skip(nginx.MISSING)
    first, second, proxy = free_port(), free_port(), free_port()
    url, web = f"http://localhost:{proxy}", tmp_path / "nginx"
    home, slowly = home_of(tmp_path, url), Slowly()
    web.mkdir()
    with (
        postgresql_databases.fresh(ours=False) as database,
        ModelServer(rule=slowly) as model,
        nginx.running(program, web, nginx.site(proxy, [first, second])),
    ):
        settings = {
            "DATABASE_URL": database.url, "PLATFORM_JWT_SECRET": SECRET, "MODEL_SAMPLES": "1", "MODEL_TIMEOUT": "600",
            "OPENAI_API_KEY": API_KEY, "OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "double",
        }  # fmt: skip
        begun = [sys.executable, "-m", "analytics", "setup"]
        subprocess.run(begun, cwd=former, env={"DATABASE_URL": database.url, "HOME": str(home)}, check=True)
        assert list_missing(database.engine) != []
        populate(database)
        give_conversations(database)
        with copy(home, former, first, **settings) as old:
            asking = Asking(url)
            asking.start()
            page = visited(browser, url)
            jobs = [press(url, interview_id) for interview_id in PRESSED]
            wait_until(lambda: any(job(database, one).state == JobState.RUNNING for one in jobs), "a job under way", 60)
            set_up(database.engine)
            with copy(home, ROOT, second, **settings):
                assert list_missing(database.engine) == []
                assert any(job(database, one).is_open for one in jobs)
                slowly.go_on.set()
                change_over(page, old)
                wait_until(lambda: not any(job(database, one).is_open for one in jobs), "the end of all jobs", 120)
                asking.over.set()
                asking.join()
                page.context.close()
        assert [ended(database, one).state for one in jobs] == [JobState.FINISHED] * len(PRESSED)
        made = sa.select(breakdown_versions.c.interview_id, sa.func.count()).group_by(breakdown_versions.c.interview_id)
        with database.engine.connect() as connection:
            # The platform's own, and one for each press.
            assert dict(connection.execute(made).all()) == dict.fromkeys(PRESSED, 2)
    assert set(asking.answers) == {200}
    assert asking.answers[200] > 20
