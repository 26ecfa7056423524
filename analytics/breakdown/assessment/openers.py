"""Words a sentence may begin with that name nothing; any other word with a capital there could be a name."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_OPENERS: Final = frozenset(
    "a about after all also although an and another any as asked at back because before both but by during each even "
    "every finally first for from given had has have having he her here his how i if in instead into it its last later "
    "looking made many meanwhile more most my next no none not nothing now of on once one only or our out over second "
    "she since so some still such that the their them then there these they third this those though thus to today "
    "under until we what when where which while who why with within without yes yet you your "
    "anybody anyone anything everybody everyone everything nobody somebody someone something neither either others "
    "myself ourselves mine ours theirs however whatever whenever wherever whether whichever whoever whose whereas "
    "unless till rather than".split()
)
_FORMED: Final = re.compile(r"[a-z]{3,}(?:ing|ly)")
# Names that look like a participle or an adverb: people, places, tools.
_NAMED: Final = frozenset(
    "beijing boeing bowling browning chongqing fleming golding harding manning nanjing spring sterling wyoming "
    "beverly billy calendly emily fastly firefly grammarly holly italy kelly kimberly lilly molly optimizely plotly "
    "polly reilly sally shapely shelly weebly willy".split()
)
_ENDING: Final = re.compile(r"(?<=[a-z]{4})(?:ing|ed|es|s|ly|e)$")


def may_open(word: str, said: Collection[str]) -> bool:
    """Return whether a sentence may begin with a word: a usual one, or a form of one of the candidate's (folded)."""
    first = word.casefold().partition("'")[0]
    if first in _OPENERS or (_FORMED.fullmatch(first) and first not in _NAMED):
        return True
    return len(first) > 3 and _stem(first) in {_stem(each) for each in said}


def _stem(word: str) -> str:
    return _ENDING.sub("", word)
