"""Levels that people gave to demo interviews, so that the page *Judge* has something to compare."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from analytics.interviewlab.feedback import PLATFORM_FAILURE
from analytics.skills import SKILL_KEYS

# People rated every third interview, somewhat lower than the platform, and scatter by half a level.
_EVERY: Final = 3
_LENIENCY: Final = 0.05
_SCATTER: Final = 0.5


def levels_table(interviews: Sequence[Mapping[str, Any]]) -> bytes:
    """Write `id, skill, level` about rows of `interviews` as a CSV; the same rows give the same levels."""
    return "\n".join(["id,skill,level", *_lines(interviews)]).encode()


def _lines(interviews: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    chance = random.Random("levels of the demo")
    scored = [row for row in interviews if row["feedback"] and PLATFORM_FAILURE not in row["feedback"]["weaknesses"]]
    for row in scored[::_EVERY]:
        for skill in SKILL_KEYS:
            # Code quality without code is stored as 0, and nobody rates it.
            if score := row["feedback"][f"{skill}_score"]:
                level = round(1 + 4 * (score - _LENIENCY) + chance.gauss(0, _SCATTER))
                yield f"{row['id']},{skill},{min(5, max(1, level))}"
