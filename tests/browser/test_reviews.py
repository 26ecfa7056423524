"""An interviewee sees a score differently, their coach answers from the roster, and they read it: by keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.chromium import settled
from tests.support.serving import Serving


def visit(serving: Serving, page: Page, who: str, path: str) -> None:
    cookie = serving.cookie(who)
    assert cookie is not None
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": serving.url}])
    page.goto(serving.url + path)
    settled(page)


def write(page: Page, field: str, text: str) -> None:
    page.get_by_label(field, exact=True).focus()
    page.keyboard.type(text)


def test_a_request_goes_to_the_coach_and_its_answer_comes_back(serving: Serving, page: Page) -> None:
    visit(serving, page, "interviewee", "/interview?interview=103")
    page.locator(".st-key-ask_technical_score_e3b0c442").get_by_role("button").press("Enter")
    write(page, "How do you see it?", "I did say why")
    page.get_by_role("button", name="Ask for a review").press("Enter")
    expect(page.get_by_text("Your request is with your coaches.")).to_be_visible()
    expect(page.get_by_text("Waits for a coach")).to_be_visible()

    visit(serving, page, "coach", "/")
    expect(page.get_by_text("Asked for a review today")).to_be_visible()
    page.locator("summary", has_text="1 request for review").press("Enter")
    page.get_by_role("link", name="Technical").press("Enter")
    page.wait_for_url("**/interview?**")
    settled(page)
    # The list opens at the skill.
    expect(page.locator("#skill-technical")).to_be_in_viewport()
    page.get_by_role("button", name="Answer").press("Enter")
    write(page, "Why", "It stays as no figure was given")
    page.get_by_test_id("stPopoverBody").get_by_test_id("stFormSubmitButton").get_by_role("button").press("Enter")
    expect(page.get_by_text("Answered.")).to_be_visible()
    # A coach asks for nothing in somebody's place.
    expect(page.get_by_role("button", name="I see this differently")).to_have_count(0)

    visit(serving, page, "interviewee", "/interview?interview=103")
    expect(page.get_by_text("It stays as no figure was given")).to_be_visible()
    expect(page.get_by_role("button", name="Ask once more")).to_be_visible()
