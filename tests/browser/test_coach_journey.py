"""The way a coach goes: roster, person, a point, its interview, back, a comparison; with the numbers checked."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from analytics.access.viewer import TRUSTED
from analytics.database.sessions import reading
from analytics.formatting import rounded
from analytics.queries import candidates, interviews
from analytics.roster import filters, order
from analytics.roster import page as roster_page
from analytics.skills import SKILL_KEYS, SKILLS
from tests.support.chromium import address, click_cell, drawn, settled
from tests.support.demo import Demo


def as_they_were_scored(page: Page) -> None:
    """Have scores of several judges drawn as each gave them; at first they are the newest judge's."""
    page.get_by_text("All, as scored", exact=True).click()
    expect(page.get_by_text("Judges differ in how strict they are")).to_be_visible()
    settled(page)


def test_roster_person_point_interview_back_compare(demo: Demo, page: Page) -> None:
    with reading(demo.engine) as db:
        first = roster_page.page(TRUSTED, db, sort=order.Sort.NAME).rows[0]
        history = candidates.skill_history(TRUSTED, db, first.user_id) or []

    demo.open(page, "/?sort=Name")
    page.get_by_role("link", name=first.name).click()
    page.wait_for_url("**/candidate?**")
    settled(page)
    expect(page.get_by_role("heading", name=first.name, level=1)).to_be_visible()
    assert address(page)["candidate"] == [str(first.user_id)]

    as_they_were_scored(page)
    lines = {trace["name"]: trace for trace in drawn(page) if trace["mode"] == "lines+markers"}
    for skill in SKILLS:
        stored = [record.score for record in history if record.skill == skill.key and record.score is not None]
        # Where another judge begins the line ends, and begins anew.
        assert [score for score in lines[skill.label]["y"] if score is not None] == stored
    averages = next(trace for trace in drawn(page, 1) if trace["name"] == "All interviews")["r"]
    # What the browser shows when one points at it is what the text says.
    assert averages[:4] == [rounded(first.averages[key]) for key in SKILL_KEYS]

    marker = (
        page.locator(".scatterlayer .trace")
        .filter(has=page.locator(".points path"))
        .nth(1)
        .locator(".points path")
        .nth(2)
    )
    marker.scroll_into_view_if_needed()
    box = marker.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/interview?**")
    settled(page)
    interview_id = int(address(page)["interview"][0])
    clicked = [record for record in history if record.interview_id == interview_id]
    assert (
        interview_id
        == [record for record in history if record.skill == "technical" and record.score is not None][2].interview_id
    )
    expect(page.get_by_role("heading", name=clicked[0].interview_title, level=1)).to_be_visible()
    for record in clicked:
        if record.score is not None:
            expect(page.get_by_text(f"{record.score:.2f}", exact=True).first).to_be_visible()

    page.go_back()
    page.wait_for_url("**/candidate?**")
    settled(page)
    expect(page.get_by_role("heading", name=first.name, level=1)).to_be_visible()
    # Back is where one came from, not where one was sent from there.
    assert address(page)["candidate"] == [str(first.user_id)]

    listed = page.get_by_test_id("stDataFrame").last
    for row in (2, 3, 4):
        click_cell(listed, row, x=16)
    expect(page.get_by_text("3 interviews selected")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare?**")
    settled(page)
    chosen = [int(part) for part in address(page)["interviews"][0].split(",")]
    assert len(chosen) == 3
    with reading(demo.engine) as db:
        records = interviews.compared_records(TRUSTED, db, chosen)
    scores = {(record.interview_id, record.skill): record.score for record in records}
    bars = drawn(page)
    assert [bar["y"] for bar in bars] == [[scores[one, key] for key in SKILL_KEYS] for one in chosen]


def test_the_address_reopens_the_view(demo: Demo, page: Page) -> None:
    demo.open(page)
    page.get_by_role("searchbox", name="Search").fill("a")
    page.get_by_role("searchbox", name="Search").press("Enter")
    page.get_by_role("button", name="No interview for 30 days").click()
    page.wait_for_url("**within=**")
    settled(page)
    page.get_by_text("Heat map", exact=True).click()
    page.wait_for_url("**view=Heat+map**")
    settled(page)
    link = page.url
    assert address(page) == {"search": ["a"], "within": ["More than 30 days ago"], "view": ["Heat map"]}
    other = page.context.new_page()
    other.goto(link)
    settled(other)
    expect(other.get_by_role("searchbox", name="Search")).to_have_value("a")
    expect(other.get_by_role("radio", name="Heat map")).to_be_checked()
    with reading(demo.engine) as db:
        found = roster_page.page(TRUSTED, db, filters=filters.Filters(search="a", silent_days=30))
    expect(other.get_by_text(f"{found.total} candidate", exact=False).first).to_be_visible()
    # What is active is named, and one press takes it back.
    other.get_by_role("button", name="No interview for 30 days").click()
    expect(other.get_by_role("button", name="No interview for 30 days").filter(has_text="event_busy")).to_be_visible()


def test_back_leads_to_the_roster_as_it_was(demo: Demo, page: Page) -> None:
    demo.open(page, "/?search=a&sort=Name")
    names = page.locator("[class*=st-key-row_] a")
    # Wherever a row is pressed, it opens.
    box = page.locator("[class*=st-key-row_]").nth(1).bounding_box()
    name = names.nth(1).inner_text()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 30, box["y"] + box["height"] / 2)
    page.wait_for_url("**/candidate?**")
    settled(page)
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.go_back()
    page.wait_for_url("**search=a**")
    settled(page)
    expect(page.get_by_role("heading", name="Candidates", level=1)).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("a")
    page.go_forward()
    page.wait_for_url("**/candidate?**")
    settled(page)
    page.get_by_role("link", name="Candidates").last.click()
    page.wait_for_url("**search=a**")
    settled(page)
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("a")


def test_nothing_happens_on_focus_and_enter_opens_a_row(demo: Demo, page: Page) -> None:
    demo.open(page, "/?sort=Name")
    first = page.locator("[class*=st-key-row_] a").first
    name = first.inner_text()
    for _ in range(30):
        page.keyboard.press("Tab")
        if first.evaluate("link => link === document.activeElement"):
            break
    expect(first).to_be_focused()
    settled(page)
    expect(page.get_by_role("heading", name="Candidates", level=1)).to_be_visible()
    assert "candidate" not in address(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/candidate?**")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_numbers_as_table_and_file(demo: Demo, page: Page, tmp_path: Path) -> None:
    demo.open(page, "/candidate?candidate=1")
    as_they_were_scored(page)
    page.get_by_text("Show as a table").first.click()
    settled(page)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download as CSV").click()
    file = tmp_path / "numbers.csv"
    downloading.value.save_as(file)
    assert downloading.value.suggested_filename.startswith("progression-")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    with reading(demo.engine) as db:
        history = candidates.skill_history(TRUSTED, db, 1) or []
    stored = [record for record in history if record.skill == "communication"]
    assert [row["Interview"] for row in rows] == [record.interview_title for record in stored]
    assert [float(row["Communication"]) for row in rows] == [record.score for record in stored]


def test_the_page_judge_opens_and_takes_no_file_in_the_demo(demo: Demo, page: Page) -> None:
    demo.open(page, "/judge")
    expect(page.get_by_role("heading", name="Judge", level=1)).to_be_visible()
    expect(page.get_by_text("The demo takes no files on its pages.")).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(0)


def test_a_deep_link_goes_through_the_frame(demo: Demo, page: Page) -> None:
    for path, heading in (
        ("/candidate?candidate=3", "Progression"),
        ("/interview?interview=17", "Conversation"),
        ("/compare?interviews=1,2", "Scores by skill"),
    ):
        demo.open(page, path)
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        # What only the entry script draws: the banner and the navigation.
        expect(page.get_by_text("Demo data")).to_be_visible()
        expect(page.get_by_role("link", name="Compare").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_have_words_and_readable_ink_in_both_themes(demo: Demo, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    demo.open(page, "/candidate?candidate=1")
    figure = page.get_by_role("figure").first
    assert "Communication from" in (figure.get_attribute("aria-label") or "")
    colours = page.evaluate(
        """() => {
          const text = document.querySelector('.js-plotly-plot .xtick text');
          const rgb = value => value.match(/\\d+(\\.\\d+)?/g).slice(0, 3).map(Number);
          const paper = getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor;
          return [rgb(getComputedStyle(text).fill), rgb(paper)];
        }"""
    )
    # The ink is Streamlit's own, which follows the theme; nothing of ours may make it fainter.
    assert contrast(*colours) >= 3.5


def contrast(ink: list[float], paper: list[float]) -> float:
    """The contrast ratio of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: list[float]) -> float:
        linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
