"""The way a coach goes: roster, person, a point, its interview, back, a comparison; with the numbers checked."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from analytics import queries, roster
from analytics.access import TRUSTED
from analytics.database import session
from analytics.skills import SKILL_KEYS, SKILLS
from tests.browser.conftest import Demo, click_cell
from tests.parts.chromium import settled

DRAWN = """chart => {
  const drawn = chart.querySelector('.js-plotly-plot');
  return JSON.stringify(drawn.data.map(t => ({name: t.name, mode: t.mode, y: t.y, r: t.r, customdata: t.customdata})));
}"""


def drawn(page: Page, place: int = 0) -> list[dict[str, Any]]:
    """The data of a chart as the browser drew it."""
    chart = page.locator("[data-testid=stPlotlyChart]").nth(place)
    chart.scroll_into_view_if_needed()
    chart.locator(".main-svg").first.wait_for()
    traces: list[dict[str, Any]] = json.loads(chart.evaluate(DRAWN))
    return traces


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_roster_person_point_interview_back_compare(demo: Demo, page: Page) -> None:
    with session(demo.engine) as db:
        first = roster.page(TRUSTED, db, sort=roster.Sort.NAME).rows[0]
        history = queries.skill_history(TRUSTED, db, first.user_id) or []

    demo.open(page, "/?sort=Name")
    click_cell(page.get_by_test_id("stDataFrame"), 1)
    page.wait_for_url("**/candidate?**")
    settled(page)
    expect(page.get_by_role("heading", name=first.name, level=1)).to_be_visible()
    assert address(page)["candidate"] == [str(first.user_id)]

    lines = {trace["name"]: trace for trace in drawn(page) if trace["mode"] == "lines+markers"}
    for skill in SKILLS:
        stored = [record.score for record in history if record.skill == skill.key]
        assert lines[skill.label]["y"] == stored
    averages = next(trace for trace in drawn(page, 1) if trace["name"] == "All interviews")["r"]
    stored_averages = {row: getattr(first, row) for row in SKILL_KEYS}
    assert averages[:4] == [pytest.approx(stored_averages[key]) for key in SKILL_KEYS]

    marker = (
        page.locator(".scatterlayer .trace")
        .filter(has=page.locator(".points path"))
        .nth(1)
        .locator(".points path")
        .nth(2)
    )
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
    settled(page)
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare?**")
    settled(page)
    chosen = [int(part) for part in address(page)["interviews"][0].split(",")]
    assert len(chosen) == 3
    with session(demo.engine) as db:
        records = queries.compared(TRUSTED, db, chosen)
    scores = {(record.interview_id, record.skill): record.score for record in records}
    bars = drawn(page)
    assert [bar["y"] for bar in bars] == [[scores[one, key] for key in SKILL_KEYS] for one in chosen]


def test_the_address_reopens_the_view(demo: Demo, page: Page) -> None:
    demo.open(page)
    page.get_by_role("searchbox", name="Search").fill("a")
    page.get_by_role("searchbox", name="Search").press("Enter")
    page.get_by_text("30 days", exact=True).click()
    page.get_by_text("Trends", exact=True).click()
    page.wait_for_url("**columns=Trends**")
    settled(page)
    link = page.url
    assert address(page) == {"search": ["a"], "within": ["30 days"], "columns": ["Trends"]}
    other = page.context.new_page()
    other.goto(link)
    settled(other)
    expect(other.get_by_role("searchbox", name="Search")).to_have_value("a")
    expect(other.get_by_role("radio", name="30 days")).to_be_checked()
    expect(other.get_by_role("radio", name="Trends")).to_be_checked()
    with session(demo.engine) as db:
        found = roster.page(TRUSTED, db, filters=roster.Filters(search="a", within_days=30))
    expect(other.get_by_text(f"{found.total} candidate", exact=False).first).to_be_visible()
    assert other.url == link


def test_back_leads_to_the_roster_as_it_was(demo: Demo, page: Page) -> None:
    demo.open(page, "/?search=a&sort=Name")
    click_cell(page.get_by_test_id("stDataFrame"), 2)
    page.wait_for_url("**/candidate?**")
    settled(page)
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


def test_a_header_sorts_the_whole_list_and_again_reverses_it(demo: Demo, page: Page) -> None:
    demo.open(page)
    table = page.get_by_test_id("stDataFrame")
    click_cell(table, 0, x=60)
    page.wait_for_url("**sort=Name**")
    settled(page)
    click_cell(table, 0, x=60)
    page.wait_for_url("**reverse=true**")
    settled(page)
    with session(demo.engine) as db:
        last = roster.page(TRUSTED, db, sort=roster.Sort.NAME, descending=True).rows[0]
    click_cell(table, 1)
    page.wait_for_url(f"**candidate={last.user_id}**")


def test_the_keyboard_reaches_a_person(demo: Demo, page: Page) -> None:
    demo.open(page, "/?sort=Name")
    chooser = page.get_by_role("combobox", name="Open")
    chooser.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/candidate?**")
    settled(page)
    expect(page.get_by_role("heading", name="Progression")).to_be_visible()


def test_numbers_as_table_and_file(demo: Demo, page: Page, tmp_path: Path) -> None:
    demo.open(page, "/candidate?candidate=1")
    page.get_by_text("Show as a table").first.click()
    settled(page)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download as CSV").click()
    file = tmp_path / "numbers.csv"
    downloading.value.save_as(file)
    assert downloading.value.suggested_filename.startswith("progression-")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    with session(demo.engine) as db:
        history = queries.skill_history(TRUSTED, db, 1) or []
    stored = [record for record in history if record.skill == "communication"]
    assert [row["Interview"] for row in rows] == [record.interview_title for record in stored]
    assert [float(row["Communication"]) for row in rows] == [record.score for record in stored]


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
