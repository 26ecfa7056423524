"""Take the pictures in docs/screenshots, of every page: light, dark, and as wide as a phone (`make screenshots`).

The whole demo as a newcomer finds it.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from analytics.access.viewer import TRUSTED, Role
from analytics.access.without_sign_in import demo_viewer
from analytics.coaching.goals import set_goal
from analytics.coaching.news import keep as keep_look
from analytics.coaching.notes import Visibility, write_note
from analytics.coaching.steps import StepState, agree_step, mark_step
from analytics.columns import now
from analytics.database.engine import create_engine_for
from analytics.database.sessions import reading, writing
from analytics.settings import Settings
from analytics.views.news import view_news
from analytics.views.report import view_report
from tests.support import dashboard
from tests.support.chromium import running_browser, settled
from tests.support.demo import fill
from tests.support.paper import report_pages

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
PAGES = {
    "candidates": "/",
    "candidate": "/candidate?candidate=1&overlays=First+three&overlays=Latest+three",
    "interview": "/interview?interview=88",
    "compare": "/compare?interviews=8,47,88",
    "judge": "/judge",
    "people": "/people",
    "own": "/?view_as=Interviewee",
}
SESSION = "/candidate?candidate=1&view_as=Coach"
LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "phone": (390, "light")}
HIGHEST = 1_700


# What is dropped on the page *Add interviews*.
TALK = (
    "Ada Lovelace: Hello Grace, why would you use a queue here?\n"
    "Grace Hopper: Because it absorbs peaks. I measured 40 requests a second, so one worker was enough at first.\n"
    "Ada Lovelace: And when it is full?\nGrace Hopper: Then it refuses, and the caller tries again later.\n"
)


def drop_talk(page: Page) -> None:
    """Drop a transcript and wait until it is read."""
    file: FilePayload = {"name": "talk.txt", "mimeType": "text/plain", "buffer": TALK.encode()}
    page.locator("input[type=file]").set_input_files([file])
    expect(page.get_by_text("Who is the candidate?")).to_be_visible()
    settled(page)


def place(name: str, look: str) -> Path:
    """Return where a picture is kept: light ones, which the documents show, at the top."""
    return (PICTURES if look == "light" else PICTURES / look) / f"{name}.png"


def coach(database: Path) -> None:
    """Write what a coach and a candidate may have written, one step of it after the coach has looked."""
    engine, settings = create_engine_for(f"sqlite:///{database}"), Settings()
    viewer = demo_viewer(engine, Role.COACH, settings)
    today = now().date()
    with writing(engine) as db:
        done = agree_step(viewer, db, 1, "Say the result first, then how you got there", skill="technical")
    with reading(engine) as db:
        seen = view_news(viewer, 1, db)
    with writing(engine) as db:
        if seen is not None and seen.to_keep is not None:
            keep_look(viewer, db, 1, seen.to_keep)
        mark_step(demo_viewer(engine, Role.INTERVIEWEE, settings), db, done, StepState.DONE, "Twice, and it helped")
        due_on = today + timedelta(days=12)
        text = "End each answer with what follows for the listener"
        agree_step(viewer, db, 1, text, skill="communication", due_on=due_on)
        set_goal(viewer, db, 1, "communication", 0.8, due_on=today + timedelta(days=60))
        write_note(viewer, db, 1, Visibility.SHARED, "Brought two examples of her own, and both were to the point.")
    engine.dispose()


def take_session(browser: Browser, url: str, look: str) -> None:
    """Save a picture of the session on a candidate's page."""
    with opened(browser, url, look) as page:
        holds = (page.get_by_role("heading", name="Session"), page.get_by_text("Write a note"))
        # What lies below the window is white; on a phone that is the end of it.
        page.set_viewport_size({"width": LOOKS[look][0], "height": 2 * HIGHEST})
        box = page.get_by_test_id("stLayoutWrapper").filter(has=holds[0]).filter(has=holds[1])
        keep(box.last.screenshot(), place("session", look))


@contextmanager
def opened(browser: Browser, url: str, look: str) -> Iterator[Page]:
    """Open a page and wait until all of it is there."""
    width, scheme = LOOKS[look]
    context = browser.new_context(
        viewport={"width": width, "height": HIGHEST}, locale="en-GB", timezone_id="UTC", reduced_motion="reduce",
        color_scheme="dark" if scheme == "dark" else "light",
    )  # fmt: skip
    page = context.new_page()
    page.goto(url)
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    yield page
    context.close()


def take(
    browser: Browser, url: str, name: str, look: str, prepare: Callable[[Page], object] = lambda _page: None
) -> None:
    """Save a picture of a page once it is prepared, at most `HIGHEST` high, in few colours."""
    with opened(browser, url, look) as page:
        prepare(page)
        for chart in page.get_by_test_id("stPlotlyChart").all():
            chart.locator(".main-svg").first.wait_for()
        page.evaluate("document.fonts.ready")
        high = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
        shown = {"x": 0, "y": 0, "width": LOOKS[look][0], "height": min(HIGHEST, high + 60)}
        keep(page.screenshot(clip=shown), place(name, look))


def keep(picture: bytes, file: Path) -> None:
    """Save a picture in few colours."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)


def print_report(database: Path, file: Path) -> None:
    """Save a picture of a candidate's report as it is printed."""
    with reading(create_engine_for(f"sqlite:///{database}")) as db:
        report = view_report(TRUSTED, 1, Settings().targets, db)
    assert report is not None
    keep(report_pages(report, ppi=96)[0], file)


def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser, ExitStack() as stack:
        data = fill(Path(folder))
        print_report(data / "demo.db", PICTURES / "report.png")
        demo = stack.enter_context(dashboard.serve(Path(folder)))
        for name, path in PAGES.items():
            for look in LOOKS:
                take(browser, demo.url + path, name, look)
        coach(data / "demo.db")
        for look in LOOKS:
            take_session(browser, demo.url + SESSION, look)
        with dashboard.serve(Path(folder), OWNER_EMAIL="me@example.org") as own:
            for look in LOOKS:
                take(browser, f"{own.url}/add", "add", look, drop_talk)


if __name__ == "__main__":
    main()
