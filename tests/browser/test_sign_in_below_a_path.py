"""A closed installation below a path, behind nginx: signing in, its cookies and links to reports stay there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import dashboard, nginx
from tests.support.chromium import PATIENCE, settled, watch_runs
from tests.support.databases import Databases
from tests.support.identity_provider import running_provider, sign_in
from tests.support.ports import free_port
from tests.support.world import PEOPLE, populate

PATH = "/skills/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Databases) -> Iterator[str]:
    """The small world with sign-in; gives its address, which ends with a slash."""
    program = nginx.executable()
    if program is None:
        pytest.skip(nginx.MISSING)
    folder, web = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("nginx")
    port, proxy = free_port(), free_port()
    address = f"http://localhost:{proxy}{PATH}"
    command = [*dashboard.build_command(port), "--server.baseUrlPath", PATH.strip("/")]
    with sqlite_databases.fresh() as database, running_provider() as provider:
        populate(database)
        provider.write_secrets(folder, address.rstrip("/"))
        for person in PEOPLE.values():
            provider.knows(person.key, email=person.email, email_verified=True)
        with (
            dashboard.launched(command, folder, port, below=PATH.rstrip("/"), DATABASE_URL=database.url),
            nginx.running(program, web, nginx.site(proxy, [port], path=PATH)),
        ):
            yield address


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A browser without past; the style sheet that the provider's pages want from afar is not fetched."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(PATIENCE)
    context.route(lambda url: urlsplit(url).hostname != "localhost", lambda route: route.abort())
    yield watch_runs(context).new_page()
    context.close()


def test_signing_in_its_cookies_and_links_stay_below_the_path(site: str, visitor: Page) -> None:
    visitor.goto(f"{site}candidate?candidate=11")
    settled(visitor)
    expect(visitor.get_by_text("Sign in to see how interview skills develop.")).to_be_visible()
    sign_in(visitor, "coach")
    visitor.wait_for_url(f"{site}candidate?candidate=11")
    settled(visitor)
    expect(visitor.get_by_role("heading", name="Interviewee Marzipan", level=1)).to_be_visible()
    cookies = {str(cookie["name"]): str(cookie["path"]) for cookie in visitor.context.cookies(site)}
    assert {"_streamlit_user", "_streamlit_xsrf", "skill_analytics_way"} <= cookies.keys()
    # The provider's own is on the same host.
    assert {name for name, path in cookies.items() if path != PATH.rstrip("/")} <= {"session"}

    visitor.get_by_role("button", name="Report").click()
    visitor.get_by_role("button", name="Make link").click()
    link = visitor.get_by_test_id("stCode").inner_text().strip()
    assert re.fullmatch(rf"{re.escape(site)}shared/[\w-]{{43}}", link)
    answer = visitor.goto(link)
    assert answer is not None
    assert answer.status == 200
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Interviewee Marzipan")

    # A file larger than nginx takes unless told, sent with the cookie that guards forms.
    visitor.goto(f"{site}add")
    settled(visitor)
    said = f"Tom Reed: What was your hardest bug?\nPriya Shah: A lock that was held at night.{' ' * 2_000_000}\n"
    with visitor.expect_response(lambda answer: "/upload_file/" in answer.url) as sent:
        visitor.locator("input[type=file]").set_input_files(
            [{"name": "talk.txt", "mimeType": "text/plain", "buffer": said.encode()}]
        )
    assert sent.value.ok
    assert sent.value.url.startswith(site)
    expect(visitor.get_by_text("Who is the candidate?")).to_be_visible()
