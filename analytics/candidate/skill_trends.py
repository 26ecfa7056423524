"""One candidate's skills over time: trend, level and band per skill, and what to work on next.

Built from the candidate's own history and from what was learned from the cohort beforehand (`analytics.cohort`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from analytics.bridges import NO_BRIDGES, move, on_one_scale
from analytics.cohort import Cohort
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import ComparedRecord
from analytics.skills import BY_KEY, SKILL_KEYS, overall
from analytics.trends import analysis, wording
from analytics.trends.bridge import Shift
from analytics.trends.labels import TREND_OF_LABEL, Trend


class BandPoint(NamedTuple):
    """The level at one interview and half its 95% interval; both None where there is no band."""

    interview_id: int
    date: datetime
    centre: float | None
    half_width: float | None


@dataclass(frozen=True, slots=True)
class SkillTrend:
    """What the scores of one skill say; figures are None where they cannot be told, `sentence` sums up in words.

    `change` is the fitted change from the first to the last scored interview with its 95% interval, `average_error` and
    `current_error` half the 95% intervals of the average and of the current level. `interviews_needed` is about how
    many more interviews would show a change of 0.2. `details` are the figures behind the sentence.

    All is on the scale of one `judge`, who scored the latest interview. `offsets` is what was added to other judges'
    scores to bring them there and `moved` how many these are; `left_out` could not be, of `left_out_interviews`.
    """

    skill: str
    trend: Trend
    scored: int
    change: float | None
    change_low: float | None
    change_high: float | None
    p: float | None
    average: float | None
    average_error: float | None
    current: float | None
    current_sd: float | None
    current_error: float | None
    interviews_needed: int
    noise_sd: float
    df: float
    band: tuple[BandPoint, ...]
    median: float | None
    position: analysis.CohortPosition | None
    sentence: str
    details: str
    judge: str | None = None
    moved: int = 0
    offsets: tuple[tuple[str, float], ...] = ()
    left_out: int = 0
    left_out_interviews: tuple[int, ...] = ()

    @property
    def change_error(self) -> float | None:
        """Return half the 95% interval of the change: where one end is that of the scale, its distance to the other."""
        if self.change is None or self.change_low is None or self.change_high is None:
            return None
        return max(self.change_high - self.change, self.change - self.change_low)


def skill_trends(history: Sequence[SkillRecord], cohort: Cohort, *, across: bool = True) -> dict[str, SkillTrend]:
    """Return the trend of each skill from a candidate's history in interview order.

    Told by the scores of the judge of the latest interview; with `across`, also by others' over a bridge.
    """
    scored: dict[str, list[SkillRecord]] = {key: [] for key in SKILL_KEYS}
    for record in history:
        if record.score is not None:
            scored[record.skill].append(record)
    with _one_at_a_time:
        return {key: _skill_trend(key, tuple(records), cohort, across) for key, records in scored.items()}


# Whoever looks at the same candidate meanwhile waits and takes what is then kept, instead of doing the same again.
_one_at_a_time = Lock()


# A page is drawn again with every click, mostly from the same scores.
@lru_cache(maxsize=256)
def _skill_trend(key: str, records: tuple[SkillRecord, ...], cohort: Cohort, across: bool) -> SkillTrend:
    given = [(record.judge, _or_nan(record.score)) for record in records]
    scale = on_one_scale(key, given, cohort.bridges if across else NO_BRIDGES)
    told = [(record, score) for record, score in zip(records, scale.scores, strict=True) if score is not None]
    by = np.array([[record.judge for record, _ in told]], dtype=np.str_)
    shifts = [Shift(by == other, bridge.sd_error, bridge.df) for other, bridge in scale.crossed.items()]
    trends = analysis.analyse(
        np.array([[score for _, score in told]], dtype=np.float64), cohort.noise_of(key, scale.judge or ""), shifts
    )
    average, error = _figure(trends.average[0]), _figure(trends.average_half_width[0])
    offsets = tuple((other, bridge.offset) for other, bridge in scale.crossed.items())
    moved = sum(record.judge != scale.judge for record, _ in told)
    left_out = tuple(record.interview_id for record, score in zip(records, scale.scores, strict=True) if score is None)
    return SkillTrend(
        skill=key,
        trend=TREND_OF_LABEL[int(trends.label[0])],
        scored=len(told),
        change=_figure(trends.change[0]),
        change_low=_figure(trends.change_low[0]),
        change_high=_figure(trends.change_high[0]),
        p=_figure(trends.p[0]),
        average=average,
        average_error=error,
        current=_figure(trends.current[0]),
        current_sd=_figure(trends.current_sd[0]),
        current_error=_figure(trends.current_half_width[0]),
        interviews_needed=int(trends.interviews_needed[0]),
        noise_sd=float(trends.noise_sd[0]),
        df=float(trends.df[0]),
        band=_band([record for record, _ in told], trends),
        median=cohort.median(key, scale.judge),
        position=None if average is None or error is None else cohort.position(key, scale.judge, average, error),
        sentence=wording.sentence(BY_KEY[key].label, trends) + wording.describe_left_out(len(left_out)),
        details=(wording.details(trends) + wording.describe_moved(moved)).strip(),
        judge=scale.judge,
        moved=moved,
        offsets=offsets,
        left_out=len(left_out),
        left_out_interviews=left_out,
    )


def on_their_scale(history: Sequence[SkillRecord], trends: Mapping[str, SkillTrend]) -> list[SkillRecord]:
    """Return the records that trends are computed from, other judges' scores converted, the rest left out.

    A record without a score stays as it is, but for interviews of which no score is left.
    """
    if not any(trend.moved or trend.left_out for trend in trends.values()):
        return list(history)
    offsets = {key: {**dict(trend.offsets), trend.judge: 0.0} for key, trend in trends.items()}
    told = []
    for record in history:
        if record.score is None:
            told.append(record)
        elif (offset := offsets[record.skill].get(record.judge)) is not None:
            told.append(record._replace(score=move(record.score, offset)) if offset else record)
    gone = {interview_id for trend in trends.values() for interview_id in trend.left_out_interviews}
    gone -= {record.interview_id for record in told if record.score is not None}
    return [record for record in told if record.interview_id not in gone] if gone else told


def _figure(value: np.floating[Any]) -> float | None:
    return float(value) if np.isfinite(value) else None


def _band(records: Sequence[SkillRecord], trends: analysis.Trends) -> tuple[BandPoint, ...]:
    centres, half_widths = trends.band_centre[0].tolist(), trends.band_half_width[0].tolist()
    if len(records) < 2:
        centres = half_widths = [None] * len(records)
    places = ((record.interview_id, record.date) for record in records)
    return tuple(
        BandPoint(*place, centre, half) for place, centre, half in zip(places, centres, half_widths, strict=True)
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def recent_average(history: Sequence[SkillRecord], *, first: bool, interviews: int = 3) -> dict[str, float | None]:
    """Average each skill over its first or latest scored interviews; None without others to tell them from."""
    scores: dict[str, list[float]] = {key: [] for key in SKILL_KEYS}
    for record in history:
        if record.score is not None:
            scores[record.skill].append(record.score)
    part = slice(interviews) if first else slice(-interviews, None)
    return {key: sum(one[part]) / interviews if len(one) > interviews else None for key, one in scores.items()}


def overall_of(records: Iterable[SkillRecord | ComparedRecord]) -> float | None:
    """Return the weighted overall score of one interview."""
    return overall({record.skill: record.score for record in records if record.skill is not None})
