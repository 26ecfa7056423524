"""The HTML page a browser loads first: Streamlit's scripts, with our words while they load or if they fail."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from streamlit import file_util

from pages.parts.common import ICON

_TEMPLATE: Final = Path(__file__).with_name("first_page.html")
# Streamlit's icons, but only those that are drawn (`tests/support/icons.py`): with all of them it is 25 times as large.
ICON_FONT: Final = Path(__file__).with_name("icons.woff2")
_TAGS: Final = re.compile(r'<script type="module".*?</script>|<link rel="(?:modulepreload|stylesheet)".*?>')
_FONT_FACE: Final = re.compile(r"@font-face\{(font-family:Source Sans;[^}]*)\}")
# What nearly every page draws with: there when the server says what to draw.
_NEEDED: Final = (
    *("Html", "purify.es", "PageLink", "Button", "ButtonGroup", "Checkbox", "Metric", "TextInput", "WidgetLabel"),
    *("WidgetLabelHelpIconInline", "styled-components", "useBasicWidgetState", "useFormValidation"),
)
# What draws charts, in half of all that is loaded.
_CHARTS: Final = ("PlotlyChart",)


def first_page() -> str:
    """Build the page from the installed Streamlit's: its scripts and styles in our own page.

    Its font is loaded once there are words, which are drawn in another one until then. Its icons come with the page.
    """
    static = Path(file_util.get_static_dir())
    tags = _TAGS.findall((static / "index.html").read_text(encoding="utf-8"))
    for names, link in ((_NEEDED, 'rel="modulepreload"'), (_CHARTS, "data-wanted")):
        for file in (file for name in names for file in sorted((static / "static" / "js").glob(f"{name}.????????.js"))):
            if not any(file.name in tag for tag in tags):
                tags.append(f'<link {link} crossorigin href="./static/js/{file.name}">')
    icon, icons = (base64.b64encode(file.read_bytes()).decode() for file in (ICON, ICON_FONT))
    return (
        _TEMPLATE.read_text(encoding="utf-8")
        .replace("{icon}", f"data:image/svg+xml;base64,{icon}")
        .replace("{tags}", "\n    ".join(tags))
        .replace("{icons}", icons)
        .replace("{fonts}", "".join(_font_faces(static)))
    )


def _font_faces(static: Path) -> Iterator[str]:
    for sheet in sorted((static / "static" / "css").glob("index.????????.css")):
        for face in _FONT_FACE.findall(sheet.read_text(encoding="utf-8")):
            yield f"@font-face {{ {face.replace('../media/', './static/media/')}; font-display: swap }} "
