"""Recurrence: the earlier interviews of a person that had much the same weakness."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from analytics.breakdown.assessment.likely_lines import stems

# Two points say much the same when they share this much of what the words of either weigh, and at least two words.
_LEAST_SHARE: Final = 0.5
_LEAST_WORDS: Final = 2


def times_before(points: Sequence[str], earlier: Mapping[int, Sequence[str]]) -> dict[str, int]:
    """Count, for each point about a skill, the earlier interviews with a similar one.

    `earlier` are what was open in each interview. A word weighs the more the fewer points hold it.
    """
    known = {interview: [stems(text) for text in texts] for interview, texts in earlier.items()}
    held = Counter(word for texts in known.values() for words in texts for word in words)
    most = 1 + sum(map(len, known.values()))

    def weight(words: frozenset[str]) -> float:
        return sum(math.log(1 + most / max(held[word], 1)) for word in words)

    def alike(one: frozenset[str], other: frozenset[str]) -> bool:
        shared = one & other
        return len(shared) >= _LEAST_WORDS and weight(shared) >= _LEAST_SHARE * max(weight(one), weight(other))

    return {
        point: count
        for point in points
        if (count := sum(any(alike(stems(point), other) for other in texts) for texts in known.values()))
    }
