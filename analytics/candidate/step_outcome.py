"""A skill before a next step was agreed and in the interviews since, without claiming that the step caused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.candidate.skill_trends import SkillTrend
from analytics.coaching.steps import Step
from analytics.cohort import Cohort
from analytics.formatting import quantity, signed_number
from analytics.queries.candidates import SkillRecord
from analytics.queries.tags import Tags
from analytics.trends.before_after import change_between

# Of each side as many count: what lies further away is not about this step.
MOST: Final = 5
# A step is often agreed after one poor interview, and the next is better by chance alone.
_FEWEST: Final = 2
_CANNOT_TELL: Final = "Cannot tell yet"


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """One judge's average scores before and since, and over how many interviews; None without any.

    `low` and `high` are the 95% interval of the change; None with fewer than two interviews on a side. `sentence` says
    it in words.
    """

    interviews_before: int
    interviews_since: int
    before: float | None
    since: float | None
    low: float | None
    high: float | None
    sentence: str


def step_outcome(
    step: Step,
    trends: Mapping[str, SkillTrend],
    history: Sequence[SkillRecord],
    tags: Mapping[int, Tags],
    cohort: Cohort,
) -> StepOutcome | None:
    """Compare the last interviews before a step with the next ones since; None if the step names no skill.

    Only scores by the judge of the skill's trend count, and of interviews of the step's kind, where it has one.
    """
    trend = trends.get(step.skill or "")
    if trend is None:
        return None
    scores = [
        (record.date > step.agreed_at, record.score)
        for record in history
        if record.skill == trend.skill
        and record.score is not None
        and record.judge == trend.judge
        and step.kind in (None, tags.get(record.interview_id, Tags()).kind)
    ]
    before = [score for is_later, score in scores if not is_later][-MOST:]
    since = [score for is_later, score in scores if is_later][:MOST]
    low = high = None
    if min(len(before), len(since)) < _FEWEST:
        sentence = f"{_CANNOT_TELL}: {_count(before)} before, {len(since)} since."
    else:
        noise = cohort.noise_of(trend.skill, trend.judge or "")
        change = change_between(before, since, trend.noise_sd, trend.df, noise.correlation)
        low, high = change.low, change.high
        stood = f"{change.before:.2f} in {_count(before)} before, {change.after:.2f} in {len(since)} since"
        verdict = "Higher since" if low > 0 else "Lower since" if high < 0 else _CANNOT_TELL
        sentence = f"{verdict}: {stood} (change between {signed_number(low)} and {signed_number(high)})."
    return StepOutcome(len(before), len(since), _average(before), _average(since), low, high, sentence)


def _count(scores: Sequence[float]) -> str:
    return quantity(len(scores), "interview")


def _average(scores: Sequence[float]) -> float | None:
    return sum(scores) / len(scores) if scores else None
