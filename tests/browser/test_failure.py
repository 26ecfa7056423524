"""A page that fails for no foreseen reason, in a copy of the program where one does."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.support import dashboard
from tests.support.chromium import settled
from tests.support.ports import free_port

SAID = re.compile(r"This did not work\. .* incident ([0-9a-f]{12})\.")
FAILING = """
import streamlit as st

def fail():
    raise RuntimeError("the inside of the program")

@st.fragment
def part():
    if st.button("In a part"):
        fail()

st.title("People")
st.button("After a press", on_click=fail)
part()
if st.button("In the page"):
    fail()
"""


def copy_of_program(folder: Path) -> Path:
    program = folder / "program"
    shutil.copytree(dashboard.ROOT / "pages", program / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(dashboard.ROOT / "app.py", program)
    (program / "pages" / "people.py").write_text(FAILING, encoding="utf-8")
    return program


def incident_of(page: Page) -> str:
    said = page.get_by_text(SAID)
    expect(said).to_have_count(1)
    found = SAID.search(said.inner_text())
    assert found is not None
    return found[1]


def test_a_failure_is_told_in_our_words_with_its_number_in_the_log_and_a_way_back(
    browser: Browser, filled: Path, tmp_path: Path
) -> None:
    shutil.copytree(filled, tmp_path / "data")
    port = free_port()
    program = copy_of_program(tmp_path)
    command = [sys.executable, "-m", "streamlit", "run", str(program / "app.py"), "--server.port", str(port)]
    with dashboard.launched(command, tmp_path, port, DATA_DIR=str(tmp_path / "data")) as running:
        page = browser.new_page()
        incidents = set()
        for place in ("In the page", "In a part", "After a press"):
            page.goto(f"{running.url}/people")
            settled(page).get_by_role("button", name=place).click()
            incident = incident_of(page)
            incidents.add(incident)
            expect(page.get_by_test_id("stException")).to_have_count(0)
            text = page.locator("body").inner_text()
            assert "the inside of the program" not in text
            assert "Traceback" not in text
            assert running.log.count(incident) == 1
            assert running.log.count("RuntimeError: the inside of the program") == len(incidents)
            settled(page).get_by_role("link", name="Candidates").last.click()
            expect(page.get_by_role("heading", name="Candidates", level=1)).to_be_visible()
            expect(page.get_by_text(SAID)).to_have_count(0)
        assert len(incidents) == 3
        page.close()
