"""The People page: its tab *Setup* shows admins how the installation stands, and masks what is secret."""

from __future__ import annotations

import pytest

from tests.support.databases import Database
from tests.support.visitor import Visitor

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
KEY = "sk-proj-0123456789abcdef0123456789abcdef"


def test_the_setup_tab_says_what_to_do_and_masks_secrets(
    database: Database, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visitor.open("people", people="Setup")
    assert "**Database:** SQLite" in page.text
    assert "OPENAI\\_BASE\\_URL and" in page.text
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = visitor.open("people", people="Setup").table()
    values = dict(zip(settings["Setting"], settings["Value"], strict=True))
    assert values["OPENAI_API_KEY"] == "***"
    assert KEY not in str(settings)
    assert "**Database:**" not in visitor.open("people", people="Roles").text
