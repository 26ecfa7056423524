"""Code between fences in a text, whose lines name nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_OPENING: Final = re.compile(r"\s{0,9}```\w")


def lines_of_code(lines: Sequence[str]) -> set[int]:
    """Return the lines that begin with a fence or stand between two, the first of which may stand behind a name.

    A fence that nothing closes is none: what follows is said by somebody.
    """
    code = {place for place, line in enumerate(lines) if line.lstrip().startswith("```")}
    opened: int | None = None
    for place, line in enumerate(lines):
        if line.count("```") % 2 == 0:
            continue
        # A fence that names a language opens: the one before it was never closed.
        if opened is None or _OPENING.match(line):
            opened = place
        else:
            code.update(range(opened + 1, place + 1))
            opened = None
    return code
