"""Tables of turns: CSV with a column of speakers and one of what they said."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from analytics.transcripts.any_json import could_be_parts, turns_of_parts
from analytics.transcripts.model import Transcript, Turn, join_turns

_DELIMITERS: Final = ",;\t"
_LONGEST_HEADER: Final = 1_000
_NO_LETTER: Final = re.compile(r"[^a-z]+")


def read_sheet(text: str) -> Transcript | None:
    """Read a table whose first line names its columns; None for a text that is none."""
    # A first line of Excel's own says what stands between the cells.
    text = text[text.find("\n") + 1 :] if text[:4].lower() == "sep=" else text
    first = text[:_LONGEST_HEADER].strip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    names = [_NO_LETTER.sub("_", cell.lower()).strip("_") for cell in first.replace('"', "").split(delimiter)]
    if len(names) < 2 or not could_be_parts(names):
        return None
    rows = csv.reader(io.StringIO(text.strip(), newline=None), delimiter=delimiter)
    try:
        next(rows)
        parts = [dict(zip(names, row, strict=False)) for row in rows]
    except csv.Error:
        return None
    turns: list[Turn] = turns_of_parts(parts) if parts else []
    return Transcript("Table", join_turns(turns)) if any(turn.speaker for turn in turns) else None
