"""The running demo and its database."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page
from sqlalchemy import Engine

from tests.support.chromium import settled


@dataclass
class Demo:
    """The running demo and its database."""

    url: str
    engine: Engine

    def open(self, page: Page, path: str = "/") -> Page:
        """Open a page and wait until all of it is there."""
        page.goto(self.url + path)
        return settled(page)
