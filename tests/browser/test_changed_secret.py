"""The secret shared with the sign-in provider is changed as docs/operating.md says, with somebody signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support import dashboard
from tests.support.chromium import settled
from tests.support.databases import Databases
from tests.support.identity_provider import Provider, running_provider, sign_in
from tests.support.ports import free_port
from tests.support.secrets import CLIENT_SECRET
from tests.support.world import PEOPLE, populate

NEXT = f"{CLIENT_SECRET}, the next one"
COACH = PEOPLE["coach"]
ASKED = "Sign in to see how interview skills develop."


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider(strict=True) as running:
        running.takes(CLIENT_SECRET)
        running.knows(COACH.key, email=COACH.email, email_verified=True)
        yield running


@pytest.fixture
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    made = [browser.new_context(locale="en-GB", timezone_id="UTC") for _ in range(3)]
    for context in made:
        # The provider's own pages ask for a style sheet from afar.
        context.route("https://**", lambda route: route.abort())
    yield made
    for context in made:
        context.close()


def attempt(context: BrowserContext, url: str) -> Page:
    """Open the program and sign in."""
    page = context.new_page()
    page.goto(url)
    settled(page)
    sign_in(page, COACH.key)
    page.wait_for_url(f"{url}/**")
    return settled(page)


def is_in(page: Page) -> None:
    expect(page.get_by_role("button", name=f"Coach {COACH.word.capitalize()}", exact=True)).to_be_visible()
    expect(page.get_by_text(ASKED)).to_have_count(0)


def test_with_two_secrets_for_a_moment_nobody_notices_and_the_first_opens_nothing_afterwards(
    tmp_path: Path, sqlite_databases: Databases, provider: Provider, contexts: list[BrowserContext]
) -> None:
    port = free_port()
    url, command = f"http://localhost:{port}", dashboard.build_command(port)
    with sqlite_databases.fresh() as database:
        populate(database)
        provider.write_secrets(tmp_path, url)
        with dashboard.launched(command, tmp_path, port, DATABASE_URL=database.url):
            page = attempt(contexts[0], url)
            is_in(page)
            # In the wrong order, the secret is really asked for.
            provider.takes(NEXT)
            refused = attempt(contexts[1], url)
            expect(refused.get_by_text(ASKED)).to_be_visible()
            provider.takes(CLIENT_SECRET, NEXT)
        provider.write_secrets(tmp_path, url, NEXT)
        with dashboard.launched(command, tmp_path, port, DATABASE_URL=database.url):
            provider.takes(NEXT)
            page.goto(f"{url}/interview?interview=101")
            is_in(settled(page))
            is_in(attempt(contexts[2], url))
