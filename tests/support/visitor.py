"""The pages without a browser: a signed-in admin before a database of the test."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from analytics import runtime
from analytics.access import sign_in
from pages.parts.viewer import read_sign_in
from tests.support.databases import Database

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
        """A table as columns, with its words as they are read."""
        columns = [*self.at.dataframe, *self.at.table][place].value.to_dict("list")
        return {name: [_as_read(cell) for cell in column] for name, column in columns.items()}

    def roster(self) -> dict[str, list[str]]:
        """The roster's rows as columns; they are no table, but links and words."""
        words = [str(element.value).replace("\u00a0", " ") for element in self.at.markdown]
        words = [text for text in words if not text.startswith(":orange-badge[:material")]
        names = [link.label.strip("*").replace("\\", "") for link in self.at.page_link if link.label.startswith("**")]
        days = [re.search(r"gray\[(.*?)\]", text) for text in words[2 : 3 * len(names) : 3]]
        return {
            "Name": names,
            "Needs attention": words[0 : 3 * len(names) : 3],
            "Levels": words[1 : 3 * len(names) : 3],
            "Last interview": [day.group(1) if day else "" for day in days],
        }

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
        at = AppTest.from_file(str(FRAME), default_timeout=120)
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

    statements.clear()
    event.listen(engine, "before_cursor_execute", note)
    try:
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
    runtime.model_settings.cache_clear()
    runtime.engine.cache_clear()
    try:
        yield Visitor()
    finally:
        if runtime.engine.cache_info().currsize:
            runtime.engine().dispose()
        runtime.settings.cache_clear()
        runtime.model_settings.cache_clear()
        runtime.engine.cache_clear()


@contextmanager
def admin_of(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """An admin whose first sign-in, which writes, is over."""
    with dashboard_of(monkeypatch, DATABASE_URL=database.url) as visitor:
        sign_in.viewer_of(database.engine, read_sign_in(visitor.claims), runtime.settings())
        yield visitor


def _as_read(cell: Any) -> Any:
    """Take the escapes of Markdown out of a cell."""
    if not isinstance(cell, str):
        return cell
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", cell).replace("\u2060", "").replace("\u00a0", " ")


def errors(page: Visit) -> list[str]:
    return [str(error.value) for error in page.at.error]


def visitor_saves(visitor: Visitor, page: Visit) -> None:
    next(button for button in page.at.button if button.label == "Save").click()
    visitor.again(page)
