"""The icons that the pages draw, cut out of the installed Streamlit's font: `python -m tests.support.icons`.

The whole font is 370 kB, which a first visitor on a slow line waits two seconds for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont
from streamlit import file_util

from pages.parts.shell.first_page import ICON_FONT

_ROOT: Final = Path(__file__).parents[2]
_STATIC: Final = Path(file_util.get_static_dir()) / "static"
_NAMED: Final = re.compile(r":material/(\w+)")
# Names that are put together: `arrow_{'downward' if ...}`.
_COMPOSED: Final = frozenset({"arrow_downward", "arrow_upward"})


def named() -> set[str]:
    """Name the icons that our pages and Streamlit's scripts ask for, as far as there are such icons."""
    ours = [file for folder in ("pages", "analytics") for file in (_ROOT / folder).rglob("*.py")]
    theirs = [*(_STATIC / "js").glob("*.js"), *(Path(file_util.__file__).parent / "elements").rglob("*.py")]
    found = {name for file in (*ours, *theirs) for name in _NAMED.findall(file.read_text(encoding="utf-8"))}
    return (found | _COMPOSED) & dict(_ligatures(_whole())).keys()


def held() -> set[str]:
    """Name the icons that our font holds."""
    return set(dict(_ligatures(TTFont(ICON_FONT))))


def cut() -> None:
    """Write our font anew."""
    font = _whole()
    names = named()
    glyphs = [glyph for name, glyph in _ligatures(font) if name in names]
    options = subset.Options(flavor="woff2", layout_closure=False, layout_features=["*"], name_IDs=[0, 1, 2, 13, 14])
    cutter = subset.Subsetter(options)
    # Without a space a browser would look for one in the whole font.
    cutter.populate(glyphs=glyphs, unicodes={ord(letter) for name in (" ", *names) for letter in name})
    cutter.subset(font)
    subset.save_font(font, str(ICON_FONT), options)


def _whole() -> TTFont:
    (file,) = (_STATIC / "media").glob("MaterialSymbols-Rounded.*.woff2")
    return TTFont(file)


def _ligatures(font: TTFont) -> Iterator[tuple[str, str]]:
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, ligatures in getattr(getattr(table, "ExtSubTable", table), "ligatures", {}).items():
                for one in ligatures:
                    yield "".join(letters[glyph] for glyph in (first, *one.Component)), one.LigGlyph


if __name__ == "__main__":
    cut()
