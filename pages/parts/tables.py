"""Tables of words and numbers that are read aloud and printed as they stand, in the colours of the paper."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from analytics.formatting import number
from pages.parts import times
from pages.parts.markdown import WORD_JOINER, plain

_NOTHING: Final = "–"
_NO_BREAK: Final = "\u00a0"
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+")
# As many columns of words and numbers as fit a phone.
_NARROW: Final = 4


def table(columns: Mapping[str, Sequence[object]], *, alt: str) -> None:
    """Draw a table; `alt` says what it holds."""
    written = {name: [_write(cell) for cell in column] for name, column in columns.items()}
    st.table(written, border="horizontal", hide_index=True, alt=alt)


def foldable(columns: Mapping[str, Sequence[object]], *, alt: str, key: str) -> None:
    """Draw a table that on a phone, if it is too wide for it, is a list of its rows.

    `key` tells it from the page's other tables.
    """
    if len(columns) <= _NARROW:
        table(columns, alt=alt)
        return
    with st.container(key=f"unfolded_{key}"):
        table(columns, alt=alt)
    with st.container(key=f"folded_{key}"):
        st.markdown(
            "\n".join(_line(dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True))
        )


def _line(row: Mapping[str, object]) -> str:
    first, *others = row.items()
    words = (f"{plain(name)}{_NO_BREAK}{_write(cell)}" for name, cell in others)
    return f"* **{_write(first[1])}**  \n  :small[{' · '.join(words)}]"


def _write(cell: object) -> str:
    if isinstance(cell, float):
        return number(cell)
    if isinstance(cell, datetime):
        # The day stays in one piece where the column is narrow.
        return times.minute(cell).replace(" ", _NO_BREAK, 2)
    if cell is None:
        return _NOTHING
    written = plain(str(cell))
    # An address is copied from here to where it is typed: nothing unseen goes with it.
    return written.replace(f"@{WORD_JOINER}", "@") if _ADDRESS.fullmatch(str(cell)) else written
