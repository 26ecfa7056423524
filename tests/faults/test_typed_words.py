"""What somebody has typed when the database goes down and comes back: it stands in its form, and is saved once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from analytics.database.coaching_tables import next_steps, note_versions
from analytics.database.sessions import reading
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.tables import users
from tests.support.chromium import PATIENCE
from tests.support.own_program import OwnProgram, own_program
from tests.support.websocket import claims_of, sign_in_cookie
from tests.support.world import ISSUER, PEOPLE

GONE = "The data cannot be shown"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnProgram]:
    with own_program(tmp_path_factory.mktemp("typed"), "typed") as program:
        yield program


def kept(running: OwnProgram, column: sa.Column[str]) -> list[str]:
    with reading(running.world.database.engine) as db:
        return list(db.execute(sa.select(column)).scalars())


@pytest.fixture
def coach(browser: Browser, running: OwnProgram) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    cookie = sign_in_cookie(running.url, claims_of(PEOPLE["coach"].key, ISSUER))
    context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": running.url}])
    yield context.new_page()
    context.close()


def settled(page: Page) -> Page:
    """Wait until the page's script has run; its charts, which nothing here is about, may still be drawn."""
    page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    return page


def press_in_vain(page: Page, running: OwnProgram, button: str) -> None:
    """Press a button while the database is down, and wait until the page is back."""
    settled(page)
    running.server.stop()
    try:
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_text(GONE).or_(page.get_by_text("The database cannot be reached")).first.wait_for()
    finally:
        running.server.start()
    expect(page.get_by_text(GONE)).to_have_count(0)
    settled(page)


def test_a_note_stays_in_its_form(coach: Page, running: OwnProgram) -> None:
    coach.goto(f"{running.url}/candidate?candidate=11")
    settled(coach).get_by_text("Write a note").click()
    coach.get_by_role("radio", name="Candidate and coaches").click()
    settled(coach).get_by_label("Note", exact=True).fill("Brought a good plan")
    press_in_vain(coach, running, "Save")
    expect(coach.get_by_label("Note", exact=True)).to_have_value("Brought a good plan")
    assert kept(running, note_versions.c.text) == []
    coach.get_by_role("button", name="Save", exact=True).click()
    expect(coach.get_by_text("Saved.").first).to_be_visible()
    assert kept(running, note_versions.c.text) == ["Brought a good plan"]


def test_a_step_stays_in_its_form(coach: Page, running: OwnProgram) -> None:
    coach.goto(f"{running.url}/candidate?candidate=11")
    settled(coach).get_by_text("Agree a step").click()
    settled(coach).get_by_label("What was agreed").fill("Sum up in one sentence")
    press_in_vain(coach, running, "Agree")
    expect(coach.get_by_label("What was agreed")).to_have_value("Sum up in one sentence")
    assert kept(running, next_steps.c.text) == []
    coach.get_by_role("button", name="Agree", exact=True).click()
    expect(coach.get_by_text("Agreed.")).to_be_visible()
    assert kept(running, next_steps.c.text) == ["Sum up in one sentence"]


def test_a_verdict_stays_in_its_form(coach: Page, running: OwnProgram) -> None:
    coach.goto(f"{running.url}/interview?interview=101")
    settled(coach).get_by_role("button", name="Your verdict").first.click()
    body = coach.get_by_test_id("stPopoverBody")
    body.get_by_label("Reason, in one line").fill("Names the price of it")
    body.get_by_role("radio").nth(2).check(force=True)
    press_in_vain(coach, running, "Save verdict")
    if not body.is_visible():
        coach.get_by_role("button", name="Your verdict").first.click()
    expect(body.get_by_label("Reason, in one line")).to_have_value("Names the price of it")
    expect(body.get_by_role("radio").nth(2)).to_be_checked()
    assert kept(running, verdicts.c.reason) == []
    body.get_by_role("button", name="Save verdict").click()
    expect(coach.get_by_text("is saved.")).to_be_visible()
    assert kept(running, verdicts.c.reason) == ["Names the price of it"]


def test_a_transcript_its_speakers_and_its_person_stay(coach: Page, running: OwnProgram) -> None:
    running.world.database.allow_adding()
    coach.goto(f"{running.url}/add")
    text = settled(coach).get_by_label("Or paste a transcript")
    text.fill("Ann: Why a queue?\n\nBob: It absorbs peaks, and I measured it.\n")
    text.press("Control+Enter")
    bob = coach.get_by_role("radio", name="Bob").first
    bob.check(force=True)
    coach.get_by_role("radio", name="Someone new").click()
    name, email = coach.get_by_label("Name", exact=True).last, coach.get_by_label("E-mail")
    expect(email).to_be_visible()
    expect(name).to_have_value("Bob")
    name.fill("Grace Hopper")
    email.fill("grace@example.org")
    email.press("Tab")
    settled(coach).get_by_label("Title").fill("On queues")
    coach.get_by_label("Job description").fill("Keeps the queues")
    press_in_vain(coach, running, "Save")
    expect(bob).to_be_checked()
    expect(name).to_have_value("Grace Hopper")
    expect(email).to_have_value("grace@example.org")
    expect(coach.get_by_label("Title")).to_have_value("On queues")
    expect(coach.get_by_label("Job description")).to_have_value("Keeps the queues")
    assert "Grace Hopper" not in kept(running, users.c.full_name)


def test_what_is_typed_about_one_interview_is_not_in_the_form_of_the_next(coach: Page, running: OwnProgram) -> None:
    coach.goto(f"{running.url}/interview?interview=101")
    settled(coach).get_by_role("button", name="Your verdict").first.click()
    body = coach.get_by_test_id("stPopoverBody")
    body.get_by_label("Reason, in one line").fill("Only of the first")
    coach.get_by_role("button", name="Your verdict").first.click()
    body.wait_for(state="hidden")
    settled(coach).get_by_role("link", name="Next").press("Enter")
    expect(coach).to_have_url(re.compile(r"interview=(?!101\b)\d+"))
    settled(coach).get_by_role("button", name="verdict").first.click()
    expect(body.get_by_label("Reason, in one line")).to_be_visible()
    expect(body.get_by_label("Reason, in one line")).not_to_have_value("Only of the first")
