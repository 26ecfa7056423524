"""What a claim speaks of that the candidate never did: names nobody said, and what only the interviewer put forward."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import regex

from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.assessment.number_words import language_of
from analytics.breakdown.assessment.wording import ABSENT, ASKED, negates, tokens
from analytics.breakdown.reading.transcript import Transcript
from analytics.text import fold

# What a question gives as examples or wants to hear of is not what was said.
_PUT_FORWARD: Final = re.compile(
    r"\b(?:such as|for instance|for example|including|in terms of|please mention|mention|with regard to|regarding) "
    r"([^.?!;:\n]{3,120})"
)
_JOINED: Final = re.compile(r",| and | or |/")
_MOST_WORDS: Final = 3
_STEM: Final = 5
_ASKED_ELSEWHERE: Final = re.compile(
    r"\b(?:frag\w*|gefragt\w*|preguntas?|pregunt\w+|perguntas?|pergunt\w+|domand\w*|vraag|gevraagd|fehl\w*|manque\w*|"
    r"falta\w*|mancan?o?)\b|问|提问"
)
_NAME: Final = regex.compile(r"(?<![\p{L}\p{N}_.'’-])\p{Lu}[\p{L}\p{N}+#]*(?![\p{N}])")
_BEGIN_AFTER: Final = frozenset(".!?:;…[(\"“„«»‘'—–-")
_INSIDE: Final = regex.compile(r"\p{Ll}\p{Lu}")
# Names of times, and of what every interview may be said to hold.
_COMMON: Final = frozenset(
    "i monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december english big gantt kanban scrum agile boolean unicode latin".split()
)
_SHORT: Final = 5


def all_asked(transcript: Transcript) -> str:
    """Return all that an interviewer said."""
    return " \n ".join(turn.text for turn in transcript.turns if turn.speaker == "interviewer")


def all_said(transcript: Transcript) -> str:
    """Return all that a candidate said or wrote, with the languages of the code."""
    code = (f"{submission.language} {submission.code}" for submission in transcript.submissions)
    return " \n ".join((*(sentence.text for sentence in transcript.sentences), *code))


def stranger_fault(text: str, asked: str, spoken: str) -> ClaimFault | None:
    """Find what a claim gives as the candidate's that is in none of their lines (`spoken`).

    A claim that says of anything that it is missing or was asked for may name what nobody said.
    """
    folded = fold(text)
    if (
        ASKED.search(folded)
        or ABSENT.search(folded)
        or _ASKED_ELSEWHERE.search(folded)
        or any(map(negates, tokens(text)))
    ):
        return None
    said, told, theirs = _stems(spoken), _stems(text), fold(asked)
    for item in _put_forward(theirs):
        if item <= told and not item & said:
            return ClaimFault.INTERVIEWER
    known = f"{fold(spoken)} "
    for name in _names(text):
        # "PostgreSQL" is what somebody named who said "Postgres".
        if name not in known and name[:_STEM] not in said:
            return ClaimFault.INTERVIEWER if name in theirs else ClaimFault.INVENTS
    return None


def _put_forward(asked: str) -> Iterator[set[str]]:
    for match in _PUT_FORWARD.finditer(asked):
        for item in _JOINED.split(match[1]):
            words = _stems(item)
            if 0 < len(words) <= _MOST_WORDS:
                yield words


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in re.findall(r"[^\W_]+", fold(text)) if len(word) > 3 or not word.isalpha()}


def _names(text: str) -> Iterator[str]:
    # In German any noun has a capital; only one inside a word tells a name.
    german = language_of(text) in ("de", "")
    for match in _NAME.finditer(text):
        word = match.group()
        inside = _INSIDE.search(word) is not None
        before = text[: match.start()].rstrip()
        begins = not before or before[-1] in _BEGIN_AFTER
        if inside or not (german or begins or (word.isupper() and len(word) <= _SHORT)):
            name = fold(word)
            if name not in _COMMON:
                yield name
