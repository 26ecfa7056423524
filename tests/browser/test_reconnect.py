"""A browser that loses the program and finds it again, a sign-in that ends meanwhile, viewers in two time zones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from analytics.columns import now
from analytics.database.schema import coach_candidates, identities
from analytics.database.sessions import writing
from analytics.interviewlab.tables import interviews
from tests.support import dashboard
from tests.support.chromium import PATIENCE, drawn, settled, wait_for_lines
from tests.support.databases import Database, Databases
from tests.support.identity_provider import Provider, running_provider, sign_in
from tests.support.outage import Way, way_to
from tests.support.ports import free_port
from tests.support.websocket import claims_of, sign_in_cookie
from tests.support.world import ISSUER, PEOPLE, populate

HOURS = 60 * 60


@dataclass
class Away:
    """The program behind a line that can be cut, in a process that can be stopped and started again."""

    folder: Path
    database: Database
    provider: Provider
    way: Way
    port: int
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.way.port}"

    def start(self) -> None:
        command = dashboard.build_command(self.port)
        self.running.enter_context(dashboard.launched(command, self.folder, self.port, DATABASE_URL=self.database.url))

    def stop(self) -> None:
        self.running.close()


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Databases) -> Iterator[Away]:
    folder, port = tmp_path_factory.mktemp("away"), free_port()
    with (
        sqlite_databases.fresh() as database,
        running_provider() as provider,
        way_to("localhost", port) as way,
    ):
        populate(database)
        with database.platform_engine.begin() as connection:
            late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
            connection.execute(sa.update(interviews).where(interviews.c.id == 301).values(completed_at=late))
        found = Away(folder, database, provider, way, port)
        provider.write_secrets(folder, found.url)
        provider.knows("coach", email=PEOPLE["coach"].email, email_verified=True)
        found.start()
        yield found
        found.stop()


def visitor(browser: Browser, away: Away, who: str, *, zone: str = "UTC", hours: float = 0) -> BrowserContext:
    """A browser of somebody who signed in so many hours ago."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id=zone)
    context.set_default_timeout(PATIENCE)
    signed_in(context, away, who, hours=hours)
    return context


def signed_in(context: BrowserContext, away: Away, who: str, *, hours: float = 0) -> None:
    claims = claims_of(PEOPLE[who].key, ISSUER)
    cookie = sign_in_cookie(away.url, claims | {"iat": int(claims["iat"] - hours * HOURS)})
    context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": away.url}])


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    return settled(page)


def in_order(page: Page) -> None:
    """Show that a page is drawn, and that nothing of the program's inside stands on it."""
    settled(page)
    text = page.locator("body").inner_text()
    assert "Traceback" not in text
    assert "Connection error" not in text
    expect(page.locator("[data-testid=stException], [class*=st-key-failure]")).to_have_count(0)


# By address: what stands on the page there, and only there.
ADDRESSES = {
    "/?search=marzipan&sort=Interviews&reverse=true": "1 candidate",
    "/candidate?candidate=11&period=All&skills=Technical": "Interviewee Marzipan",
    "/compare?interviews=103%2C101&baseline=101": "Round 3 marzipan",
    "/interview?interview=102&part=1": "Round 2 marzipan",
}


def test_tabs_come_back_where_their_addresses_say(browser: Browser, away: Away) -> None:
    context = visitor(browser, away, "coach")
    tabs = {address: opened(context, away.url + address) for address in ADDRESSES}
    urls = {address: page.url for address, page in tabs.items()}
    for address, page in tabs.items():
        expect(page.get_by_text(ADDRESSES[address]).first).to_be_visible()

    # The line is cut, as when a laptop sleeps: the program is still there afterwards.
    context.set_offline(True)
    away.way.close()
    for page in tabs.values():
        page.locator("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])").wait_for()
    away.way.open()
    context.set_offline(False)
    come_back(tabs, urls)

    # And then the program is another one, which knows nothing of these tabs.
    away.way.close()
    away.stop()
    for page in tabs.values():
        page.locator("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])").wait_for()
    away.start()
    away.way.open()
    come_back(tabs, urls)
    roster, candidate, compare, _ = tabs.values()
    search = roster.get_by_role("searchbox", name="Search")
    expect(search).to_have_value("marzipan")
    assert [trace["name"] for trace in drawn(candidate) if trace["mode"] == "lines+markers"] == ["Technical"]
    expect(compare.get_by_text("2 · baseline")).to_be_visible()
    # They are alive, and not pictures of before.
    search.fill("tarragon")
    search.press("Enter")
    expect(roster.get_by_text("No candidates match.")).to_be_visible()
    in_order(roster)
    # A part of a page is alive too: the program that was started meanwhile has not drawn it yet.
    candidate.get_by_test_id("stButtonGroup").get_by_text("Communication", exact=True).click()
    wait_for_lines(candidate, "Communication", "Technical")
    in_order(candidate)
    context.close()


def test_a_program_that_is_gone_is_told_in_our_words(browser: Browser, away: Away) -> None:
    context = visitor(browser, away, "coach")
    page = context.new_page()
    page.clock.install()
    page.goto(f"{away.url}/candidate?candidate=11")
    settled(page)
    words = page.get_by_text("Interview skill analytics does not answer.")
    expect(words).to_be_hidden()
    expect(page.get_by_text("Interviewee Marzipan").first).to_be_visible()
    away.way.close()
    away.stop()
    expect(words).to_be_visible()
    # Streamlit has a dialog of its own after six tries in vain; the pauses between them are passed over.
    for _ in range(9):
        with page.expect_request("**/_stcore/health"):
            page.clock.fast_forward(60_000)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "streamlit" not in page.locator("body").inner_text().lower()
    away.start()
    away.way.open()
    connected = page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]")
    for _ in range(20):  # a try that is under way may take its time, and the next one is not waited for
        page.clock.fast_forward(60_000)
        with suppress(PlaywrightTimeoutError):
            connected.wait_for(timeout=5_000)
            break
    expect(connected).to_be_visible()
    expect(words).to_be_hidden()
    in_order(page)
    expect(page.get_by_text("Interviewee Marzipan").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("missing", ["**/_stcore/health", "**/static/js/index.*.js"])
def test_a_program_that_goes_before_a_page_is_there_is_told_too(browser: Browser, away: Away, missing: str) -> None:
    context = visitor(browser, away, "coach")
    context.route(missing, lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{away.url}/candidate?candidate=11", wait_until="commit")
    expect(page.get_by_text("Interview skill analytics does not answer.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "streamlit" not in page.locator("body").inner_text().lower()
    # Nobody presses anything.
    context.unroute(missing)
    expect(page.get_by_text("Interviewee Marzipan").first).to_be_visible()
    expect(page.get_by_text("Interview skill analytics does not answer.")).to_be_hidden()
    in_order(page)
    context.close()


def come_back(tabs: dict[str, Page], urls: dict[str, str]) -> None:
    for address, page in tabs.items():
        page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for()
        in_order(page)
        assert page.url == urls[address]
        expect(page.get_by_text(ADDRESSES[address]).first).to_be_visible()


def test_a_sign_in_that_ends_leads_back_to_the_page_it_was_asked_for(browser: Browser, away: Away) -> None:
    context = visitor(browser, away, "coach")
    address = "/compare?interviews=103%2C101&baseline=101"
    page = opened(context, away.url + address)
    expect(page.get_by_text("Round 3 marzipan").first).to_be_visible()
    # The next morning: the cookie is old, and the tab is still open.
    signed_in(context, away, "coach", hours=9)
    page.reload()
    settled(page)
    expect(page.get_by_text("Your sign-in is more than 8 hours old. Sign in again to go on.")).to_be_visible()
    assert "marzipan" not in page.locator("body").inner_text().lower()
    sign_in(page, "coach")
    page.wait_for_url(away.url + "/compare**")
    settled(page)
    assert page.url == away.url + address
    context.close()


@pytest.mark.parametrize(("zone", "said"), [("America/New_York", "2 Mar 2026"), ("Asia/Tokyo", "3 Mar 2026")])
def test_a_day_is_the_one_where_the_viewer_is(browser: Browser, away: Away, zone: str, said: str) -> None:
    context = visitor(browser, away, "admin", zone=zone)
    page = opened(context, f"{away.url}/interview?interview=301")
    expect(page.get_by_text(re.compile(rf"^{said}, "))).to_be_visible()
    page.goto(f"{away.url}/candidate?candidate=13")
    settled(page)
    expect(page.get_by_text(re.compile(rf"last {said}, "))).to_be_visible()
    context.close()


def test_who_may_not_look_any_more_gets_no_part_either(browser: Browser, away: Away) -> None:
    context = visitor(browser, away, "coach")
    page = opened(context, f"{away.url}/candidate?candidate=11")
    expect(page.get_by_text("Interviewee Marzipan").first).to_be_visible()
    with writing(away.database.engine) as db:
        held = db.execute(sa.select(coach_candidates).where(coach_candidates.c.user_id == 11)).mappings().all()
        db.execute(sa.delete(coach_candidates).where(coach_candidates.c.user_id == 11))
    page.get_by_test_id("stButtonGroup").get_by_text("Technical", exact=True).click()
    expect(page.get_by_text("This candidate does not exist, or you do not have access.")).to_be_visible()
    in_order(page)
    assert "Marzipan" not in page.locator("[data-testid=stMain]").inner_text()
    with writing(away.database.engine) as db:
        db.execute(sa.insert(coach_candidates), [dict(row) for row in held])
    page.reload()
    settled(page)
    expect(page.get_by_text("Interviewee Marzipan").first).to_be_visible()
    with writing(away.database.engine) as db:
        db.execute(sa.update(identities).values(signed_out_at=now()))
    page.get_by_test_id("stButtonGroup").get_by_text("Technical", exact=True).click()
    expect(page.get_by_text("You signed out. Sign in again to go on.")).to_be_visible()
    in_order(page)
    assert "Marzipan" not in page.locator("[data-testid=stMain]").inner_text()
    context.close()
