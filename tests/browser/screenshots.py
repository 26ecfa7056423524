"""Take the pictures in docs/screenshots: `make screenshots`, or `python -m tests.browser.screenshots --all`.

The whole demo as a newcomer finds it. `--all` also takes them in dark and as wide as a phone, into test-results.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from analytics.access.viewer import TRUSTED
from analytics.database.engine import create_engine_for
from analytics.database.sessions import reading
from analytics.settings import Settings
from analytics.views.report import view_report
from tests.support import dashboard
from tests.support.chromium import running_browser, settled
from tests.support.demo import fill
from tests.support.paper import report_pages

ROOT = Path(__file__).parents[2]
PAGES = {
    "candidates": "/",
    "candidate": "/candidate?candidate=1&overlays=First+three&overlays=Latest+three",
    "interview": "/interview?interview=88",
    "compare": "/compare?interviews=8,47,88",
    "judge": "/judge",
}
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


def take(
    browser: Browser, url: str, file: Path, look: str, prepare: Callable[[Page], object] = lambda _page: None
) -> None:
    """Save a picture of a page once it is prepared, at most `HIGHEST` high, in few colours."""
    width, scheme = LOOKS[look]
    context = browser.new_context(
        viewport={"width": width, "height": HIGHEST}, locale="en-GB", timezone_id="UTC", reduced_motion="reduce",
        color_scheme="dark" if scheme == "dark" else "light",
    )  # fmt: skip
    page = context.new_page()
    page.goto(url)
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    prepare(page)
    for chart in page.get_by_test_id("stPlotlyChart").all():
        chart.locator(".main-svg").first.wait_for()
    page.evaluate("document.fonts.ready")
    high = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
    taken = page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": min(HIGHEST, high + 60)})
    keep(taken, file)
    context.close()


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
    everything = "--all" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser, ExitStack() as stack:
        data = fill(Path(folder))
        print_report(data / "demo.db", ROOT / "docs" / "screenshots" / "report.png")
        demo = stack.enter_context(dashboard.serve(Path(folder)))
        for name, path in PAGES.items():
            take(browser, demo.url + path, ROOT / "docs" / "screenshots" / f"{name}.png", "light")
            for look in ("dark", "phone") if everything else ():
                take(browser, demo.url + path, ROOT / "test-results" / f"{name}-{look}.png", look)
        with dashboard.serve(Path(folder), OWNER_EMAIL="me@example.org") as own:
            for look in LOOKS if everything else ("light",):
                place = ROOT / ("docs/screenshots/add.png" if look == "light" else f"test-results/add-{look}.png")
                take(browser, f"{own.url}/add", place, look, drop_talk)


if __name__ == "__main__":
    main()
