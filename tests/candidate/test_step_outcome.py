"""What came of a step: how the skill stood before and since, or that it cannot be told yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from analytics.candidate.skill_trends import skill_trends
from analytics.candidate.step_outcome import StepOutcome, step_outcome
from analytics.coaching.steps import Doer, Step
from analytics.cohort import usual
from analytics.queries.candidates import SkillRecord
from analytics.queries.tags import Tags

AGREED = datetime(2026, 6, 1, tzinfo=UTC)
CODING, OTHER = Tags("coding"), Tags("system design")


def outcome(
    before: list[float],
    since: list[float],
    *,
    kind: str | None = None,
    tags: dict[int, Tags] | None = None,
    judges: dict[int, str] | None = None,
    skill: str | None = "technical",
) -> StepOutcome | None:
    """What came of a step, of interviews a week apart that are numbered from 1."""
    scores = [*before, *since]
    dates = [AGREED + timedelta(weeks=number - len(before), hours=-1) for number in range(1, len(scores) + 1)]
    history = [
        SkillRecord("technical", number, "Talk", date, "scored", None, score, (judges or {}).get(number, "platform"))
        for number, (date, score) in enumerate(zip(dates, scores, strict=True), 1)
    ]
    step = Step("one", 1, skill, "Do it", None, Doer.CANDIDATE, "coach", AGREED, kind)
    return step_outcome(step, skill_trends(history, usual()), history, tags or {}, usual())


def test_a_clear_rise_is_told_with_its_interval() -> None:
    found = outcome([0.4, 0.42, 0.38, 0.4], [0.8, 0.82, 0.78])
    assert found is not None
    assert (found.interviews_before, found.interviews_since) == (4, 3)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.4 < found.high
    assert found.sentence.startswith("Higher since: 0.40 in 4 interviews before, 0.80 in 3 since (change between +")
    fell = outcome([0.8, 0.82, 0.78], [0.4, 0.42, 0.38, 0.4])
    assert fell is not None
    assert fell.sentence.startswith("Lower since: ")


@pytest.mark.parametrize(
    ("before", "since", "said"),
    [
        ([0.4, 0.5], [], "Cannot tell yet: 2 interviews before, 0 since."),
        ([0.1], [0.9, 0.9, 0.9], "Cannot tell yet: 1 interview before, 3 since."),
        ([0.5, 0.5], [0.55, 0.5], "Cannot tell yet: 0.50 in 2 interviews before, 0.53 in 2 since (change between −"),
    ],
)
def test_what_may_be_chance_cannot_be_told(before: list[float], since: list[float], said: str) -> None:
    found = outcome(before, since)
    assert found is not None
    assert found.sentence.startswith(said)
    assert (found.low is None) == (len(before) < 2 or len(since) < 2)


def test_only_interviews_of_its_kind_and_scores_of_one_judge_count() -> None:
    tags = {1: CODING, 2: CODING, 3: OTHER, 4: CODING, 5: OTHER, 6: CODING}
    of_kind = outcome([0.4, 0.4, 0.9], [0.5, 0.9, 0.5], kind="coding", tags=tags)
    assert of_kind is not None
    assert (of_kind.before, of_kind.since, of_kind.interviews_since) == (0.4, 0.5, 2)
    one_judge = outcome([0.4, 0.4, 0.9], [0.5, 0.5], judges={3: "another"})
    assert one_judge is not None
    assert (one_judge.before, one_judge.interviews_before) == (0.4, 2)


def test_only_the_interviews_next_to_it_count_and_a_step_about_no_skill_has_no_outcome() -> None:
    found = outcome([0.9, *[0.4] * 5], [*[0.5] * 5, 0.1])
    assert found is not None
    assert (found.before, found.since) == (pytest.approx(0.4), pytest.approx(0.5))
    assert outcome([0.4, 0.4], [0.5, 0.5], skill=None) is None
