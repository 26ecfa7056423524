"""The running demo and its database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page
from sqlalchemy import Engine

from analytics.database.engine import create_engine_for
from analytics.demo.load import load_demo
from tests.support.chromium import settled


def fill(folder: Path) -> Path:
    """Put the whole demo where the program looks for it, so that nothing is made behind its first page any more."""
    data = folder / "data"
    data.mkdir()
    engine = create_engine_for(f"sqlite:///{data / 'demo.db'}", create=True)
    load_demo(engine)
    engine.dispose()
    return data


@dataclass
class Demo:
    """The running demo and its database."""

    url: str
    engine: Engine

    def open(self, page: Page, path: str = "/") -> Page:
        """Open a page and wait until all of it is there."""
        page.goto(self.url + path)
        return settled(page)
