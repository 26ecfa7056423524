"""What can be assessed at all, decided by program before anything is paid for: a model does not abstain by itself."""

from __future__ import annotations

import re
from typing import Final

from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.code_metrics import measure
from analytics.breakdown.reading.transcript import Submission, Transcript
from analytics.breakdown.records import Record
from analytics.skills import CODE_KEYS, SKILL_KEYS
from analytics.text import count_words, fold
from analytics.text import words as split_words

# "Yes, sure" is no answer to assess; what is said twice counts once.
ANSWER_WORDS: Final = 10
LEAST_ANSWERS: Final = 2
_COMMENT: Final = re.compile(r"\s*(?:#|//|/\*|\*|--|;|\"\"\"|'''|<!--|%)")


class Eligibility(Record):
    """Whether a skill can be assessed: `reason` is None, or why not; with what was counted."""

    reason: Outcome | None
    words: int
    answers: int
    submissions: int


def eligible_skills(
    transcript: Transcript, minimum_words: int, withheld: frozenset[str] = frozenset()
) -> dict[str, Eligibility]:
    """Decide for each skill; sentences that were withheld do not count."""
    words, answers = _spoken(transcript, withheld)
    submissions = sum(has_code(submission) for submission in transcript.submissions)
    spoken = None if words >= minimum_words and answers >= LEAST_ANSWERS else Outcome.TOO_FEW_WORDS
    coded = None if submissions else Outcome.NO_CODE
    return {
        key: Eligibility(
            reason=coded if key in CODE_KEYS else spoken, words=words, answers=answers, submissions=submissions
        )
        for key in SKILL_KEYS
    }


def has_code(submission: Submission) -> bool:
    """Return whether a submission holds anything but space and comments."""
    metrics = measure(submission)
    if metrics is not None:
        return metrics.lines > 0
    return any(line.strip() and not _COMMENT.match(line) for line in submission.lines)


def _spoken(transcript: Transcript, withheld: frozenset[str]) -> tuple[int, int]:
    sentences: set[str] = set()
    words, answers = 0, 0
    for turn in transcript.turns:
        in_answer = 0
        for sentence in turn.sentences:
            folded = fold(sentence.text)
            if sentence.id not in withheld and folded not in sentences:
                sentences.add(folded)
                # Yes yes yes says little at any length.
                in_answer += min(count_words(sentence.text), 3 * len(set(split_words(folded))))
        words += in_answer
        answers += in_answer >= ANSWER_WORDS
    return words, answers
