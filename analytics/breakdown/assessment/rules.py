"""What a claim may never say of a candidate, whatever it cites.

A claim is about what was said or written in this interview: not about who the person is, not about whom to hire, and no
accusation. English is read by patterns, for its words depend on the sentence; other languages by word lists.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.assessment.forbidden.accusations import ACCUSATION
from analytics.breakdown.assessment.forbidden.character import CHARACTER, CHARACTER_UNLESS_SAID
from analytics.breakdown.assessment.forbidden.traits import PERSON, TOPIC, TOPIC_OF_CANDIDATE
from analytics.breakdown.assessment.forbidden.verdicts import VERDICT
from analytics.breakdown.phrases import any_of
from analytics.text import fold

_READ: Final[Mapping[str, Mapping[str, list[str]]]] = tomllib.loads(
    (Path(__file__).parent / "forbidden" / "other_languages.toml").read_text(encoding="utf-8")
)
_PHRASES: Final = {kind: any_of(chain(*languages.values())) for kind, languages in _READ.items()}
# Never, even where the candidate says it.
_NEVER: Final = (
    (PERSON, ClaimFault.TRAIT),
    (TOPIC_OF_CANDIDATE, ClaimFault.TRAIT),
    (CHARACTER, ClaimFault.CHARACTER),
)
# Only where the cited lines say it: what the candidate speaks of may be repeated.
_UNLESS_SAID: Final = (
    (TOPIC, ClaimFault.TRAIT),
    (CHARACTER_UNLESS_SAID, ClaimFault.CHARACTER),
    (VERDICT, ClaimFault.VERDICT),
    (ACCUSATION, ClaimFault.ACCUSATION),
    (_PHRASES["traits"], ClaimFault.TRAIT),
    (_PHRASES["character"], ClaimFault.CHARACTER),
    (_PHRASES["verdicts"], ClaimFault.VERDICT),
    (_PHRASES["accusations"], ClaimFault.ACCUSATION),
)


def forbidden(text: str, said: str) -> ClaimFault | None:
    """Find what a claim or a recommendation may never say; `said` are the lines it cites."""
    folded, held = _PHRASES["of_the_work"].sub("", fold(text)), fold(said)
    never = (fault for pattern, fault in _NEVER if pattern.search(folded))
    unless_said = (fault for pattern, fault in _UNLESS_SAID if _says(pattern, folded, held))
    return next(chain(never, unless_said), None)


def _says(pattern: re.Pattern[str], folded: str, held: str) -> bool:
    return any(found.group() not in held for found in pattern.finditer(folded))
