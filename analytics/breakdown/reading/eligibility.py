"""Which skills can be assessed, decided before anything is paid for: a model does not abstain by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.code_metrics import measure
from analytics.breakdown.reading.habits import is_garbled, is_swapped
from analytics.breakdown.reading.transcript import Submission, Transcript
from analytics.breakdown.records import Record
from analytics.skills import CODE_KEYS, SKILL_KEYS
from analytics.text import count_words, fold
from analytics.text import words as split_words

# "Yes, sure" is no answer to assess; what is said twice counts once.
ANSWER_WORDS: Final = 10
LEAST_ANSWERS: Final = 2
# Twenty exact answers of a few words are an interview too.
SHORT_WORDS: Final = 2
LEAST_SHORT: Final = 12
_COMMENT: Final = re.compile(r"\s*(?:#|//|/\*|\*|--|;|\"\"\"|'''|<!--|%)")


class Eligibility(Record):
    """Whether a skill can be assessed (`reason` is None if so), and what was counted."""

    reason: Outcome | None
    words: int
    answers: int
    submissions: int


def eligible_skills(
    transcript: Transcript, minimum_words: int, withheld: frozenset[str] = frozenset()
) -> dict[str, Eligibility]:
    """Decide for each skill whether it can be assessed; withheld sentences do not count."""
    spoken_words = _list_answers(transcript, withheld)
    words, answers = sum(spoken_words), sum(said >= ANSWER_WORDS for said in spoken_words)
    submissions = sum(has_code(submission) for submission in transcript.submissions)
    spoken = _find_reason(transcript, spoken_words, minimum_words)
    coded = None if submissions else Outcome.NO_CODE
    return {
        key: Eligibility(
            reason=coded if key in CODE_KEYS else spoken, words=words, answers=answers, submissions=submissions
        )
        for key in SKILL_KEYS
    }


def has_code(submission: Submission) -> bool:
    """Return whether a submission holds more than whitespace and comments."""
    metrics = measure(submission)
    if metrics is not None:
        return metrics.lines > 0
    return any(line.strip() and not _COMMENT.match(line) for line in submission.lines)


def _are_answers(spoken: Sequence[int], minimum_words: int) -> bool:
    # Two answers, or a monologue, or many short ones.
    full = sum(said >= ANSWER_WORDS for said in spoken) >= LEAST_ANSWERS
    short = sum(said >= SHORT_WORDS for said in spoken) >= LEAST_SHORT
    return sum(spoken) >= minimum_words and (full or short or 4 * max(spoken) >= 5 * minimum_words)


def _find_reason(transcript: Transcript, spoken: Sequence[int], minimum_words: int) -> Outcome | None:
    if is_swapped(transcript):
        return Outcome.SWAPPED
    if not _are_answers(spoken, minimum_words):
        return Outcome.TOO_FEW_WORDS
    return Outcome.GARBLED if is_garbled(transcript) else None


def _list_answers(transcript: Transcript, withheld: frozenset[str]) -> list[int]:
    sentences: set[str] = set()
    answers: list[int] = []
    for turn in transcript.turns:
        in_answer = 0
        for sentence in turn.sentences:
            folded = fold(sentence.text)
            if sentence.id not in withheld and folded not in sentences:
                sentences.add(folded)
                # Yes yes yes says little at any length.
                in_answer += min(count_words(sentence.text), 3 * len(set(split_words(folded))))
        answers.append(in_answer)
    return answers
