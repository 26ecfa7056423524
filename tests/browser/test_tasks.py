"""What a coach does in the ten minutes before a session, in the demo, with the clicks counted from the roster."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from analytics.access.viewer import TRUSTED
from analytics.columns import now
from analytics.database.sessions import reading
from analytics.queries import interviews
from analytics.roster import order
from analytics.roster import page as roster_page
from analytics.roster.attention import SILENT_DAYS, reason_words
from tests.support.chromium import address, settled
from tests.support.demo import Demo


@dataclass
class Coach:
    """Somebody before the roster, and how often they clicked."""

    page: Page
    clicks: int = 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1
        settled(self.page)

    def open_first(self) -> None:
        self.click(self.page.locator("[class*=st-key-row_] a").first)
        expect(self.page.get_by_role("heading", name="Work on next")).to_be_visible()


@pytest.fixture
def coach(demo: Demo, page: Page) -> Coach:
    page.set_viewport_size({"width": 1280, "height": 900})
    return Coach(demo.open(page))


def cut_off(shown: Locator) -> list[str]:
    """Name what within an element does not fit its place; what is only read out has a place of one pixel."""
    return list(
        shown.evaluate(
            "all => [...all.querySelectorAll('*')].filter((one) => one.clientWidth > 1 && one.scrollWidth > "
            "one.clientWidth + 1).map((one) => one.textContent)"
        )
    )


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_worst_case_comes_first_and_says_why_in_full(demo: Demo, coach: Coach, width: int, height: int) -> None:
    coach.page.set_viewport_size({"width": width, "height": height})
    with reading(demo.engine) as db:
        worst = roster_page.page(TRUSTED, db, sort=order.Sort.ATTENTION, descending=True).rows[0]
    row = coach.page.locator("[class*=st-key-row_]").first
    expect(row.get_by_role("link", name=worst.name)).to_be_in_viewport()
    assert worst.reasons
    for reason in worst.reasons:
        expect(row).to_contain_text(reason_words(reason, worst.last_interview_at, now()))
    assert cut_off(row) == []


def test_what_to_discuss_with_a_quote_is_one_click_away_on_the_first_screen(coach: Coach) -> None:
    coach.open_first()
    expect(coach.page.get_by_role("heading", name="Work on next")).to_be_in_viewport()
    expect(coach.page.get_by_text(re.compile("^“|“.+”")).first).to_be_in_viewport()
    assert coach.clicks == 1


def test_a_session_reads_in_the_order_of_a_talk(demo: Demo, page: Page) -> None:
    demo.open(page, "/candidate?candidate=1&view_as=Coach")
    ends = (page.get_by_role("heading", name="Session"), page.get_by_text("Agree a step"))
    session = page.get_by_test_id("stLayoutWrapper").filter(has=ends[0]).filter(has=ends[1]).last
    said = session.get_by_role("link", name="Show where it was said")
    expect(said).to_have_count(3)
    parts = [
        session.get_by_text("This is your first look."),
        session.get_by_role("heading", name="Work on next"),
        said.first,
        said.last,
        session.get_by_text("No next steps agreed yet."),
        session.get_by_text("Write a note"),
        session.get_by_text("Agree a step"),
    ]
    tops = [box["y"] for part in parts if (box := part.bounding_box()) is not None]
    assert len(tops) == len(parts)
    assert tops == sorted(tops)
    # It stands once on the page.
    expect(page.get_by_role("heading", name="Work on next")).to_have_count(1)


def test_what_shows_a_weakness_of_the_last_interview_is_two_clicks_away(demo: Demo, coach: Coach) -> None:
    with reading(demo.engine) as db:
        worst = roster_page.page(TRUSTED, db, sort=order.Sort.ATTENTION, descending=True).rows[0]
        rows = interviews.candidate_interviews(TRUSTED, db, worst.user_id)
    coach.open_first()
    coach.click(coach.page.get_by_role("link", name="Show where it was said").first)
    expect(coach.page.get_by_role("heading", name=rows[0].title, level=1)).to_be_visible()
    # Of code its lines are named, of what was said its sentence.
    quoted = re.sub(r"^C\d+:(\d+)-(\d+)$", r"lines \1–\2", address(coach.page)["quote"][0])
    expect(coach.page.locator(".st-key-pane_conversation").get_by_text(quoted).first).to_be_in_viewport()
    assert coach.clicks == 2


def test_the_best_against_the_worst_interview_with_what_was_said_is_two_clicks_away(coach: Coach) -> None:
    coach.open_first()
    coach.click(coach.page.get_by_role("link", name="Best against worst"))
    expect(coach.page.get_by_role("heading", name="Differences from the baseline")).to_be_in_viewport()
    expect(coach.page.get_by_role("heading", name="What was said")).to_be_visible()
    expect(coach.page.get_by_text(re.compile("^Only ")).first).to_be_visible()
    assert coach.clicks == 2


def test_who_had_no_interview_for_thirty_days_is_one_click_away(demo: Demo, coach: Coach) -> None:
    coach.click(coach.page.get_by_role("button", name=f"No interview for {SILENT_DAYS} days"))
    coach.page.wait_for_url("**within=**")
    rows = settled(coach.page).locator("[class*=st-key-row_]")
    expect(rows.first).to_contain_text("Ingrid Vossberg-Ito")
    # Seen six days ago.
    expect(rows.filter(has_text="Lucien Abara-Stone")).to_have_count(0)
    assert coach.clicks == 1
    # The same button takes it back, and whoever pressed it by keyboard is still on it.
    button = coach.page.get_by_role("button", name=f"No interview for {SILENT_DAYS} days")
    button.press("Enter")
    expect(rows.filter(has_text="Lucien Abara-Stone")).to_have_count(1)
    expect(button).to_be_focused()
    button.press("Enter")
    expect(rows.filter(has_text="Lucien Abara-Stone")).to_have_count(0)
    expect(button).to_be_focused()
    words = coach.page.locator(".st-key-printed")
    expect(words).to_be_hidden()
    coach.page.emulate_media(media="print")
    expect(words).to_have_text(f"No interview for {SILENT_DAYS} days")


def test_the_group_at_a_glance_is_one_click_away(coach: Coach) -> None:
    coach.click(coach.page.get_by_text("Heat map", exact=True))
    expect(coach.page.get_by_test_id("stTable")).to_be_in_viewport()
    expect(coach.page.get_by_text("22 candidates")).to_be_visible()
    assert coach.clicks == 1


def test_an_interviewee_reads_first_that_they_improved(demo: Demo, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    demo.open(page, "/?view_as=Interviewee")
    improved, next_one = page.get_by_text("You improved"), page.get_by_role("heading", name="Work on next")
    expect(improved).to_be_in_viewport()
    above, below = improved.bounding_box(), next_one.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]
    expect(page.get_by_text("weakest", exact=False)).to_have_count(0)
    # One thing to work on, and what it rests on; the others are one press away.
    expect(next_one).to_have_text("Work on next: communication")
    said = page.get_by_role("link", name="Show where it was said")
    expect(said).to_have_count(1)
    page.get_by_text("more points to work on").click()
    expect(said).to_have_count(3)
