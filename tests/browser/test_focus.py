"""Whoever works by keyboard keeps their place, also where what they were on goes and every answer comes slowly."""

from __future__ import annotations

import re
import time
from typing import Final

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from analytics.roster.attention import SILENT_DAYS
from tests.support.chromium import address, settled
from tests.support.demo import Demo

# Long enough for what each message of the server changes to be drawn by itself, as on a busy machine.
_PAUSE: Final = 0.01
_SILENT: Final = f"No interview for {SILENT_DAYS} days"


def _slowly(line: WebSocketRoute) -> None:
    server = line.connect_to_server()

    def deliver(message: str | bytes) -> None:
        time.sleep(_PAUSE)
        line.send(message)

    server.on_message(deliver)


@pytest.fixture
def slow(page: Page) -> Page:
    page.route_web_socket(re.compile("/_stcore/stream"), _slowly)
    return page


def test_a_filter_that_is_switched_on_and_off_keeps_the_focus(demo: Demo, slow: Page) -> None:
    demo.open(slow)
    button = slow.get_by_role("button", name=_SILENT)
    button.focus()
    lucien = slow.get_by_role("link", name="Lucien Abara-Stone")
    for shown in (0, 1):
        slow.keyboard.press("Enter")
        expect(lucien).to_have_count(shown)
        settled(slow)
        expect(button).to_be_focused()


def test_the_filters_stay_open_while_one_after_the_other_is_chosen(demo: Demo, slow: Page) -> None:
    demo.open(slow)
    slow.get_by_role("button", name="Filter", exact=True).press("Enter")
    for chosen in ("90 days", "30 days"):
        option = slow.locator(".st-key-within button").filter(has_text=re.compile(f"^{chosen}$"))
        option.press("Space")
        expect(slow.get_by_role("button", name=f"Interview in the last {chosen}")).to_be_visible()
        settled(slow)
        expect(option).to_be_visible()
        expect(option).to_be_focused()


def test_what_is_removed_hands_the_focus_to_its_neighbour(demo: Demo, slow: Page) -> None:
    demo.open(slow, "/?within=30+days&fewest=3&below=0.9&sort=Technical")
    chips = {
        name: slow.get_by_role("button", name=name)
        for name in ("Interview in the last 30 days", "At least 3 interviews", "Any skill below 0.9", "By technical")
    }
    pressed = list(chips)
    # In the middle the next one follows, at the end the one before, and last of all what stands above them.
    for gone, heir in ((1, 2), (3, 2), (2, 0)):
        chips[pressed[gone]].press("Enter")
        expect(chips[pressed[gone]]).to_have_count(0)
        expect(chips[pressed[heir]]).to_be_focused()
        settled(slow)
        expect(chips[pressed[heir]]).to_be_focused()
    chips[pressed[0]].press("Enter")
    expect(chips[pressed[0]]).to_have_count(0)
    expect(slow.get_by_text("Heat map", exact=True)).to_be_visible()
    expect(slow.locator("[class*=st-key-view] :focus")).to_have_count(1)
    assert set(address(slow)) & {"within", "fewest", "below", "sort"} == set()


def test_who_clears_all_filters_or_hides_the_tour_goes_on_from_there(demo: Demo, page: Page) -> None:
    demo.open(page, "/?search=nobody+of+that+name")
    page.get_by_role("button", name="Clear filters").press("Enter")
    expect(page.get_by_text("22 candidates")).to_be_visible()
    expect(page.locator("[data-testid=stMain] :focus")).to_have_count(1)
    demo.open(page, "/candidate?candidate=3")
    page.get_by_role("button", name="Hide the tour").press("Enter")
    expect(page.get_by_role("button", name="Hide the tour")).to_have_count(0)
    expect(page.locator("[data-testid=stMain] :focus")).to_have_count(1)


def test_who_works_by_mouse_is_left_alone(demo: Demo, page: Page) -> None:
    demo.open(page, "/?within=30+days&fewest=3")
    gone = page.get_by_role("button", name="At least 3 interviews")
    gone.click()
    expect(gone).to_have_count(0)
    settled(page)
    expect(page.locator("body")).to_be_focused()
    # Whoever leaves what they were on by themselves is not brought back to it.
    button = page.get_by_role("button", name=_SILENT)
    button.press("Enter")
    page.wait_for_url("**within=More**")
    settled(page)
    page.evaluate("() => document.activeElement.blur()")
    search = page.get_by_role("searchbox", name="Search")
    search.fill("Ingrid")
    search.press("Enter")
    expect(page.locator("[class*=st-key-row_]")).to_have_count(1)
    expect(button).not_to_be_focused()
    expect(search).to_be_focused()
