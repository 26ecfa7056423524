"""A real Chromium for the tests: an installed one, Playwright's own, or Debian's.

`python -m tests.support.chromium` sees to it that there is one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.support import secrets

MISSING = (
    "No Chromium was found and none could be installed: install one with your system's package manager "
    "(Debian: sudo apt-get install chromium) and run `make test` again."
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Milliseconds until a page is given up. A machine with much else to do is slow and no less right.
PATIENCE: Final = 120_000
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_ASKED_BELOW = re.compile(r"^https?://[^/]+(/[a-z_]+){1,2}/_stcore/(health|host-config)$")


class NoChromiumError(RuntimeError):
    """There is no Chromium on this machine."""


@cache
def executable() -> str:
    """Find a Chromium that starts; raises `NoChromiumError` when there is none."""
    for name in _NAMES:
        installed = shutil.which(name)
        if installed and _starts(installed):
            return installed
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if _starts(own):
        return own
    raise NoChromiumError(MISSING)


def install() -> None:
    """Bring a Chromium along, unless there is one; raises `NoChromiumError` when that fails."""
    attempts = [
        ("Playwright's download", [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"], 300)
    ]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["chromium", "fonts-liberation"]
        attempts += [
            ("Debian's list of packages", ["apt-get", "update", "-qq"], 180),
            ("Debian's package", ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages], 600),
        ]
    for source, command, seconds in attempts:
        try:
            executable()
        except NoChromiumError:
            print(f"No Chromium for the tests yet; trying {source} ...", flush=True)
            trouble = _trouble(command, seconds)
            if trouble:
                print(f"  did not work: {trouble}", flush=True)
    executable()


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run a headless Chromium."""
    expect.set_options(timeout=PATIENCE)
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS, chromium_sandbox=os.geteuid() != 0)
        try:
            yield browser
        finally:
            browser.close()


# A message that asks for a run begins with its field 11. One that says how a run ended ends with field 6, which is 2
# where another run has taken its place.
_WATCH_RUNS: Final = """
const Native = window.WebSocket;
window.WebSocket = class extends Native {
    constructor(...given) {
        super(...given);
        this.addEventListener("message", ({ data }) => {
            const [field, ending] = data.byteLength < 200 ? new Uint8Array(data).slice(-2) : [];
            if (field === 0x30 && ending !== 2) window.awaitsRun = false;
        });
        this.addEventListener("close", () => { window.awaitsRun = false; });
    }
    send(data) {
        if (data[0] === 0x5a) window.awaitsRun = true;
        super.send(data);
    }
};
"""


@dataclass
class PageLog:
    """What a page complained about, and every address it asked for."""

    console_errors: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Write down what happens on the page from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.page_errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda line: line.on("framereceived", self._received))

    def assert_no_errors(self) -> None:
        """Show that the page's scripts and its console are free of errors."""
        assert self.page_errors == []
        assert self.console_errors == []

    def assert_stayed_here(self) -> None:
        """Show that nothing was asked of any other machine."""
        hosts = {urlsplit(url).hostname for url in self.requests if urlsplit(url).scheme not in {"data", "blob"}}
        assert hosts <= {"localhost", "127.0.0.1"}

    def forget_errors(self) -> None:
        """Drop the errors so far: for a test that provoked them."""
        self.console_errors.clear()
        self.page_errors.clear()

    def assert_no_secrets(self) -> None:
        """Show that nothing the dashboard sent held a secret."""
        assert self.leaks == []

    def _received(self, frame: str | bytes) -> None:
        self.leaks += secrets.found(frame)

    def _console(self, message: ConsoleMessage) -> None:
        source = message.location.get("url", "")
        # Opened at /candidate, Streamlit first asks there for a server, and finds it one step up.
        if message.type == "error" and not _ASKED_BELOW.search(source):
            self.console_errors.append(f"{message.text} ({source})")


def watch_runs(context: BrowserContext) -> BrowserContext:
    """Have the context's pages know whether a run they asked for has not ended yet, for `settled`."""
    context.add_init_script(_WATCH_RUNS)
    return context


def settled(page: Page) -> Page:
    """Wait until Streamlit has connected, run the page's script and drawn what came of it."""
    page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for()
    # Until the server has heard of what was just done, the page looks as if nothing were under way.
    page.wait_for_function("new Promise((done) => setTimeout(() => done(!window.awaitsRun)))", polling=50)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    return page


def choose(page: Page, box: Locator, option: str | re.Pattern[str]) -> None:
    """Open a list and choose from it, as often as it takes: an open list closes where the page moves under it."""
    wanted = page.get_by_role("option", name=option, exact=isinstance(option, str))
    for attempt in range(6):
        settled(page)
        try:
            # The page may be drawn again in any of these moments, with another box in its place.
            box.scroll_into_view_if_needed()
            box.focus()
            page.keyboard.press("ArrowDown")
            wanted.click(timeout=5_000)
            return
        except PlaywrightError:
            if attempt == 5:
                raise
            page.keyboard.press("Escape")


def _starts(path: str) -> bool:
    return not _trouble([path, "--version"], 30)


def _trouble(command: list[str], seconds: float) -> str:
    """Run a command; give what went wrong, empty when nothing did."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    said = [line for line in (done.stdout + done.stderr).splitlines() if "Error" in line or line.startswith("E:")]
    return said[0] if said else f"{command[0]} ended with {done.returncode}"


if __name__ == "__main__":
    try:
        install()
    except NoChromiumError as error:
        sys.exit(str(error))


DRAWN = """chart => {
  const drawn = chart.querySelector('.js-plotly-plot');
  const told = t => ({name: t.name, mode: t.mode, y: t.y, r: t.r, customdata: t.customdata});
  return drawn?.data && JSON.stringify(drawn.data.map(told));
}"""


def drawn(page: Page, place: int = 0) -> list[dict[str, Any]]:
    """The data of a chart as the browser drew it."""
    chart = page.locator("[data-testid=stPlotlyChart]").nth(place)
    give_up = time.monotonic() + PATIENCE / 1000
    while True:
        # While the page is drawn again the chart is replaced, and then has no data for a moment.
        try:
            chart.scroll_into_view_if_needed()
            chart.locator(".main-svg").first.wait_for()
            if (traces := chart.evaluate(DRAWN)) is not None:
                return list(json.loads(traces))
        except PlaywrightError:
            if time.monotonic() > give_up:
                raise
        assert time.monotonic() < give_up


def wait_for_lines(page: Page, *names: str) -> None:
    """Wait until the lines of just these skills are drawn in the first chart that has any."""
    page.wait_for_function(
        """names => {
          const traces = document.querySelector('.js-plotly-plot')?.data ?? [];
          const lines = traces.filter(trace => trace.mode === 'lines+markers').map(trace => trace.name);
          return lines.sort().join() === names.sort().join();
        }""",
        arg=list(names),
        timeout=PATIENCE,
    )


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


ROW = 35  # pixels of a table's row, and of its header


def click_cell(table: Locator, row: int, *, x: int = 90) -> None:
    """Click a cell of a table; tables are drawn on a canvas, so by its place. Row 0 is the header."""
    table.scroll_into_view_if_needed()
    table.click(position={"x": x, "y": ROW * row + ROW // 2})
