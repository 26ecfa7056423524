"""A filter redraws its chart alone, and never beside figures or for eyes that it does not belong to."""

from __future__ import annotations

import re
import urllib.request

import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect

from analytics.database import execute, now, session
from analytics.schema import coach_candidates, users
from tests.browser.conftest import Demo
from tests.browser.test_coming_back import Away, away, in_order, opened, visitor
from tests.browser.test_walk import address, drawn
from tests.parts.chromium import settled

__all__ = ["away"]  # a fixture


def whole_runs(demo: Demo) -> int:
    """How often the whole page of a candidate was run."""
    with urllib.request.urlopen(f"{demo.url}/metrics", timeout=10) as answer:
        told = answer.read().decode()
    found = re.findall(r'^skill_analytics_page_seconds_count\{.*page="Candidate".*\} ([\d.]+)$', told, re.MULTILINE)
    return int(sum(map(float, found)))


def lines(page: Page) -> list[str]:
    return [trace["name"] for trace in drawn(page) if trace["mode"] == "lines+markers"]


def choice(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True)


def test_a_filter_redraws_its_chart_and_not_the_page(demo: Demo, page: Page) -> None:
    demo.open(page, "/candidate?candidate=1")
    assert len(lines(page)) == 4
    before = whole_runs(demo)
    choice(page, "Technical").click()
    settled(page)
    assert len(lines(page)) == 3
    choice(page, "Latest three").click()
    settled(page)
    assert "Latest three" in [trace.get("name") for trace in drawn(page, 1)]
    assert whole_runs(demo) == before
    # Both are in the address, where a link and the way back find them.
    assert "Technical" not in address(page)["skills"]
    assert address(page)["overlays"] == ["Latest three"]


def test_other_data_redraws_the_whole_page(demo: Demo, page: Page) -> None:
    demo.open(page, "/candidate?candidate=2")
    before = whole_runs(demo)
    with demo.engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == 2).values(full_name="Another Name"))
    choice(page, "Technical").click()
    settled(page)
    expect(page.get_by_role("heading", name="Another Name", level=1)).to_be_visible()
    assert len(lines(page)) == 3
    assert whole_runs(demo) == before + 1


def test_who_may_not_look_any_more_gets_no_part_either(browser: Browser, away: Away) -> None:
    context = visitor(browser, away, "coach")
    page = opened(context, f"{away.url}/candidate?candidate=11")
    expect(page.get_by_text("Interviewee Marzipan").first).to_be_visible()
    with session(away.database.engine) as db:
        held = db.execute(sa.text("SELECT * FROM coach_candidates WHERE user_id = 11")).mappings().all()
        execute(db, sa.delete(coach_candidates).where(coach_candidates.c.user_id == 11))
        db.commit()
    choice(page, "Technical").click()
    expect(page.get_by_text("There is no such candidate, or you may not see them.")).to_be_visible()
    in_order(page)
    assert "Marzipan" not in page.locator("[data-testid=stMain]").inner_text()
    with session(away.database.engine) as db:
        for row in held:
            execute(db, sa.insert(coach_candidates).values({**row, "assigned_at": now()}))
        db.commit()
    page.reload()
    settled(page)
    expect(page.get_by_text("Interviewee Marzipan").first).to_be_visible()
    with session(away.database.engine) as db:
        db.execute(sa.text("UPDATE identities SET signed_out_at = :until"), {"until": now()})
        db.commit()
    choice(page, "Technical").click()
    expect(page.get_by_text("You signed out. Sign in again to go on.")).to_be_visible()
    in_order(page)
    assert "Marzipan" not in page.locator("[data-testid=stMain]").inner_text()
    context.close()
