"""The HTML page a browser loads first: Streamlit's scripts, with our words while they load or if they fail."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Final

from streamlit import file_util

from pages.parts.common import ICON

_TEMPLATE: Final = Path(__file__).with_name("first_page.html")
# Streamlit's icons, but only those that are drawn (`tests/support/icons.py`): with all of them it is 25 times as large.
ICON_FONT: Final = Path(__file__).with_name("icons.woff2")
_TAGS: Final = re.compile(r'<script type="module".*?</script>|<link rel="(?:modulepreload|stylesheet)".*?>')
_FONT: Final = re.compile(r'href="(\./static/media/SourceSansVF-Upright[^"]*)"')
# What nearly every page draws with, and what draws charts.
_WANTED: Final = (
    *("Html", "purify.es", "PageLink", "Button", "ButtonGroup", "Checkbox", "Metric", "TextInput", "WidgetLabel"),
    *("WidgetLabelHelpIconInline", "styled-components", "useBasicWidgetState", "useFormValidation", "PlotlyChart"),
)


def first_page() -> str:
    """Build the page from the installed Streamlit's: its scripts and styles in our own page.

    Its font is not waited for: words are drawn in another one until it is there. Its icons come with the page.
    """
    static = Path(file_util.get_static_dir())
    theirs = (static / "index.html").read_text(encoding="utf-8")
    tags = _TAGS.findall(theirs)
    for name in _WANTED:
        for file in sorted((static / "static" / "js").glob(f"{name}.????????.js")):
            if not any(file.name in tag for tag in tags):
                tags.append(f'<link data-wanted crossorigin href="./static/js/{file.name}">')
    font = _FONT.search(theirs)
    icon, icons = (base64.b64encode(file.read_bytes()).decode() for file in (ICON, ICON_FONT))
    return (
        _TEMPLATE.read_text(encoding="utf-8")
        .replace("{icon}", f"data:image/svg+xml;base64,{icon}")
        .replace("{tags}", "\n    ".join(tags))
        .replace("{icons}", icons)
        .replace("{font}", _font_face(font.group(1)) if font else "")
    )


def _font_face(address: str) -> str:
    return (
        '@font-face { font-family: "Source Sans"; font-weight: 100 900; font-style: normal; font-display: swap; '
        f'src: url({address}) format("woff2"); }}'
    )
