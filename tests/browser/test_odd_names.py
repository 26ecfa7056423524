"""Names nobody should have, and a database that goes away: what a real browser makes of them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from analytics.database.errors import NOT_SET_UP
from analytics.skills import SKILLS
from tests.support.chromium import PageLog, settled
from tests.support.demo import Demo
from tests.support.hostile import HOSTILE
from tests.support.platform_rows import add, feedback, interview, person

FIRST = 9_000


@pytest.fixture(scope="module")
def hostile(demo: Demo) -> dict[str, int]:
    """People and interviews of every hostile kind among the demo's."""
    people, rows = [], []
    for place, said in enumerate(HOSTILE.values()):
        number = FIRST + 10 * place
        points = {kind: [said] for kind in ("strengths", "weaknesses", "recommendations")}
        breakdown = {skill.key: points for skill in SKILLS}
        told = feedback(0.5, 0.4, 0.6, 0.7, summary=said, topics_covered=[said], skill_breakdown=breakdown)
        said_in = [{"role": "assistant", "content": said}, {"role": "user", "content": said}]
        people.append(person(number, full_name=said[:255]))
        rows += [
            interview(number + n, number, title=said[:255], feedback=told, conversation_history=said_in) for n in (1, 2)
        ]
    add(demo.engine, people=people, rows=rows)
    return {kind: FIRST + 10 * place for place, kind in enumerate(HOSTILE)}


@pytest.mark.parametrize("kind", ["html", "markdown", "directive", "address", "right to left", "long"])
def test_nothing_hostile_runs_loads_or_links(
    demo: Demo, page: Page, page_log: PageLog, hostile: dict[str, int], kind: str
) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    number = hostile[kind]
    for path in (
        f"/?search=person{number}", f"/candidate?candidate={number}", f"/interview?interview={number + 1}",
        f"/compare?interviews={number + 1},{number + 2}",
    ):  # fmt: skip
        demo.open(page, path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.locator("[src*='evil.example'], [href*='evil.example']").count() == 0
        assert page.locator("main b, main script").count() == 0
        # Not wider than the window, whatever the name.
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert dialogs == []
    page_log.assert_stayed_here()


def test_a_name_is_read_as_it_was_written(demo: Demo, page: Page, hostile: dict[str, int]) -> None:
    for kind in ("html", "markdown", "directive", "address", "quotes", "formula"):
        demo.open(page, f"/candidate?candidate={hostile[kind]}")
        shown = page.get_by_role("heading", level=1).inner_text().replace("\u2060", "").replace("\u200b", "")
        assert shown.removesuffix("…").rstrip() == HOSTILE[kind][: len(shown.removesuffix("…").rstrip())]


def test_a_page_comes_back_by_itself(demo: Demo, page: Page) -> None:
    with demo.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE candidate_summaries RENAME TO elsewhere"))
    try:
        demo.open(page)
        expect(page.get_by_text(NOT_SET_UP)).to_be_visible()
    finally:
        with demo.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO candidate_summaries"))
    # Nobody touches the page.
    expect(page.get_by_text(NOT_SET_UP)).to_have_count(0)
    expect(page.locator("[class*=st-key-row_]").first).to_be_visible()
    settled(page)
