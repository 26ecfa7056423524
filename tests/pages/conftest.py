"""The pages without a browser: a signed-in admin before a database of the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analytics import runtime
from analytics.access import sign_in
from pages.parts.viewer import read_sign_in
from tests.support.databases import Database
from tests.support.visitor import Visitor, dashboard_of


@pytest.fixture
def visitor(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """An admin before a fresh database that is set up."""
    with dashboard_of(monkeypatch, DATABASE_URL=database.url) as somebody:
        # The first sign-in of a person writes; what a page reads is counted after that.
        sign_in.viewer_of(database.engine, read_sign_in(somebody.claims), runtime.settings())
        yield somebody
