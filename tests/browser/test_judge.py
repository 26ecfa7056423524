"""Two judges on one page: the step on the chart, the bridge's button, the page Judge by keyboard, rating oneself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from analytics.breakdown.versions import save as versions_save
from analytics.columns import now
from analytics.database.agreement_tables import rating_queue
from analytics.database.schema import breakdown_jobs
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from analytics.skills import SKILL_KEYS
from tests.support import dashboard
from tests.support.breakdowns import scored_by
from tests.support.chromium import settled
from tests.support.databases import Databases
from tests.support.doubles import SETTINGS
from tests.support.identity_provider import Provider
from tests.support.ports import free_port
from tests.support.serving import Serving
from tests.support.world import ISSUER, populate

MODEL = str(SETTINGS.model_name)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Databases) -> Iterator[Serving]:
    """The small world, its interviewee's latest interview new and scored by the model that is connected."""
    folder, port = tmp_path_factory.mktemp("judged"), free_port()
    url = f"http://localhost:{port}"
    Provider(ISSUER).write_secrets(folder, url)
    with sqlite_databases.fresh() as database:
        world = populate(database)
        with database.platform_engine.begin() as connection:
            latest = sa.update(interviews).where(interviews.c.id == 103)
            connection.execute(latest.values(completed_at=now() - timedelta(days=1)))
        made = scored_by(MODEL, **dict.fromkeys(SKILL_KEYS, 0.75))
        versions_save.save(
            database.engine, 103, made, version_id=str(uuid.uuid4()), by="-", write_back=True, asked=MODEL
        )
        settings = {
            "DATABASE_URL": database.url,
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
            "OPENAI_MODEL": MODEL,
            "SELF_RATING": "on",
        }
        command = dashboard.build_command(port)
        with dashboard.launched(command, folder, port, **settings) as running:
            yield Serving(url, world, running)


def visit(serving: Serving, page: Page, who: str, path: str) -> None:
    cookie = serving.cookie(who)
    assert cookie is not None
    page.context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": serving.url}])
    page.goto(serving.url + path)
    settled(page)


def press(page: Page, role: str, name: str) -> None:
    """Go to a control and press it, with the keyboard alone."""
    page.get_by_role(role, name=name).first.press("Enter")  # type: ignore[arg-type]
    settled(page)


def test_a_coach_sees_where_the_judge_changes_bridges_it_and_draws_interviews_by_keyboard(
    judged: Serving, page: Page
) -> None:
    visit(judged, page, "coach", "/candidate?candidate=11&judge=All%2C+as+scored")
    figure = page.get_by_role("figure").first
    words = f"scored by {MODEL} at {SETTINGS.host}, before by InterviewLab."
    assert words in (figure.get_attribute("aria-label") or "")
    expect(page.get_by_text("New judge").first).to_be_attached()
    expect(page.get_by_text("Scoring these 2 interviews again", exact=False)).to_be_visible()
    press(page, "button", "Score again")
    press(page, "button", "Score 2 interviews")
    expect(page.get_by_text("of 2 interviews scored again", exact=False).first).to_be_visible()
    with reading(judged.world.database.engine) as db:
        rows = db.execute(sa.select(breakdown_jobs.c.interview_id, breakdown_jobs.c.pressed_by))
        assert sorted(map(tuple, rows)) == [(101, "coach@example.org"), (102, "coach@example.org")]

    press(page, "link", "Judge")
    expect(page.get_by_text("No interview has been rated by a person yet.", exact=False)).to_be_visible()
    press(page, "button", "Choose 10 at random")
    expect(page.get_by_text("3 interviews chosen.", exact=False)).to_be_visible()
    expect(page.get_by_role("link", name="Round 3 marzipan")).to_be_visible()
    with reading(judged.world.database.engine) as db:
        assert set(db.execute(sa.select(rating_queue.c.rater)).scalars()) == {"coach@example.org"}
    # Nobody else's interviews are drawn.
    expect(page.get_by_text("tarragon")).to_have_count(0)


def test_an_interviewee_rates_themselves_before_the_scores_are_there(judged: Serving, page: Page) -> None:
    visit(judged, page, "interviewee", "/interview?interview=103")
    expect(page.get_by_text("How do you rate yourself in this interview?", exact=False)).to_be_visible()
    assert "0.75" not in page.get_by_test_id("stMain").inner_html()
    page.get_by_role("radiogroup", name="Technical").get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    press(page, "button", "Save and show the scores")
    expect(page.get_by_text("Here are the scores.")).to_be_visible()
    expect(page.get_by_text("You rated yourself: level 2 of 5")).to_be_visible()
    expect(page.get_by_text("0.75").first).to_be_visible()
