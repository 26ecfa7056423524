"""The demo in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page
from sqlalchemy import Engine

from analytics.database import create_engine_for
from tests.parts import dashboard
from tests.parts.chromium import settled

ROW = 35  # pixels of a table's row, and of its header


@dataclass
class Demo:
    """The running demo and its database."""

    url: str
    engine: Engine

    def open(self, page: Page, path: str = "/") -> Page:
        """Open a page and wait until all of it is there."""
        page.goto(self.url + path)
        return settled(page)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The program as a newcomer starts it."""
    folder = tmp_path_factory.mktemp("demo")
    with dashboard.serve(folder) as running:
        engine = create_engine_for(f"sqlite:///{folder / 'data' / 'demo.db'}")
        yield Demo(running.url, engine)
        engine.dispose()
        print(running.log)


def click_cell(table: Locator, row: int, *, x: int = 90) -> None:
    """Click a cell of a table; tables are drawn on a canvas, so by its place. Row 0 is the header."""
    table.scroll_into_view_if_needed()
    table.click(position={"x": x, "y": ROW * row + ROW // 2})
