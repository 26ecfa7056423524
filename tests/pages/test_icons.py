"""Icons that pages name: one that Streamlit does not have ends the page the moment it is drawn."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit.material_icon_names import ALL_MATERIAL_ICONS

PAGES = Path(__file__).parents[2] / "pages"


def test_every_icon_that_pages_name_exists() -> None:
    named = {
        (file.name, name)
        for file in PAGES.rglob("*.py")
        for name in re.findall(r":material/(\w+):", file.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    assert {(file, name) for file, name in named if name not in ALL_MATERIAL_ICONS} == set()
