"""The icons that come with the page are those that are drawn."""

from __future__ import annotations

from pages.parts.shell.first_page import ICON_FONT, first_page
from tests.support import icons


def test_the_font_that_comes_with_the_page_holds_every_icon_and_little_else() -> None:
    named = icons.named()
    assert {"groups", "arrow_downward", "expand_more", "signpost"} <= named
    assert named - icons.held() == set(), "python -m tests.support.icons"
    assert ICON_FONT.stat().st_size < 30_000
    assert first_page().count("data:font/woff2") == 1
    # What nobody draws is not there.
    assert "airline_seat_flat" not in icons.held()
