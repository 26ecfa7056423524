"""Whether a claim that retells what was said still says the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from analytics.breakdown.assessment.wording import ABSENT, clause_before, negates, tokens

# So many words in a row are those of the line, where one of them is no small word.
_RUN: Final = 3
_SMALL: Final = 3
_DENYING: Final = frozenset(
    "avoid avoids drops ends forbids gives prevents refuse refuses rejects replaces stops switches turns denies doubts "
    "instead".split()
)


def drops_negation(text: str, said: Sequence[str]) -> bool:
    """Return whether a claim repeats a line's words but drops the negation in front of them.

    One that denies or misses anything says so itself, and is left to the question about support.
    """
    claimed = tokens(text)
    if ABSENT.search(" ".join(claimed)) or any(negates(word) or word in _DENYING for word in claimed):
        return False
    runs = {tuple(claimed[start : start + _RUN]) for start in range(len(claimed) - _RUN + 1)}
    for held in map(tokens, said):
        for start in range(len(held) - _RUN + 1):
            run = tuple(held[start : start + _RUN])
            told = run in runs and any(len(word) > _SMALL for word in run) and all(word[0].isalnum() for word in run)
            if told and any(map(negates, clause_before(held[:start], _RUN))):
                return True
    return False
