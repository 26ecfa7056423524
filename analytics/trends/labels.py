"""The names of trends, in data and in lists."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from analytics.trends import analysis


class Trend(StrEnum):
    """What can be said about a skill's direction."""

    IMPROVING = "improving"
    DECLINING = "declining"
    STEADY = "steady"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"


TREND_OF_LABEL: Final[Mapping[int, Trend]] = {
    analysis.IMPROVING: Trend.IMPROVING,
    analysis.DECLINING: Trend.DECLINING,
    analysis.STEADY: Trend.STEADY,
    analysis.NOT_ENOUGH: Trend.NOT_ENOUGH_EVIDENCE,
}


LIST_EXPLANATION: Final = "Of the candidates shown as improving or declining, fewer than 1 in 10 is there by chance."


def listed_trend(label: int, p: float | None, cutoff: float) -> Trend:
    """Return the trend for a list over everybody, in which only p-values up to `cutoff` count as one."""
    trend = TREND_OF_LABEL[label]
    moved = trend in {Trend.IMPROVING, Trend.DECLINING}
    return Trend.NOT_ENOUGH_EVIDENCE if moved and (p is None or p > cutoff) else trend
