"""Pages as axe reads them."""

from __future__ import annotations

from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # What passes is not listed: that is megabytes a page.
    "resultTypes": ["violations"],
}
# What is fading has the colours of neither state.
_STILL: Final = """() => document.getAnimations().every(
  (one) => one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity
)"""


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """Have axe read a page; give each rule that is broken and the first elements that do."""
    page.wait_for_function(_STILL)
    found = Axe().run(page, options=_RULES).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"]][:2]) for one in found]
