"""Finds lines of a conversation that may show a stored point: those sharing its rarest words.

It is a search, not evidence: nothing of it is stored, and it says nothing where no line is near.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from analytics.breakdown.assessment.praise import GENERAL, PRAISE
from analytics.breakdown.reading.transcript import Quote, Transcript
from analytics.skills import BY_KEY
from analytics.text import fold
from analytics.text import words as words_of

_MOST: Final = 2
# A line is near when it holds this share of what a point's words weigh, and at least two of them.
_LEAST_SHARE: Final = 0.22
_LEAST_WORDS: Final = 2
_SHORTEST: Final = 3
# Words that join others; what points say of any answer is `GENERAL`.
_JOINING: Final = frozenset(
    "about after also although another because before between but can could didn't does doesn't don't even first "
    "here i'd i'm i've into it's like made make many may might must need needed needs never not now nor only other "
    "out over same say says said should some still take that's then there those thought too under until use used uses "
    "using want wanted well when where whether which while who why will without would".split()
)
_ENDING: Final = re.compile(r"(?<=\w{3})(?:ing|ed|es|s|ly|er|e)$")
_NAME_PARTS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")


def likely_lines(transcript: Transcript, skill: str, text: str) -> tuple[Quote, ...]:
    """Find up to two of the candidate's lines that may show a point about a skill, likeliest first.

    A word weighs the more the fewer lines hold it. Empty where no line shares enough with the point.
    """
    lines = {cited: stems(line) for cited, line in _lines(transcript, skill)}
    held = Counter(word for words in lines.values() for word in words)
    # A word of the point that no line holds weighs as much as one in a single line: it speaks against all of them.
    weights = {word: math.log(1 + len(lines) / max(held[word], 1)) for word in stems(text)}
    whole = sum(weights.values())
    near: dict[str, float] = {}
    for cited, words in lines.items():
        shared = [weights[word] for word in words if word in weights]
        if len(shared) >= _LEAST_WORDS and sum(shared) >= _LEAST_SHARE * whole:
            near[cited] = sum(shared)
    best = sorted(near, key=near.__getitem__, reverse=True)[:_MOST]
    return tuple(quote for cited in best if (quote := transcript.quote(cited)) is not None)


def _lines(transcript: Transcript, skill: str) -> Iterator[tuple[str, str]]:
    evidence = BY_KEY[skill].evidence
    if evidence != "code":
        for sentence in transcript.sentences:
            yield sentence.id, sentence.text
    if evidence != "speech":
        for submission in transcript.submissions:
            for number, line in enumerate(submission.lines, 1):
                # The parts of a name in code are words: retryCount, retry_count.
                yield f"{submission.id}:{number}", _NAME_PARTS.sub(" ", line)


def stems(text: str) -> frozenset[str]:
    """Return the content words of a text without their endings."""
    return frozenset(
        _ENDING.sub("", word)
        for word in words_of(fold(text))
        if len(word) >= _SHORTEST and word not in GENERAL and word not in PRAISE and word not in _JOINING
    )
