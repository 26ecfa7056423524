"""The demo's pages by keyboard alone, on paper, and as axe reads them."""

from __future__ import annotations

import io
import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from analytics.access.viewer import TRUSTED
from analytics.charts.heat_map import HATCH, TINTS
from analytics.database.sessions import reading
from analytics.queries import interviews
from analytics.roster import order
from analytics.roster import page as roster_page
from analytics.skills import SKILLS
from tests.support.accessibility import violations
from tests.support.chromium import PageLog, address, settled
from tests.support.demo import Demo

PAGES: Final = {
    "/": "Candidates",
    "/?view=Heat+map": "Candidates",
    "/?sort=Technical&reverse=true": "Candidates",
    "/candidate?candidate=3": "Ingrid Vossberg-Ito",
    "/candidate?candidate=999999": "Candidate",
    "/interview?interview=17": "",
    "/compare?interviews=2,31": "Compare",
    "/compare": "Compare",
    "/people": "People",
}
MOST_KEYS: Final = 25


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_every_page_has_its_own_title(demo: Demo, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    found = {}
    for path, title in PAGES.items():
        demo.open(page, path)
        expect(page).to_have_title(re.compile(rf"^{re.escape(title)}.* · Interview skill analytics$"))
        found[path] = violations(page)
    assert {path: broken for path, broken in found.items() if broken} == {}


def press_until(page: Page, css: str, most: int) -> int:
    """Press Tab until a link is focused; gives how often."""
    target = page.locator(css).first
    expect(target).to_be_visible()
    for pressed in range(1, most + 1):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return pressed
    raise AssertionError(f"{css} is not reached with {most} keys")


def test_the_third_last_interview_of_the_first_candidate_by_keyboard_alone(demo: Demo, page: Page) -> None:
    with reading(demo.engine) as db:
        first = roster_page.page(TRUSTED, db, sort=order.Sort.ATTENTION, descending=True).rows[0]
        rows = interviews.candidate_interviews(TRUSTED, db, first.user_id)
    third = [row for row in rows if row.status == "completed"][2]
    demo.open(page)
    page.locator("body").press("Tab")
    page.keyboard.press("Enter")  # past the navigation
    keys = 2 + press_until(page, "[class*=st-key-row_] a", MOST_KEYS) + 1
    page.keyboard.press("Enter")
    page.wait_for_url(f"**candidate={first.user_id}**")
    settled(page)
    expect(page.get_by_role("heading", name=first.name, level=1)).to_be_visible()
    keys += press_until(page, f"a[href*='interview={third.interview_id}']", MOST_KEYS) + 1
    page.keyboard.press("Enter")
    page.wait_for_url(f"**interview={third.interview_id}**")
    expect(page.get_by_role("heading", name=third.title, level=1)).to_be_visible()
    assert keys < MOST_KEYS


def test_the_heads_of_the_list_sort_it_by_mouse_and_by_keyboard(demo: Demo, page: Page) -> None:
    demo.open(page)
    expect(page.get_by_role("button", name="Needs attention: most urgent first")).to_be_visible()
    page.get_by_role("button", name="Name", exact=True).click()
    ascending = page.get_by_role("button", name="Name: A to Z")
    expect(ascending).to_be_visible()
    settled(page)
    shown = page.locator("[class*=st-key-row_] a").all_inner_texts()
    assert shown == sorted(shown, key=str.casefold)
    assert address(page)["sort"] == ["Name"]
    assert "reverse" not in address(page)
    ascending.press("Enter")
    descending = page.get_by_role("button", name="Name: Z to A")
    expect(descending).to_be_focused()
    settled(page)
    assert address(page)["reverse"] == ["true"]
    turned = page.locator("[class*=st-key-row_] a").all_inner_texts()
    assert turned == sorted(turned, key=str.casefold, reverse=True)
    page.reload()
    settled(page)
    expect(descending).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(descending).to_be_hidden()
    expect(page.get_by_role("button", name="Sort", exact=True)).to_be_visible()


def test_the_levels_of_the_list_stand_below_the_heads_of_their_skills(demo: Demo, page: Page) -> None:
    demo.open(page)
    rows = page.locator("[class*=st-key-row_] ul")
    for place, skill in enumerate(SKILLS):
        head = page.get_by_role("button", name=skill.label, exact=True).bounding_box()
        assert head is not None
        for row in rows.all()[:3]:
            level = row.get_by_role("listitem").nth(place)
            expect(level).to_contain_text(skill.label)
            below = level.bounding_box()
            assert below is not None
            assert abs(below["x"] - head["x"]) < 8
    # What the heads say is not shown a second time, but on a phone, where there are none.
    name = rows.first.get_by_text(SKILLS[0].label, exact=True)
    assert name.evaluate("name => name.offsetWidth") == 1
    page.set_viewport_size({"width": 390, "height": 844})
    assert name.evaluate("name => name.offsetWidth") > 50


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_bar_with_the_name_stays_and_names_the_section(demo: Demo, page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    demo.open(page, "/candidate?candidate=3")
    bar, name = page.locator(".st-key-bar"), page.get_by_role("heading", name="Ingrid Vossberg-Ito", level=1)
    expect(bar).not_to_contain_text("Progression")
    page.get_by_role("heading", name="Progression").evaluate("heading => heading.scrollIntoView({block: 'start'})")
    expect(bar).to_contain_text("Progression")
    expect(name).to_be_in_viewport()
    below, above = page.get_by_role("heading", name="Progression").bounding_box(), bar.bounding_box()
    assert below is not None
    assert above is not None
    assert above["height"] < 110
    # What one jumps to is not under the bar.
    assert below["y"] >= above["y"] + above["height"]
    demo.open(page, "/interview?interview=17")
    page.locator("[data-testid=stMain]").evaluate("main => main.scrollBy(0, 300)")
    for words in ("Frontend engineer at Gullwing Travel", f"{demo.day_of(17)} · 0.67"):
        expect(bar.get_by_text(words)).to_be_in_viewport()
    bar.get_by_role("link", name=f"Next: {demo.day_of(29)}").click()
    expect(bar).to_contain_text(demo.day_of(29))


def test_the_address_names_what_is_shown_after_a_link_to_the_same_page(demo: Demo, page: Page) -> None:
    demo.open(page, "/interview?interview=17")
    bar = page.locator(".st-key-bar")
    first, following = demo.day_of(17), demo.day_of(29)
    bar.get_by_role("link", name=f"Next: {following}").click()
    expect(page).to_have_url(re.compile("interview=29$"))
    expect(bar).to_contain_text(following)
    page.go_back()
    expect(page).to_have_url(re.compile("interview=17$"))
    expect(bar).to_contain_text(first)
    page.go_forward()
    expect(bar).to_contain_text(following)
    expect(page).not_to_have_url(re.compile("interview=17"))


def test_a_page_opens_at_its_top(demo: Demo, page: Page) -> None:
    demo.open(page, "/interview?interview=17")
    for scrolled in ("[data-testid=stMain]", ".st-key-pane_conversation", ".st-key-pane_claims"):
        assert page.locator(scrolled).evaluate("element => element.scrollTop") == 0


def test_an_address_without_a_page_says_so_above_the_first_one(demo: Demo, page: Page, page_log: PageLog) -> None:
    said = page.get_by_text("This page does not exist, or you do not have access.")
    for path in ("/nowhere", "/candidate/nowhere"):
        demo.open(page, path)
        expect(page.get_by_role("heading", level=1, name="Candidates")).to_be_visible()
        expect(said).to_be_visible()
    page_log.forget_errors()  # Streamlit writes the same to the console
    demo.open(page, "/nowhere/judge")
    expect(page.get_by_role("heading", level=1, name="Judge")).to_be_visible()
    expect(said).to_have_count(0)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_candidate_with_twelve_interviews_is_printed_whole_on_two_pages(demo: Demo, page: Page, paper: str) -> None:
    demo.open(page, "/candidate?candidate=1")
    printed = PdfReader(io.BytesIO(page.pdf(format=paper)))
    text = "\n".join(one.extract_text() for one in printed.pages)
    assert len(printed.pages) <= 2
    for words in ("Amara Lindqvist-Osei", "Work on next", "Progression", "Levels", "Interviews"):
        assert words in text
    for control in ("Show as a table", "Download", "Also show", "365 days", "View as", "Report"):
        assert control not in text


def test_what_stands_side_by_side_on_the_screen_does_so_on_paper(demo: Demo, page: Page) -> None:
    demo.open(page, "/candidate?candidate=3")
    # As wide as A4 without its margins.
    page.set_viewport_size({"width": 703, "height": 1000})
    page.emulate_media(media="print")
    left, right = (
        page.get_by_role("heading", name=name).bounding_box() for name in ("Average by skill", "Levels: first three")
    )
    assert left is not None
    assert right is not None
    assert abs(left["y"] - right["y"]) < 2
    assert right["x"] > left["x"] + left["width"]


def test_forms_are_not_printed(demo: Demo, page: Page) -> None:
    demo.open(page, "/people")
    expect(page.get_by_role("heading", name="Add a role")).to_be_visible()
    text = "\n".join(one.extract_text() for one in PdfReader(io.BytesIO(page.pdf())).pages)
    assert "Roles" in text
    for control in ("Add a role", "Save", "Sign out", "Audit trail"):
        assert control not in text


def printed_text(page: Page) -> str:
    return "\n".join(one.extract_text() for one in PdfReader(io.BytesIO(page.pdf())).pages)


def test_paper_names_whose_interviews_and_which_judge_it_is_about(demo: Demo, page: Page) -> None:
    demo.open(page, "/compare?interviews=8,88")
    assert "2 · Site reliability engineer at Copperleaf Bank" in printed_text(page)
    demo.open(page, "/interview?interview=88")
    text = printed_text(page)
    assert "Ingrid Vossberg-Ito" in text
    # The bar repeats these while one scrolls; paper does not.
    assert text.count(demo.day_of(88)) == 1
    assert "Previous" not in text
    demo.open(page, "/judge")
    text = printed_text(page)
    assert "InterviewLab (216 pairs)" in text
    assert "Data engineer at Wexcombe Water" in text
    for control in ("Choose 10 at random", "Rate before you see", "Levels from a file", "Show as a table"):
        assert control not in text


@pytest.mark.parametrize("path", ["/compare?interviews=8,88", "/interview?interview=88", "/judge"])
def test_nothing_is_filled_with_the_dark_of_the_screen_on_paper(demo: Demo, page: Page, path: str) -> None:
    page.emulate_media(color_scheme="dark")
    demo.open(page, path)
    filled = """() => [...document.querySelectorAll('[data-testid=stMain] *')]
      .filter(one => one.checkVisibility() && getComputedStyle(one).backgroundColor !== 'rgba(0, 0, 0, 0)')
      .filter(one => !one.parentElement.matches('[data-testid=stProgressBarTrack]')).length"""
    assert page.evaluate(filled)
    page.emulate_media(color_scheme="dark", media="print")
    page.wait_for_function(f"() => ({filled})() === 0")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/?view=Heat+map", ("Teodor Nakashima", "0.54 ▼")),
        ("/candidate?candidate=3", ("Site reliability engineer at Wexcombe Water", "Overall 0.77")),
    ],
)
def test_tables_are_printed_as_words_and_not_as_the_dark_picture_of_them(
    demo: Demo, page: Page, path: str, words: tuple[str, ...]
) -> None:
    page.emulate_media(color_scheme="dark")
    demo.open(page, path)
    for grid in page.get_by_test_id("stDataFrame").all():
        grid.scroll_into_view_if_needed()
        expect(grid.locator("canvas").first).to_be_visible()
    printed = PdfReader(io.BytesIO(page.pdf()))
    text = "\n".join(one.extract_text() for one in printed.pages)
    assert [word for word in words if word not in text.replace("\u00a0", " ")] == []
    assert [image.name for one in printed.pages for image in one.images] == []
    assert len(printed.pages) <= 2


def test_the_tints_and_the_hatch_of_the_heat_map_are_named_as_its_cells_have_them(demo: Demo, page: Page) -> None:
    demo.open(page, "/?view=Heat+map")
    tints = {
        name: page.get_by_text(name, exact=True)
        .filter(visible=True)
        .evaluate("one => getComputedStyle(one).backgroundColor.replaceAll(' ', '')")
        for name in ("at the target or above", "below it", "far below it")
    }
    assert [style.removeprefix("background-color: ") for style in TINTS.values()] == [
        re.sub(r"0\.(\d)\)$", r"0.\g<1>0)", tint) for tint in tints.values()
    ]
    # What cannot be told is hatched, also where nobody sees colours, and its name as well.
    look = "one => [getComputedStyle(one).backgroundImage, getComputedStyle(one).backgroundColor]"
    hatched = page.locator(".st-key-heat td").filter(has_text="≈").first.evaluate(look)
    assert hatched == page.get_by_text("cannot be told from it", exact=True).evaluate(look)
    assert hatched[0].startswith("repeating-linear-gradient") == HATCH.startswith("background: repeating-linear-gr")
    assert page.locator(".st-key-heat td").filter(has_text="▼").first.evaluate(look)[0] == "none"
    # Paper has no tints.
    page.emulate_media(media="print")
    for name in (*tints, "cannot be told from it"):
        expect(page.get_by_text(name, exact=True).filter(visible=True)).to_have_count(0)


def test_what_is_chosen_is_read_as_well_as_the_rest_on_dark(demo: Demo, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    demo.open(page, "/people")
    colours = {
        tab.get_attribute("aria-selected"): tab.evaluate("tab => getComputedStyle(tab).color")
        for tab in page.get_by_role("tab").all()
    }
    assert colours["true"] == colours["false"]


def test_on_a_phone_whose_interview_it_is_stands_right_below_its_title(demo: Demo, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    demo.open(page, "/compare?interviews=8,88")
    rows = page.locator("[class*=st-key-named_]")
    title, about, following = (
        one.bounding_box() for one in (rows.nth(0).get_by_role("link"), rows.nth(0).get_by_text("Ingrid"), rows.nth(1))
    )
    assert title is not None
    assert about is not None
    assert following is not None
    assert title["y"] + title["height"] <= about["y"] + 1
    assert about["y"] - (title["y"] + title["height"]) < following["y"] - (about["y"] + about["height"])


def test_what_is_printed_from_a_dark_screen_is_ink_on_white(demo: Demo, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    demo.open(page, "/candidate?candidate=1")
    page.get_by_test_id("stPlotlyChart").locator(".main-svg").first.wait_for()
    printed = PdfReader(io.BytesIO(page.pdf()))
    drawn = b"".join(one.get_contents().get_data() for one in printed.pages if one.get_contents() is not None)
    inks = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) rg[^B]{0,200}?BT", drawn)
    assert inks
    assert {ink for ink in inks if min(map(float, ink)) > 0.6} == set()


def test_a_claim_and_the_conversation_stand_side_by_side(demo: Demo, page: Page) -> None:
    demo.open(page, "/interview?interview=17")
    left, right = (page.locator(f".st-key-pane_{name}").bounding_box() for name in ("claims", "conversation"))
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    assert left["y"] == right["y"]
    page.set_viewport_size({"width": 390, "height": 844})
    narrow, below = (page.locator(f".st-key-pane_{name}").bounding_box() for name in ("claims", "conversation"))
    assert narrow is not None
    assert below is not None
    assert below["y"] >= narrow["y"] + narrow["height"]
