"""A coach and the person they coach, each in a browser with a real sign-in: what they agree, share and are sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect

from analytics.access.deletion import delete_due
from analytics.columns import now
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import deletion_requests, digests
from analytics.digests.sender import send_due
from analytics.settings import Settings
from tests.support import dashboard
from tests.support.chromium import PATIENCE
from tests.support.databases import Databases
from tests.support.identity_provider import running_provider, sign_in
from tests.support.mail_server import MailServer, running_mail_server
from tests.support.ports import free_port
from tests.support.practice import PRACTICE, added_by_them
from tests.support.waiting import wait_until
from tests.support.world import PEOPLE, World, populate


@dataclass
class Coaching:
    """The program with sign-in at a running provider, which sends its digests to a mail server."""

    url: str
    world: World
    mails: MailServer


@pytest.fixture(scope="module")
def coaching(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Databases) -> Iterator[Coaching]:
    folder = tmp_path_factory.mktemp("coaching")
    port = free_port()
    url = f"http://localhost:{port}"
    command = dashboard.build_command(port)
    with sqlite_databases.fresh() as database, running_provider() as provider, running_mail_server() as mails:
        world = populate(database)
        added_by_them(world, PRACTICE)
        provider.write_secrets(folder, url)
        for person in PEOPLE.values():
            provider.knows(person.key, email=person.email, email_verified=True)
        ways = {"PUBLIC_URL": url, "MAIL_FROM": "skills@example.org", "SMTP_URL": mails.url}
        with dashboard.launched(command, folder, port, DATABASE_URL=database.url, **ways):
            yield Coaching(url, world, mails)


def calm(page: Page) -> Page:
    """Wait until the page's script has run; its charts, which nothing here is about, may still be drawn."""
    page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    return page


SignIn = Callable[[str, str], Page]


@pytest.fixture
def signed_in(browser: Browser, coaching: Coaching) -> Iterator[SignIn]:
    """Sign somebody in, in a browser without past, at an address."""
    contexts: list[BrowserContext] = []

    def new(subject: str, path: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.goto(coaching.url + path)
        sign_in(page, subject)
        page.wait_for_url(f"{coaching.url}/**")
        return calm(page)

    yield new
    for context in contexts:
        context.close()


def said(page: Page) -> str:
    return calm(page).locator("body").inner_text()


def write_note(page: Page, readers: str, text: str) -> None:
    page.get_by_role("radio", name=readers).click()
    calm(page)
    page.get_by_label("Note", exact=True).fill(text)
    calm(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.").first).to_be_visible()
    calm(page)


def choose_digest(page: Page, name: str, often: str, told: str) -> None:
    """Choose in the menu with one's name how often what is new is sent."""
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_text("What is new, sent to you").click()
    menu = page.get_by_test_id("stPopoverBody")
    menu.get_by_role("radio", name=often).click()
    menu.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(told)).to_be_visible()
    page.keyboard.press("Escape")


def write_and_agree(coach: Page) -> None:
    """Write a note of each kind, and agree a step."""
    coach.get_by_text("Write a note").click()
    for readers, text in (
        ("Only me", "Seems tired"), ("Coaches of this candidate", "Ask again in May"),
        ("Candidate and coaches", "Brought a good plan"),
    ):  # fmt: skip
        write_note(coach, readers, text)
    coach.get_by_text("Agree a step").click()
    coach.get_by_label("What was agreed").fill("Sum up in one sentence")
    calm(coach)
    coach.get_by_role("button", name="Agree", exact=True).click()
    expect(coach.get_by_text("Agreed.")).to_be_visible()


def sent(coaching: Coaching) -> dict[str, EmailMessage]:
    """Send the digests of two people that are due; the program itself may be quicker, and each comes once."""
    with writing(coaching.world.database.engine) as db:
        db.execute(sa.update(digests).values(chosen_at=now() - timedelta(days=8)))
    settings = Settings(database_url=coaching.world.database.url)
    send_due(coaching.world.database.engine, settings, coaching.mails.settings(public_url=coaching.url))
    wait_until(lambda: len(coaching.mails.taken) >= 2, "the digests", 120)
    first, second = coaching.mails.taken
    return {str(first["To"]): first, str(second["To"]): second}


def plain(mail: EmailMessage) -> str:
    return str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def chosen(coaching: Coaching) -> list[str]:
    """Who has digests."""
    with reading(coaching.world.database.engine) as db:
        return list(db.execute(sa.select(digests.c.email)).scalars())


def test_what_a_coach_writes_and_agrees_is_done_by_the_other_and_comes_in_the_next_digest(
    coaching: Coaching, signed_in: SignIn, browser: Browser
) -> None:
    coach = signed_in("coach", "/candidate?candidate=11")
    write_and_agree(coach)
    # While the screen is shared, private notes are not there.
    shown = [text in said(coach) for text in ("Seems tired", "Ask again in May", "Brought a good plan")]
    assert shown == [False, False, True]
    choose_digest(coach, "Coach Juniper", "Every day", "Every day, if there is anything new.")

    them = signed_in("interviewee", "/")
    expect(them.get_by_text("Sum up in one sentence")).to_be_visible()
    text = said(them)
    assert ("Brought a good plan" in text, "Seems tired" in text, "Ask again" in text) == (True, False, False)
    choose_digest(them, "Interviewee Marzipan", "Every day", "Every day, if there is anything new.")
    them.get_by_role("button", name="Mark", exact=True).click()
    them.get_by_label("A word about it").fill("It worked twice")
    calm(them)
    them.get_by_role("button", name="Save", exact=True).click()
    expect(them.get_by_text("Marked.")).to_be_visible()

    # They see it as done on their own page, which takes nothing from their digest.
    them.reload()
    expect(calm(them).get_by_text("1 earlier step")).to_be_visible()

    came = sent(coaching)
    mail = came[PEOPLE["coach"].email]
    for body in (plain(mail), plain(came[PEOPLE["interviewee"].email])):
        assert "Step done: Sum up in one sentence. “It worked twice”" in body
        assert not re.search(r"Seems tired|Ask again|good plan|\b0\.\d\d\b", body)

    # One click, where nobody is signed in, ends them; the choice says so.
    stranger = browser.new_context().new_page()
    stranger.goto(str(mail["List-Unsubscribe"]).strip("<>"))
    expect(stranger.get_by_role("heading", name="End your digests?")).to_be_visible()
    assert PEOPLE["coach"].email in chosen(coaching)
    stranger.get_by_role("button", name="End my digests").click()
    expect(stranger.get_by_role("heading", name="Digests ended")).to_be_visible()
    assert PEOPLE["coach"].email not in stranger.locator("body").inner_text()
    stranger.context.close()
    assert chosen(coaching) == [PEOPLE["interviewee"].email]
    coach.reload()
    calm(coach)
    coach.get_by_role("button", name="Coach Juniper", exact=True).click()
    coach.get_by_text("What is new, sent to you").click()
    expect(coach.get_by_role("radio", name="Never")).to_be_checked()


def test_an_interviewee_takes_an_interview_back_and_shares_it_again(coaching: Coaching, signed_in: SignIn) -> None:
    them = signed_in("interviewee", f"/interview?interview={PRACTICE}")
    coach = signed_in("coach", f"/interview?interview={PRACTICE}")
    expect(coach.get_by_role("heading", name="Round 3 marzipan")).to_be_visible()
    expect(coach.get_by_role("button", name="Take it back")).to_have_count(0)
    them.get_by_role("button", name="Take it back").click()
    expect(them.get_by_text("Practice: only you see it")).to_be_visible()
    # Now they have its breakdown made themselves.
    expect(them.get_by_role("button", name="Draft from rules")).to_be_visible()
    coach.reload()
    expect(coach.get_by_text("This interview does not exist, or you do not have access.")).to_be_visible()
    assert "marzipan" not in said(coach).lower()
    them.get_by_role("button", name="Draft from rules").click()
    expect(them.get_by_text(re.compile("Version 2")).first).to_be_visible()
    them.get_by_role("button", name="Share with your coaches").click()
    expect(them.get_by_text("Practice: only you see it")).to_have_count(0)
    expect(them.get_by_role("button", name="Draft from rules")).to_have_count(0)
    coach.reload()
    expect(coach.get_by_role("heading", name="Round 3 marzipan")).to_be_visible()


def test_one_sees_who_looked_takes_all_of_it_and_has_it_deleted_after_a_while(
    coaching: Coaching, signed_in: SignIn
) -> None:
    coach = signed_in("colleague", "/candidate?candidate=12")
    expect(coach.get_by_role("heading", name="Other Tarragon")).to_be_visible()
    them = signed_in("other", "/")
    them.get_by_text("Your data", exact=True).click()
    expect(them.get_by_text("Who looked.")).to_be_visible()
    listed = them.get_by_test_id("stTable").last
    expect(listed.get_by_role("cell").filter(has_text=PEOPLE["other coach"].email)).to_have_count(1)
    with them.expect_download() as downloading:
        them.get_by_role("button", name="Download all of it").click()
    taken = json.loads(downloading.value.path().read_text())
    assert taken["user_id"] == 12
    assert taken["rows_of_the_platform"]["interviews"] == 2
    assert "marzipan" not in json.dumps(taken)

    them.get_by_role("button", name="Delete all of it").click()
    expect(them.get_by_text("In 7 days all that is kept about you here is gone for good.")).to_be_visible()
    them.get_by_role("button", name="Delete my data").click()
    expect(them.get_by_text("All that is kept about you here is deleted on")).to_be_visible()
    engine = coaching.world.database.engine
    delete_due(engine)
    them.get_by_role("button", name="Keep my data").click()
    expect(them.get_by_text("Your data stays.")).to_be_visible()
    with reading(engine) as db:
        assert db.execute(sa.select(deletion_requests)).first() is None
