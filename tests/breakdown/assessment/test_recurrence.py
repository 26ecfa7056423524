"""What came up before: counted by interview, in much the same words, and nothing that only shares a word."""

from __future__ import annotations

from analytics.breakdown.assessment.recurrence import times_before

OPEN = "Leaves out how success was measured after the release"
EARLIER = {
    1: ["Leaves out how the success of a release was measured", "Speaks of the release in one long sentence"],
    2: ["Does not say how success was measured after release", "Leaves out how success was measured"],
    3: ["Names no risk of the release", "Weighs no other way"],
}


def test_each_interview_counts_once_however_it_is_worded() -> None:
    assert times_before([OPEN], EARLIER) == {OPEN: 2}


def test_a_shared_word_is_no_recurrence() -> None:
    assert times_before(["Names no owner of the release plan", "Rushes"], EARLIER) == {}
    assert times_before([OPEN], {}) == {}
