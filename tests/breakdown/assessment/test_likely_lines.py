"""Lines that may show a stored point: found by shared words, silent where nothing is near."""

from __future__ import annotations

import pytest

from analytics.breakdown.assessment.likely_lines import likely_lines
from analytics.breakdown.reading.transcript import read_transcript
from tests.support.doubles import conversation, message, submission

TRANSCRIPT = read_transcript(
    [
        *conversation(code=False),
        submission("def retry(task):\n    for attempt in range(3):\n        pause_between_attempts(attempt)\n"),
    ]
)


@pytest.mark.parametrize(
    ("skill", "point", "cited"),
    [
        ("technical", "Measured each stage and found that ranking dominates", "S1"),
        ("problem_solving", "Weighed caching against stale results", "S4"),
        ("communication", "Compares the slowest queries before and after the change", "S5"),
        ("code_quality", "Pauses between attempts instead of failing at once", "C1:3"),
    ],
)
def test_the_line_that_shares_the_rare_words_comes_first(skill: str, point: str, cited: str) -> None:
    assert [quote.id for quote in likely_lines(TRANSCRIPT, skill, point)][:1] == [cited]


@pytest.mark.parametrize(
    ("skill", "point"),
    [
        ("technical", "Designs tables with foreign keys and explains isolation levels"),
        ("communication", "Great communication and a clear answer to every question"),
        # One word is an accident, and what was submitted is no speech.
        ("communication", "Draws on experience with traffic lights and bridges"),
        ("communication", "Pauses between attempts instead of failing at once"),
        ("technical", ""),
    ],
)
def test_nothing_near_is_nothing(skill: str, point: str) -> None:
    assert likely_lines(TRANSCRIPT, skill, point) == ()


def test_what_the_interviewer_said_is_never_suggested() -> None:
    asked = read_transcript(
        [message("assistant", "How do queues retry failed orders?"), message("user", "It depends on the day.")]
    )
    assert likely_lines(asked, "technical", "Explains how queues retry failed orders") == ()
