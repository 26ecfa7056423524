"""Every page as axe reads it with its expanders, popovers, lists, menu and dialogs open."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import violations
from tests.support.chromium import settled
from tests.support.demo import Demo

# Each page, and what can be opened on it, among others.
PAGES: Final = {
    "/": {"Filter", "Sort", "Reports", "Search notes"},
    "/candidate?candidate=3": {"Report", "How is this calculated?", "Agree a step", "Set a goal", "Show as a table"},
    "/interview?interview=17": {"Your verdict", "Mark as wrong", "Kind, difficulty and level", "Versions"},
    "/compare?interviews=2,31": {"How is this calculated?", "Add to the comparison", "Show as a table"},
    "/judge": {"Show as a table"},
    "/people?people=Setup": {"All settings"},
    "/?view_as=Interviewee": {"Your data"},
}
CLOSED: Final = "[data-testid=stMain] [data-testid=stExpander] details:not([open]) > summary"
POPOVER: Final = "[data-testid=stMain] [data-testid=stPopover] button"


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, page: Page) -> Page:
    page.emulate_media(color_scheme=request.param, reduced_motion="reduce")
    return page


def name(opener: Locator) -> str:
    return opener.locator("p").first.inner_text()


def open_expanders(page: Page) -> set[str]:
    """Open every expander that is closed, also those that another one held."""
    opened = set()
    closed = page.locator(CLOSED)
    while left := closed.count():
        opened.add(name(closed.first))
        closed.first.click()
        settled(page)
        expect(closed).not_to_have_count(left)
    return opened


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_with_expanders_and_popovers_open(demo: Demo, scheme: Page, path: str) -> None:
    page = demo.open(scheme, path)
    opened = open_expanders(page)
    found = {"expanders": violations(page)}
    for button in page.locator(POPOVER).all():
        if name(button) in opened:
            continue
        opened.add(name(button))
        button.click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        found[name(button)] = violations(settled(page))
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_be_hidden()
    assert {what: broken for what, broken in found.items() if broken} == {}
    assert opened >= PAGES[path]


def test_axe_finds_nothing_in_lists_menu_and_dialogs(demo: Demo, scheme: Page) -> None:
    page = demo.open(scheme, "/compare?interviews=2,31")
    page.get_by_role("combobox", name="Baseline").press("ArrowDown")
    expect(page.get_by_role("option")).to_have_count(2)
    found = {"list": violations(page)}
    page.keyboard.press("Escape")
    page.get_by_test_id("stMainMenu").get_by_role("button").click()
    about = page.get_by_role("menuitem", name="About")
    expect(about).to_be_visible()
    found["menu"] = violations(page)
    about.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found["dialog"] = violations(page)
    assert {what: broken for what, broken in found.items() if broken} == {}
