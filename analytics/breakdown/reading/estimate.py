"""The estimated cost of a run, given before it begins."""

from __future__ import annotations

from typing import Final

from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.prepare import PreparedInterview
from analytics.breakdown.reading.token_count import count_tokens
from analytics.breakdown.records import Record

# What a call reads beside the transcript, and what it writes, as measured with the double of the tests.
_POINTS_TASK: Final = 1_100
_SUPPORT_TASK: Final = 350
_SUPPORT_SKILL: Final = 350
_RATING_TASK: Final = 1_000
_RATING_SKILL: Final = 650
_CLAIM_RATING_TASK: Final = 250
_CLAIM_RATING_SKILL: Final = 300
_POINTS_WRITTEN: Final = 350
_SUPPORT_WRITTEN: Final = 25
_RATING_WRITTEN: Final = 60
_CLAIMS: Final = 4
_ORDERS: Final = 2


class Estimate(Record):
    """The rough cost of a run: tokens in all and written, seconds, calls; `reason` says why nothing is sent."""

    tokens: int
    output_tokens: int = 0
    seconds: float
    calls: int
    reason: Outcome | None = None


def estimate(prepared: PreparedInterview, settings: ModelSettings) -> Estimate:
    """Estimate a run without repairs, with the speed of a small hosted model."""
    count = len(prepared.skills)
    if not count:
        reason = next((gate.reason for gate in prepared.gates.values() if gate.reason is not None), None)
        return Estimate(tokens=0, seconds=0.0, calls=0, reason=reason)
    beside = count_tokens("\n".join((*prepared.job, *prepared.facts)))
    parts = [
        count_tokens("\n".join(row.line for row in prepared.part(number))) + beside
        for skill in prepared.skills
        for number in prepared.parts_for(skill)
    ]
    judged = count_tokens("\n".join(row.line for row in prepared.rows)) + beside
    if len(prepared.parts) > 1:
        judged = min(judged, settings.token_budget // 2)
    orders = min(settings.samples, _ORDERS)
    read = sum(parts) + len(parts) * _POINTS_TASK
    read += _SUPPORT_TASK + len(parts) * _SUPPORT_SKILL
    read += orders * (judged + _RATING_TASK + count * _RATING_SKILL)
    read += _CLAIM_RATING_TASK + count * _CLAIM_RATING_SKILL
    written = len(parts) * (_POINTS_WRITTEN + _CLAIMS * _SUPPORT_WRITTEN) + (settings.samples + 1) * _RATING_WRITTEN
    rounds = 1 + -(-(len(parts) - 1) // settings.concurrency)
    calls = len(parts) + 1 + orders + 1
    return Estimate(tokens=read + written, output_tokens=written, seconds=12.0 * rounds + 14.0, calls=calls)
