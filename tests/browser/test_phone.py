"""The demo on a phone: one column, and nothing to be moved sideways."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from analytics.access import members
from analytics.access.viewer import TRUSTED, Role
from analytics.database.sessions import writing
from analytics.settings import Settings
from analytics.skills import SKILLS
from tests.support.chromium import settled
from tests.support.demo import Demo


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": 390, "height": 844})
    return page


def test_no_table_has_to_be_moved_sideways(demo: Demo, phone: Page) -> None:
    tables = {"/compare?interviews=2,31": 1, "/judge": 2, "/?view=Heat+map": 1, "/candidate?candidate=3": 0}
    for path, count in tables.items():
        demo.open(phone, path)
        shown = phone.get_by_test_id("stTable").filter(visible=True)
        expect(shown).to_have_count(count)
        widths = shown.evaluate_all("all => all.map((one) => [one.scrollWidth, one.clientWidth])")
        assert [within for whole, within in widths if whole > within] == [], path
        expect(phone.get_by_test_id("stDataFrame").filter(visible=True)).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "folded"),
    [("/candidate?candidate=3", 2), ("/compare?interviews=2,31", 1), ("/?view=Heat+map", 1), ("/judge", 0)],
)
def test_the_numbers_of_charts_are_read_without_moving_them_sideways(
    demo: Demo, phone: Page, path: str, folded: int
) -> None:
    demo.open(phone, path)
    for opener in phone.locator("summary", has_text="Show as a table").all():
        opener.click()
        settled(phone)
    expect(phone.get_by_role("button", name="Download as CSV")).not_to_have_count(0)
    widths = (
        phone.get_by_test_id("stTable")
        .filter(visible=True)
        .evaluate_all("all => all.map((one) => [one.scrollWidth, one.clientWidth])")
    )
    assert [within for whole, within in widths if whole > within] == []
    lists, tables = phone.locator("[class*=st-key-folded_]"), phone.locator("[class*=st-key-unfolded_]")
    expect(lists.filter(visible=True)).to_have_count(folded)
    expect(tables.filter(visible=True)).to_have_count(0)
    # Where there is room, and on paper, it is a table.
    phone.set_viewport_size({"width": 1280, "height": 900})
    expect(lists.filter(visible=True)).to_have_count(0)
    expect(tables.filter(visible=True)).to_have_count(folded)
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.emulate_media(media="print")
    expect(tables.filter(visible=True)).to_have_count(folded)


def test_titles_and_badges_are_read_in_full(demo: Demo, phone: Page) -> None:
    demo.open(phone, "/candidate?candidate=3")
    latest = phone.locator("a[href*='interview=88']").filter(visible=True).first
    expect(latest).to_have_text(re.compile("Site reliability engineer at Copperleaf Bank$"))
    words = "one => [...one.querySelectorAll('*')].filter(part => part.scrollWidth > part.clientWidth + 1).length"
    assert latest.evaluate(words) == 0
    demo.open(phone, "/interview?interview=88")
    badges = phone.locator(".stMarkdownBadge").filter(visible=True)
    expect(badges.filter(has_text="lines 3–5, line 4").first).to_be_visible()
    assert badges.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length") == 0


def test_what_is_wrong_with_a_form_is_said_above_its_button(demo: Demo, phone: Page) -> None:
    demo.open(phone, "/?view_as=Interviewee")
    phone.locator("a[href*='interview=']").filter(visible=True).first.click()
    phone.wait_for_url("**/interview?**")
    settled(phone)
    phone.get_by_role("button", name="I see this differently").first.click()
    ask = phone.get_by_role("button", name="Ask for a review")
    ask.click()
    said = phone.get_by_test_id("stPopoverBody").get_by_role("alert")
    expect(said).to_have_text(re.compile("Say how you see it"))
    expect(said).to_be_in_viewport()
    wrong, button = said.bounding_box(), ask.bounding_box()
    assert wrong is not None
    assert button is not None
    assert wrong["y"] + wrong["height"] <= button["y"]


@pytest.mark.parametrize(("width", "rows"), [(1280, 1), (640, 2), (390, 2)])
def test_the_four_levels_stand_in_rows_of_the_same_length(demo: Demo, phone: Page, width: int, rows: int) -> None:
    phone.set_viewport_size({"width": width, "height": 844})
    demo.open(phone, "/candidate?candidate=3")
    levels = phone.get_by_test_id("stMetric")
    expect(levels).to_have_count(len(SKILLS))
    tops = levels.evaluate_all("all => all.map(one => Math.round(one.getBoundingClientRect().top))")
    assert [tops.count(top) for top in sorted(set(tops))] == [len(SKILLS) // rows] * rows


def test_tables_with_addresses_and_moments_fit_as_well(demo: Demo, phone: Page) -> None:
    with writing(demo.engine) as db:
        members.set_role(TRUSTED, db, "maximiliane.featherstonehaugh@example.org", Role.COACH, Settings())
        coach = members.list_members(TRUSTED, db)[0]
        members.assign(TRUSTED, db, coach.id, [1, 2, 3])
    for tab in ("Roles", "Coaching", "Who sees whom", "Audit trail"):
        demo.open(phone, f"/people?people={tab.replace(' ', '+')}")
        table = phone.get_by_test_id("stTable")
        expect(table).to_be_visible()
        whole, within = table.evaluate("one => [one.querySelector('table').offsetWidth, one.clientWidth]")
        assert whole <= within, tab
    # No column is so narrow that a day is written in pieces, one below the other.
    day = table.get_by_role("row").nth(1).get_by_role("cell").first.bounding_box()
    assert day is not None
    assert day["width"] > 70


def test_the_heat_map_names_every_skill_and_leads_to_a_candidate_in_the_same_tab(demo: Demo, phone: Page) -> None:
    demo.open(phone, "/?view=Heat+map")
    table = phone.get_by_test_id("stTable")
    expect(table.get_by_role("columnheader")).to_have_text(["Candidate", *(skill.label for skill in SKILLS)])
    expect(table.get_by_role("row").filter(has_text="Ingrid Vossberg-Ito")).to_have_text(re.compile(r"0\.\d\d\s▼"))
    table.get_by_role("link", name="Ingrid Vossberg-Ito").click()
    settled(phone)
    expect(phone.get_by_role("heading", name="Ingrid Vossberg-Ito", level=1)).to_be_visible()
    phone.go_back()
    expect(table.get_by_role("link", name="Ingrid Vossberg-Ito")).to_be_visible()
    assert len(phone.context.pages) == 1


def test_a_claim_leads_to_its_sentence_and_the_way_back_to_the_claim(demo: Demo, phone: Page) -> None:
    demo.open(phone, "/interview?interview=88")
    claim = phone.locator(".st-key-pane_claims a[href^='#message-']").nth(20)
    claim.click()
    expect(claim).not_to_be_in_viewport()
    expect(phone.locator(f".st-key-pane_conversation {claim.get_attribute('href')}")).to_be_in_viewport()
    phone.go_back()
    expect(claim).to_be_in_viewport()
    expect(claim).to_be_focused()


def test_the_parts_of_an_interview_are_one_press_away_wherever_one_is(demo: Demo, phone: Page) -> None:
    demo.open(phone, "/interview?interview=88")
    parts = phone.locator(".st-key-bar")
    for link, heading in (("Conversation", "Conversation"), ("Code", "Submitted code"), ("Skills", "Skills")):
        parts.get_by_role("link", name=link, exact=True).click()
        expect(phone.get_by_role("heading", name=heading, exact=True)).to_be_in_viewport()
    phone.locator(".st-key-pane_claims").get_by_role("link", name="Code quality").click()
    expect(phone.get_by_role("heading", name="Code quality", exact=True)).to_be_in_viewport()
    # Side by side they need no links.
    phone.set_viewport_size({"width": 1280, "height": 900})
    expect(parts.get_by_role("link", name="Conversation", exact=True)).to_be_hidden()


def test_the_list_of_interviews_has_every_score_and_leads_to_each(demo: Demo, phone: Page) -> None:
    demo.open(phone, "/candidate?candidate=3")
    title = "Site reliability engineer at Pinebarrow"
    third = phone.get_by_role("listitem").filter(has_text=f"{demo.day_of(69)} · {title}")
    for words in ("Overall", *(skill.label for skill in SKILLS)):
        expect(third).to_contain_text(re.compile(rf"{words} 0\.\d\d"))
    third.get_by_role("link").click()
    expect(phone.get_by_role("heading", name=title, level=1)).to_be_visible()
    assert len(phone.context.pages) == 1
    # Where there is room, the table with its boxes to tick stands there instead.
    phone.set_viewport_size({"width": 1280, "height": 900})
    demo.open(phone, "/candidate?candidate=3")
    expect(phone.get_by_test_id("stDataFrame")).to_be_visible()
    expect(third).to_be_hidden()


def test_what_two_interviews_differ_in_stands_one_below_the_other(demo: Demo, phone: Page) -> None:
    demo.open(phone, "/compare?interviews=2,31")
    said = phone.get_by_text(re.compile("^Only ")).filter(visible=True)
    left, right = said.nth(0).bounding_box(), said.nth(1).bounding_box()
    assert left is not None
    assert right is not None
    # Each as wide as the screen lets it be.
    assert right["y"] > left["y"] + left["height"]
    assert abs(left["x"] - right["x"]) < 1
