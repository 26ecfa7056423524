"""People sign in at a real provider with a real browser, do their work, and sign out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.support import dashboard
from tests.support.chromium import PATIENCE, choose, settled, watch_runs
from tests.support.databases import Databases
from tests.support.identity_provider import Provider, running_provider, sign_in
from tests.support.ports import free_port
from tests.support.world import PEOPLE, World, populate, words_of_others


@dataclass
class Signing:
    """The program with sign-in at a running provider."""

    url: str
    world: World
    provider: Provider


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Databases) -> Iterator[Signing]:
    folder = tmp_path_factory.mktemp("signing")
    port = free_port()
    url = f"http://localhost:{port}"
    command = dashboard.build_command(port)
    with sqlite_databases.fresh() as database, running_provider() as provider:
        world = populate(database)
        provider.write_secrets(folder, url)
        for person in PEOPLE.values():
            provider.knows(person.key, email=person.email, email_verified=True)
        with dashboard.launched(command, folder, port, DATABASE_URL=database.url):
            yield Signing(url, world, provider)


NewBrowser = Callable[[], BrowserContext]


@pytest.fixture
def new_browser(browser: Browser, signing: Signing) -> Iterator[NewBrowser]:
    """A browser without past; what it asks of other hosts than ours and the provider's fails the test."""
    contexts: list[BrowserContext] = []
    elsewhere: list[str] = []

    def refuse(route: Route) -> None:
        # The provider's own pages ask for a style sheet from afar; ours ask for nothing.
        asked_by = route.request.frame.url
        if urlsplit(asked_by).netloc == urlsplit(signing.url).netloc:
            elsewhere.append(route.request.url)
        route.abort()

    def new() -> BrowserContext:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(PATIENCE)
        context.route(lambda url: urlsplit(url).hostname != "localhost", refuse)
        contexts.append(context)
        return watch_runs(context)

    yield new
    for context in contexts:
        context.close()
    assert elsewhere == []


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    return settled(page)


def signed_in(context: BrowserContext, signing: Signing, subject: str, path: str = "/") -> Page:
    """Open a link, sign in, and come back."""
    page = opened(context, signing.url + path)
    sign_in(page, subject)
    page.wait_for_url(signing.url + "/**")
    expect(page.get_by_text("Sign in to see")).to_have_count(0)
    return settled(page)


def sign_out(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    # The provider asks whether its own session is to end as well, and leads back.
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_text("Sign in to see how interview skills develop.")).to_be_visible()


def reads(page: Page, who: tuple[str, ...]) -> None:
    """Show that a page holds the words of these people and of nobody else."""
    text = page.locator("body").inner_text().lower()
    assert [PEOPLE[name].word in text for name in who] == [True] * len(who)
    assert [word for word in words_of_others(*who, "coach", "other coach", "admin") if word in text] == []


def test_a_coach_opens_a_link_signs_in_works_and_signs_out(signing: Signing, new_browser: NewBrowser) -> None:
    context = new_browser()
    page = signed_in(context, signing, "coach", "/interview?interview=101&part=1")
    # There, where the link led.
    assert page.url == f"{signing.url}/interview?interview=101&part=1"
    expect(page.get_by_role("heading", name="Round 1 marzipan")).to_be_visible()
    reads(page, ("interviewee",))
    page.get_by_role("link", name="Candidates").first.click()
    settled(page)
    expect(page.get_by_role("heading", name="Candidates")).to_be_visible()
    expect(page.get_by_role("link", name="People")).to_have_count(0)
    page.goto(f"{signing.url}/compare?interviews=101,102,201")
    settled(page)
    expect(page.get_by_text("does not exist, or you do not have access")).to_be_visible()
    reads(page, ("interviewee",))
    # A second tab, and somebody who copied the cookies.
    other_tab = opened(context, f"{signing.url}/interview?interview=101")
    reads(other_tab, ("interviewee",))
    thief = new_browser()
    thief.add_cookies(context.cookies())  # type: ignore[arg-type]
    copied = opened(thief, f"{signing.url}/interview?interview=101")
    reads(copied, ("interviewee",))

    sign_out(page, "Coach Juniper")

    other_tab.get_by_role("link", name="Compare").first.click()
    expect(other_tab.get_by_text("You signed out.")).to_be_visible()
    reads(other_tab, ())
    copied.get_by_role("link", name="Compare").first.click()
    expect(copied.get_by_text("You signed out.")).to_be_visible()
    copied.goto(f"{signing.url}/interview?interview=101")
    settled(copied)
    expect(copied.get_by_text("You signed out.")).to_be_visible()
    reads(copied, ())
    assert not [cookie for cookie in context.cookies() if cookie.get("name") == "_streamlit_user"]


def test_an_interviewee_sees_themselves_and_nobody_else(signing: Signing, new_browser: NewBrowser) -> None:
    page = signed_in(new_browser(), signing, "interviewee")
    expect(page.get_by_role("link", name="Your skills").first).to_be_visible()
    reads(page, ("interviewee",))
    expect(page.get_by_role("link", name="Candidates")).to_have_count(0)
    for address in ("/candidate?candidate=12", "/interview?interview=201", "/compare?interviews=201,202", "/people"):
        page.goto(signing.url + address)
        settled(page)
        text = page.locator("body").inner_text().lower()
        assert [word for word in words_of_others("interviewee") if word in text] == []
    page.goto(f"{signing.url}/candidate?candidate=11")
    settled(page)
    reads(page, ("interviewee",))
    sign_out(page, "Interviewee Marzipan")


def test_an_admin_makes_a_coach_and_assigns_candidates(signing: Signing, new_browser: NewBrowser) -> None:
    signing.provider.knows("newcomer", email="newcomer@example.org", email_verified=True)
    newcomer = opened(new_browser(), signing.url)
    sign_in(newcomer, "newcomer")
    expect(newcomer.get_by_text("There is no account for your e-mail address here.")).to_be_visible()
    reads(newcomer, ())

    page = signed_in(new_browser(), signing, "admin", "/people")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.get_by_label("E-mail").first.fill("newcomer@example.org")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("has the role coach now")).to_be_visible()
    page.get_by_role("tab", name="Coaching").click()
    settled(page)
    choose(page, page.get_by_role("combobox", name="Coach"), "newcomer@example.org")
    expect(page.get_by_text("0 candidates assigned")).to_be_visible()
    choose(page, page.get_by_role("combobox", name="Candidates to assign"), re.compile("Other Tarragon"))
    choose(page, page.get_by_role("combobox", name="Candidates to assign"), re.compile("Unassigned Saffron"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("now sees 2 more candidates")).to_be_visible()
    expect(page.get_by_text("2 candidates assigned")).to_be_visible()
    page.get_by_role("tab", name="Audit trail").click()
    settled(page)

    newcomer.reload()
    settled(newcomer)
    expect(newcomer.get_by_role("heading", name="Candidates")).to_be_visible()
    newcomer.goto(f"{signing.url}/interview?interview=201")
    settled(newcomer)
    reads(newcomer, ("other interviewee",))
    newcomer.goto(f"{signing.url}/interview?interview=101")
    settled(newcomer)
    reads(newcomer, ())

    page.get_by_role("tab", name="Coaching").click()
    settled(page)
    choose(page, page.get_by_role("combobox", name="Coach"), "newcomer@example.org")
    settled(page)
    choose(page, page.get_by_role("combobox", name="Remove candidates"), re.compile("Other Tarragon"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("no longer sees 1 candidate")).to_be_visible()
    newcomer.goto(f"{signing.url}/interview?interview=201")
    settled(newcomer)
    expect(newcomer.get_by_text("This interview does not exist, or you do not have access.")).to_be_visible()
    reads(newcomer, ())
    sign_out(page, "Admin Paprika")


def test_two_people_in_two_browsers_at_once(signing: Signing, new_browser: NewBrowser) -> None:
    mine = signed_in(new_browser(), signing, "interviewee", "/interview?interview=101")
    theirs = signed_in(new_browser(), signing, "other", "/interview?interview=201")
    for _ in range(2):
        reads(mine, ("interviewee",))
        reads(theirs, ("other interviewee",))
        # Each asks for what the other has just been shown.
        mine.goto(f"{signing.url}/interview?interview=201")
        theirs.goto(f"{signing.url}/interview?interview=101")
        for page, who in ((mine, "interviewee"), (theirs, "other interviewee")):
            settled(page)
            expect(page.get_by_text("This interview does not exist, or you do not have access.")).to_be_visible()
            # Their own name stands above every page.
            reads(page, (who,))
        mine.goto(f"{signing.url}/interview?interview=101")
        theirs.goto(f"{signing.url}/interview?interview=201")
        settled(mine)
        settled(theirs)


@pytest.mark.parametrize(
    ("subject", "claims", "said"),
    [
        ("unverified", {"email": PEOPLE["admin"].email, "email_verified": False}, "is verified"),
        ("stranger", {"email": "stranger@example.org", "email_verified": True}, "There is no account"),
        ("deactivated", {"email": PEOPLE["deactivated"].email, "email_verified": True}, "deactivated"),
        ("impostor", {"email": PEOPLE["coach"].email, "email_verified": True}, "belongs to another sign-in"),
    ],
)
def test_who_may_not_come_in_sees_why_and_nothing_else(
    signing: Signing, new_browser: NewBrowser, subject: str, claims: dict[str, object], said: str
) -> None:
    if subject == "impostor":
        signed_in(new_browser(), signing, "coach")
    signing.provider.knows(subject, **claims)
    page = opened(new_browser(), f"{signing.url}/interview?interview=101")
    sign_in(page, subject)
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_role("link", name="Compare")).to_have_count(0)
    reads(page, ())


def test_the_api_documentation_works_without_another_host(signing: Signing, new_browser: NewBrowser) -> None:
    page = new_browser().new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{signing.url}/api/v1/docs")
    expect(page.get_by_text("/interviews/analytics/skills/progression")).to_be_visible()
    expect(page.get_by_role("button", name="Authorize")).to_be_visible()
    assert problems == []
