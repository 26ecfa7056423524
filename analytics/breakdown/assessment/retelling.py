"""Whether a claim that retells what was said still says the same."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from analytics.breakdown.assessment.number_words import language_of
from analytics.breakdown.assessment.wording import ABSENT, WITHOUT, clause_before, negates, tokens
from analytics.breakdown.phrases import any_of

# So many words in a row are those of the line, where one of them is no small word.
_RUN: Final = 3
_SMALL: Final = 3
_DENYING: Final = frozenset(
    "avoid avoids drops ends forbids gives prevents refuse refuses rejects replaces stops switches turns denies doubts "
    "instead".split()
)
_READ: Final[Mapping[str, Mapping[str, list[str]]]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_DENIAL: Final = any_of(chain(*_READ["denial"].values()))
# So many letters tell a word in any of its forms.
_STEM: Final = 4
# A negation so near the beginning of a line without other clauses is one of the whole line.
_AT_ONCE: Final = 4
_ENDS: Final = frozenset(", ; . : ! ? ( ) but so because and".split())


def says_the_opposite(text: str, said: Sequence[str]) -> bool:
    """Return whether a claim tells as so what the lines deny, in their words or in another language."""
    return _drops_negation(text, said) or _turns_round(text, said)


def _drops_negation(text: str, said: Sequence[str]) -> bool:
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


def _turns_round(text: str, said: Sequence[str]) -> bool:
    """Return whether a claim tells as done or given what a line says was not, in words of the line or another language.

    A claim that says of anything that it is missing, refused or admitted is left to the question about support.
    """
    claimed = tokens(text)
    if any(negates(word) or word in _DENYING for word in claimed):
        return False
    told = _stems(claimed)
    for held in map(tokens, said):
        # A word that the line holds denies nothing of it: "how many customers left".
        own = " ".join(word for word in claimed if word not in held)
        if ABSENT.search(own) or _DENIAL.search(own):
            return False
        for place, word in enumerate(held):
            if word in WITHOUT or not (negates(word) or word == "instead"):
                continue
            clause = held[place + 1 :]
            end = next((at for at, other in enumerate(clause) if other in _ENDS), len(clause))
            if "than" in clause[:end]:
                continue  # "nobody waited longer than four hours" tells a bound
            negated = _stems(clause[:end])
            shared = negated & told
            if len(shared) >= 2 and 2 * len(shared) >= len(negated):
                return True
            if place < _AT_ONCE and end >= len(clause) - 1 and len(said) == 1 and _differ(text, said[0]):
                return True
    return False


def _stems(words: Sequence[str]) -> set[str]:
    return {word[:_STEM] for word in words if len(word) > _SMALL and word not in _JOINING}


_JOINING: Final = frozenset("that this with what when which were have been they them then from into about even".split())


def _differ(text: str, line: str) -> bool:
    # Words of two languages are not compared, but each says whether it denies.
    one, other = language_of(text), language_of(line)
    return bool(one and other) and one != other
