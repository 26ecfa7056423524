from __future__ import annotations

import time

import pytest

from analytics.breakdown.offline.sign_list import OCCASION, SHORT, SIGNS, TOLD


@pytest.mark.parametrize(
    "text",
    [
        "I check the " * 4_000,
        "if it " * 8_000,
        "for example, when " * 3_000,
        "1 2 3 4 5 " * 5_000,
        "we use the thing, and then " * 2_000,
        "since we are new " * 3_000,
        "last week I " * 4_000,
        "a" * 50_000,
        "the problem is that it " * 2_000,
    ],
)
def test_patterns_take_as_long_as_a_line_is(text: str) -> None:
    patterns = [sign.pattern for sign in SIGNS if sign.name != "outcome"] + [OCCASION.asked, SHORT.asked, TOLD]

    def seconds(piece: str) -> float:
        began = time.thread_time()
        for pattern in patterns:
            for _ in pattern.finditer(piece):
                pass
        return time.thread_time() - began

    short, whole = seconds(text[: len(text) // 4]), seconds(text)
    # Quadratic ones would take sixteen times as long.
    assert whole < 9 * max(short, 0.02)
    assert whole < 5
