"""The pages without a browser: a signed-in admin before a database of the test."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from analytics import runtime, sign_in
from analytics.database import session
from analytics.direct import Direct, Row
from pages.parts.who import told
from tests.parts.databases import Database

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
EMAIL = "admin@example.org"


@dataclass
class Visit:
    """A page as it was shown, and the statements it took."""

    at: AppTest
    statements: list[str] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """The warnings on the page."""
        return [str(warning.value) for warning in self.at.warning]

    def table(self, place: int = 0) -> dict[str, list[Any]]:
        """A table as columns."""
        columns: dict[str, list[Any]] = self.at.dataframe[place].value.to_dict("list")
        return columns

    @property
    def text(self) -> str:
        """Everything a reader sees as text, but not what stands in tables and charts."""
        kinds = ("title", "header", "subheader", "markdown", "caption", "text", "code", "info", "warning", "error")
        parts = [str(element.value) for kind in kinds for element in self.at.get(kind)]
        parts += [f"{metric.label} {metric.value} {metric.delta}".rstrip() for metric in self.at.metric]
        parts += [link.label for link in self.at.page_link]
        return "\n".join(parts)

    def figure(self, place: int = 0) -> dict[str, Any]:
        """A chart's specification as the browser gets it."""
        drawn: dict[str, Any] = json.loads(self.at.get("plotly_chart")[place].proto.spec)
        return drawn

    def alt(self, place: int = 0) -> str:
        """A chart's description."""
        return str(self.at.get("plotly_chart")[place].proto.alt)


class Visitor:
    """Somebody who opens pages."""

    def __init__(self) -> None:
        self.claims = {
            "is_logged_in": True, "iss": "https://provider.example", "sub": "admin", "iat": int(time.time()),
            "email": EMAIL, "email_verified": True,
        }  # fmt: skip

    def open(self, page: str, **address: str) -> Visit:
        """Open a page by its address; it must not end in an exception."""
        at = AppTest.from_file(str(FRAME), default_timeout=30)
        at.secrets["auth"] = {"client_id": "tests"}
        at.user = self.claims
        for name, value in address.items():
            at.query_params[name] = value
        if page != "candidates":
            at.switch_page(f"{page}.py")
        visit = Visit(at)
        self.again(visit)
        return visit

    def again(self, visit: Visit) -> None:
        """Run the page again, as after a click."""
        with _counted(visit.statements):
            visit.at.run()
        assert not visit.at.exception, visit.at.exception


@contextmanager
def _counted(statements: list[str]) -> Iterator[None]:
    try:
        engine = runtime.engine()
    except (RuntimeError, ValueError):
        yield
        return

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    def noted(direct: Direct, statement: sa.Select[*tuple[Any, ...]], parameters: Any = None) -> list[Row]:
        statements.append(str(statement))
        return rows(direct, statement, parameters)

    rows = Direct.rows
    statements.clear()
    event.listen(engine, "before_cursor_execute", note)
    try:
        with patch.object(Direct, "rows", noted):
            yield
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def dashboard_of(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Iterator[Visitor]:
    """Have the pages read the settings given, and nothing of another test."""
    monkeypatch.setenv("ADMIN_EMAILS", EMAIL)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    runtime.settings.cache_clear()
    runtime.engine.cache_clear()
    try:
        yield Visitor()
    finally:
        if runtime.engine.cache_info().currsize:
            runtime.engine().dispose()
        runtime.settings.cache_clear()
        runtime.engine.cache_clear()


@pytest.fixture
def visitor(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """An admin before a fresh database that is set up."""
    with dashboard_of(monkeypatch, DATABASE_URL=database.url) as somebody:
        # The first sign-in of a person writes; what a page reads is counted after that.
        with session(database.engine) as db:
            sign_in.enter(db, told(somebody.claims), runtime.settings())
        yield somebody
