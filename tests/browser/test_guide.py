"""The demo's tour: three steps that lead from the roster to what was said, and that stay hidden."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import settled
from tests.support.demo import Demo


def step(page: Page, number: int) -> None:
    expect(settled(page).get_by_text(f"{number} of 3 ·")).to_be_visible()


def test_three_steps_lead_to_what_was_said_and_to_what_changed(demo: Demo, page: Page) -> None:
    demo.open(page)
    step(page, 1)
    page.locator("[class*=st-key-row_] a").first.click()
    page.wait_for_url("**/candidate?**")
    step(page, 2)
    page.get_by_role("link", name="Show where it was said").first.click()
    page.wait_for_url("**/interview?**")
    step(page, 3)
    page.locator(".st-key-bar a").first.click()
    page.wait_for_url("**/candidate?**")
    page.get_by_role("link", name="Best against worst").click()
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    expect(settled(page).get_by_text("of 3 ·")).to_have_count(0)


def test_hidden_once_it_stays_hidden_in_this_browser_and_in_no_other(demo: Demo, browser: Browser) -> None:
    context, other = browser.new_context(), browser.new_context()
    page = demo.open(context.new_page(), "/candidate?candidate=3")
    step(page, 2)
    page.get_by_role("button", name="Hide the tour").focus()
    page.keyboard.press("Enter")
    expect(settled(page).get_by_text("of 3 ·")).to_have_count(0)
    expect(demo.open(page).get_by_role("heading", name="Candidates", level=1)).to_be_visible()
    expect(page.get_by_text("of 3 ·")).to_have_count(0)
    page = demo.open(other.new_page())
    step(page, 1)
    # It speaks of other people, whom an interviewee does not see.
    expect(demo.open(page, "/?view_as=Interviewee").get_by_text("of 3 ·")).to_have_count(0)
    context.close()
    other.close()
