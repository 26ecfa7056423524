"""How one candidate's skills develop: trend, level and band per skill, and what to work on next.

Built from the candidate's own history and from what was learned from the cohort beforehand (`analytics.cohort`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics import trends, wording
from analytics.cohort import Cohort
from analytics.feedback import read_feedback
from analytics.queries import FeedbackRow, SkillRecord
from analytics.skills import BY_KEY, SKILL_KEYS

LAST_BREAKDOWNS: Final = 6


class Trend(StrEnum):
    """What can be said about the way a skill goes."""

    IMPROVING = "improving"
    DECLINING = "declining"
    STEADY = "steady"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"


TREND_OF_LABEL: Final[Mapping[int, Trend]] = {
    trends.IMPROVING: Trend.IMPROVING,
    trends.DECLINING: Trend.DECLINING,
    trends.STEADY: Trend.STEADY,
    trends.NOT_ENOUGH: Trend.NOT_ENOUGH_EVIDENCE,
}


def listed_trend(label: int, p: float | None, cutoff: float) -> Trend:
    """Name a trend as it stands in a list over everybody, where only p-values up to `cutoff` count as one."""
    trend = TREND_OF_LABEL[label]
    moved = trend in {Trend.IMPROVING, Trend.DECLINING}
    return Trend.NOT_ENOUGH_EVIDENCE if moved and (p is None or p > cutoff) else trend


class BandPoint(NamedTuple):
    """The level at one interview and how far off it may be (95%); both None where no band can be drawn."""

    interview_id: int
    date: datetime
    centre: float | None
    half_width: float | None


@dataclass(frozen=True, slots=True)
class SkillOutlook:
    """What the scores of one skill say; a figure is None where it cannot be told, and `sentence` says it all in words.

    `change` is the fitted change from the first to the last scored interview with its 95% interval, `average_error` and
    `current_error` half the 95% intervals of the average and of the current level. `interviews_needed` is about how
    many more interviews would show a change of 0.2. `own_sentence` says it to the person themselves.
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
    position: trends.CohortPosition | None
    sentence: str
    own_sentence: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """Which skill to work on next: one when `clear`, else the two likeliest, the likeliest first; none without scores.

    `gaps` are target minus current level, `probabilities` those of being the largest gap.
    """

    skills: tuple[str, ...]
    clear: bool
    gaps: Mapping[str, float]
    probabilities: Mapping[str, float]


class Mention(NamedTuple):
    """One interview in whose breakdown a recommendation stands."""

    interview_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommendation of the last breakdowns, and what became of the skill after it first stood there.

    `before` is the score of the interview it first stood in, `after` the average of the scored interviews since; None
    until there are any.
    """

    skill: str
    text: str
    mentions: tuple[Mention, ...]
    before: float | None
    after: float | None
    interviews_after: int


def outlook(history: Sequence[SkillRecord], cohort: Cohort) -> dict[str, SkillOutlook]:
    """Tell how each skill develops, from a candidate's history in interview order."""
    scored: dict[str, list[SkillRecord]] = {key: [] for key in SKILL_KEYS}
    for record in history:
        if record.score is not None:
            scored[record.skill].append(record)
    return {key: _skill_outlook(key, tuple(records), cohort) for key, records in scored.items()}


# A page is drawn again with every click, mostly from the same scores.
@lru_cache(maxsize=256)
def _skill_outlook(key: str, records: tuple[SkillRecord, ...], cohort: Cohort) -> SkillOutlook:
    scores = np.array([[record.score for record in records]], dtype=np.float64)
    told = trends.analyse(scores, cohort.noise[key])
    average, error = _figure(told.average[0]), _figure(told.average_half_width[0])
    return SkillOutlook(
        skill=key,
        trend=TREND_OF_LABEL[int(told.label[0])],
        scored=len(records),
        change=_figure(told.change[0]),
        change_low=_figure(told.change_low[0]),
        change_high=_figure(told.change_high[0]),
        p=_figure(told.p[0]),
        average=average,
        average_error=error,
        current=_figure(told.current[0]),
        current_sd=_figure(told.current_sd[0]),
        current_error=_figure(trends.t_quantile(0.975, told.df[0]) * told.current_sd[0]),
        interviews_needed=int(told.interviews_needed[0]),
        noise_sd=float(told.noise_sd[0]),
        df=float(told.df[0]),
        band=tuple(
            BandPoint(record.interview_id, record.date, centre, half_width)
            for record, centre, half_width in zip(
                records, _figures(told.band_centre[0]), _figures(told.band_half_width[0]), strict=True
            )
        ),
        median=cohort.median(key),
        position=None if average is None or error is None else cohort.position(key, average, error),
        sentence=wording.sentence(BY_KEY[key].label, told),
        own_sentence=wording.sentence(BY_KEY[key].label, told, yours=True),
    )


def next_step(outlooks: Mapping[str, SkillOutlook], targets: Mapping[str, float]) -> NextStep:
    """Choose the skill whose current level lies furthest below its target (targets between 0 and 1)."""
    return _next_step(
        tuple(
            (key, _or_nan(outlook.current), _or_nan(outlook.current_sd), targets[key])
            for key, outlook in outlooks.items()
        )
    )


@lru_cache(maxsize=128)
def _next_step(levels: tuple[tuple[str, float, float, float], ...]) -> NextStep:
    keys, current, sds, targets = zip(*levels, strict=True) if levels else ((), (), (), ())
    chosen = trends.work_on_next(current, sds, targets)
    return NextStep(
        skills=tuple(keys[place] for place in chosen.skills),
        clear=chosen.clear,
        gaps={key: float(gap) for key, gap in zip(keys, chosen.gap, strict=True) if np.isfinite(gap)},
        probabilities={
            key: float(share) for key, share in zip(keys, chosen.probability, strict=True) if np.isfinite(share)
        },
    )


def recommendations(
    feedback: Sequence[FeedbackRow], history: Sequence[SkillRecord], skills: Sequence[str], most: int = 3
) -> list[Recommendation]:
    """List what the last breakdowns recommended most often for these skills, the most frequent first.

    `feedback` is the latest interview first. Recommendations count as one where they differ only in case, spaces and
    punctuation.
    """
    found: dict[tuple[str, str], list[tuple[Mention, str]]] = {}
    completed = [row for row in feedback if row.status == "completed"]
    for row in completed[:LAST_BREAKDOWNS]:
        breakdown = read_feedback(row.feedback).skills
        for key in skills:
            for said in dict.fromkeys(breakdown[key].recommendations):
                mention = Mention(row.interview_id, row.title)
                found.setdefault((key, _normalised(said)), []).append((mention, said))
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), skills.index(item[0][0])))
    return [_recommendation(key, mentions, history) for (key, _), mentions in ranked[:most]]


def _recommendation(
    key: str, mentions: Sequence[tuple[Mention, str]], history: Sequence[SkillRecord]
) -> Recommendation:
    scored = [record for record in history if record.skill == key and record.score is not None]
    first = mentions[-1][0].interview_id
    place = next((place for place, record in enumerate(scored) if record.interview_id == first), None)
    later = [] if place is None else [record.score for record in scored[place + 1 :] if record.score is not None]
    return Recommendation(
        skill=key,
        text=mentions[0][1],
        mentions=tuple(mention for mention, _ in mentions),
        before=None if place is None else scored[place].score,
        after=sum(later) / len(later) if later else None,
        interviews_after=len(later),
    )


def _normalised(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _figure(value: np.floating[Any]) -> float | None:
    return float(value) if np.isfinite(value) else None


def _figures(values: NDArray[np.float64]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
