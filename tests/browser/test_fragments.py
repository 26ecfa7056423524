"""A filter redraws its chart alone, and never beside figures that it does not belong to."""

from __future__ import annotations

import re
import urllib.request

import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from analytics.interviewlab.tables import users
from tests.support.chromium import address, click_cell, drawn, settled, wait_for_lines
from tests.support.demo import Demo
from tests.support.waiting import wait_until

OTHERS = ("Communication", "Problem solving", "Code quality")


def whole_runs(demo: Demo) -> int:
    """How often the whole page of a candidate was run."""
    with urllib.request.urlopen(f"{demo.url}/metrics", timeout=10) as answer:
        told = answer.read().decode()
    found = re.findall(r'^skill_analytics_page_seconds_count\{.*page="Candidate".*\} ([\d.]+)$', told, re.MULTILINE)
    return int(sum(map(float, found)))


def choice(page: Page, name: str) -> Locator:
    """One of the choices above a chart."""
    return page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True)


def wait_for_overlay(page: Page, name: str) -> None:
    """Wait until the radar has this line: it is drawn a moment after the page has been told of it."""
    wait_until(lambda: name in [trace.get("name") for trace in drawn(page, 1)], f"the line {name}")


def test_a_filter_redraws_its_chart_and_not_the_page(demo: Demo, page: Page) -> None:
    demo.open(page, "/candidate?candidate=1")
    wait_for_lines(page, "Technical", *OTHERS)
    before = whole_runs(demo)
    choice(page, "Technical").click()
    settled(page)
    wait_for_lines(page, *OTHERS)
    choice(page, "Latest three").click()
    settled(page)
    wait_for_overlay(page, "Latest three")
    assert whole_runs(demo) == before
    # Both are in the address, and there again for who goes on to an interview and comes back.
    assert "Technical" not in address(page)["skills"]
    assert address(page)["overlays"] == ["Latest three"]
    click_cell(page.get_by_test_id("stDataFrame").last, 2, x=16)
    page.get_by_role("button", name="Open").click()
    page.wait_for_url("**/interview?**")
    settled(page)
    page.go_back()
    page.wait_for_url("**/candidate?**")
    settled(page)
    wait_for_lines(page, *OTHERS)
    wait_for_overlay(page, "Latest three")
    assert "Technical" not in address(page)["skills"]


def test_other_data_redraws_the_whole_page(demo: Demo, page: Page) -> None:
    demo.open(page, "/candidate?candidate=2")
    before = whole_runs(demo)
    with demo.engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == 2).values(full_name="Another Name"))
    choice(page, "Technical").click()
    settled(page)
    expect(page.get_by_role("heading", name="Another Name", level=1)).to_be_visible()
    wait_for_lines(page, *OTHERS)
    assert whole_runs(demo) == before + 1
