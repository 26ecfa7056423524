"""Attention: why a candidate needs it, and how much."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from analytics.cohort import Cohort
from analytics.formatting import quantity, signed_number
from analytics.settings import DEFAULT_TARGET
from analytics.skills import BY_KEY, SKILL_KEYS
from analytics.trends import analysis

SILENT_DAYS: Final = 30
DEFAULT_TARGETS: Final[Mapping[str, float]] = dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET)
EXPLANATION: Final = (
    "The most pressing first: a request for review that waits, how much a skill declined and how sure that is, how far "
    "it lies below its target and "
    f"below what is usual here, {SILENT_DAYS} days or more without an interview, and a latest interview that could not "
    "be scored."
)
_LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC)
# What the days since the last interview add, by the fewest days; nobody becomes more pressing after half a year.
_SILENCE: Final = ((180, 0.25), (90, 0.20), (60, 0.15), (SILENT_DAYS, 0.10))
_NEVER_INTERVIEWED: Final = 0.05
_FAILED: Final = 0.10
_ASKED: Final = 0.25
# Beyond any severity; so many thousandths, written with as many digits, put the most severe first in a text.
_MOST: Final = 99_999
_LONGEST: Final = 120


class Attention(StrEnum):
    """The reasons why a candidate needs attention, most severe first."""

    REVIEW = "review"
    DECLINING = "declining"
    BELOW_TARGET = "below_target"
    SILENT = "silent"
    FAILED = "failed"


class Reason(NamedTuple):
    """One reason; for a decline `amount` is the change, for a skill below target the distance to it.

    Of a request for review it is since when that waits, in seconds since 1970.

    A declining skill is named once, also where it lies below its target.
    """

    kind: Attention
    skill: str | None = None
    amount: float | None = None


class Level(NamedTuple):
    """The state of a skill: the current level, half its 95% interval, and the change since the first interview."""

    now: float | None
    error: float | None
    change: float | None


NO_LEVEL: Final = Level(None, None, None)


class CandidateState(NamedTuple):
    """A candidate's state by skill: the level, and the trend's label (`analysis`) with its p-value.

    `asked` is since when a request for review of theirs waits, and the skill that is about. `judges` are on whose
    scale each skill is told.
    """

    levels: Mapping[str, Level]
    labels: Mapping[str, int]
    p: Mapping[str, float | None]
    last_interview_at: datetime | None
    last_failed: bool
    asked: tuple[datetime, str] | None = None
    judges: Mapping[str, str] = MappingProxyType({})


class Judgement(NamedTuple):
    """The reasons, their severity, and when time alone will change them; None for never."""

    reasons: tuple[Reason, ...]
    severity: float
    until: datetime | None


def judge(standing: CandidateState, targets: Mapping[str, float], cohort: Cohort, moment: datetime) -> Judgement:
    """Assess a candidate's state at a moment.

    A decline counts where it stands in a list over everybody (`Cohort.cutoff`), by its size and sureness. A level
    counts where it lies below the target *and* below the cohort's median by more than its 95% interval, so that nobody
    is named for being average, and not while the skill improves. The median is that of people told by the same judge.
    """
    declines, below, severity = [], [], 0.0
    for key in SKILL_KEYS:
        level, p = standing.levels.get(key, NO_LEVEL), standing.p.get(key)
        label = standing.labels.get(key, analysis.NOT_ENOUGH)
        if label == analysis.DECLINING and level.change is not None and p is not None and p <= cohort.cutoff:
            severity -= level.change * (1 - p)
            declines.append(Reason(Attention.DECLINING, key, round(level.change, 4)))
        if level.now is None or level.error is None or label == analysis.IMPROVING:
            continue
        median = cohort.median(key, standing.judges.get(key))
        bound = targets[key] if median is None else min(targets[key], median)
        if level.now + level.error < bound:
            severity += targets[key] - level.now - level.error
            if all(reason.skill != key for reason in declines):
                below.append(Reason(Attention.BELOW_TARGET, key, round(targets[key] - level.now, 4)))
    others, more, until = _beside_scores(standing, moment)
    declines.sort(key=_largest_first)
    below.sort(key=_largest_first)
    asked = []
    if standing.asked is not None:
        since, skill = standing.asked
        severity += _ASKED
        asked.append(Reason(Attention.REVIEW, skill, since.timestamp()))
    return Judgement((*asked, *declines, *below, *others), severity + more, until)


def _beside_scores(standing: CandidateState, moment: datetime) -> tuple[list[Reason], float, datetime | None]:
    reasons, severity, until = [], 0.0, None
    last = standing.last_interview_at
    if last is None:
        severity += _NEVER_INTERVIEWED
        reasons.append(Reason(Attention.SILENT))
    else:
        days = (moment - last) / timedelta(days=1)
        reached = next((points for fewest, points in _SILENCE if days >= fewest), 0.0)
        ahead = [timedelta(days=fewest) for fewest, _ in _SILENCE if days < fewest]
        # PostgreSQL's infinity is read as the last moment there is, and no day after it ever comes.
        until = last + ahead[-1] if ahead and last <= _LAST_MOMENT - ahead[-1] else None
        if reached:
            severity += reached
            reasons.append(Reason(Attention.SILENT))
    if standing.last_failed:
        severity += _FAILED
        reasons.append(Reason(Attention.FAILED))
    return reasons, severity, until


def _largest_first(reason: Reason) -> float:
    return -abs(reason.amount or 0.0)


def attention_key(severity: float, sort_name: str, email: str) -> str:
    """Return the text that the roster is sorted by: most severe first, then by name."""
    pressing = _MOST - min(round(severity * 1000), _MOST)
    return f"{pressing:05d} {sort_name[:_LONGEST]} {email.casefold()[:_LONGEST]}"


def write_reasons(reasons: Sequence[Reason]) -> str:
    """Serialise reasons for storage."""
    return json.dumps([list(reason) for reason in reasons])


def read_reasons(stored: str) -> tuple[Reason, ...]:
    """Parse stored reasons."""
    return tuple(Reason(Attention(kind), skill, amount) for kind, skill, amount in json.loads(stored))


def write_levels(levels: Mapping[str, Level]) -> str:
    """Serialise levels for storage."""
    return json.dumps(levels)


def read_levels(stored: str) -> dict[str, Level]:
    """Parse stored levels, one for every skill."""
    levels = json.loads(stored)
    return {key: Level(*levels[key]) if key in levels else NO_LEVEL for key in SKILL_KEYS}


def reason_words(reason: Reason, last_interview_at: datetime | None, moment: datetime) -> str:
    """Describe a reason in full: "Communication −0.30", "No interview for 43 days"."""
    label = "" if reason.skill is None else BY_KEY[reason.skill].label
    if reason.kind is Attention.DECLINING:
        return f"{label} {signed_number(reason.amount)}"
    if reason.kind is Attention.BELOW_TARGET:
        return f"{label} {abs(reason.amount or 0.0):.2f} below target"
    if reason.kind is Attention.REVIEW:
        return f"Asked for a review {_days_ago(reason.amount or 0.0, moment)}"
    if reason.kind is Attention.FAILED:
        return "Scoring failed"
    if last_interview_at is None:
        return "No interview yet"
    # Of those on the border the clock has decided when they were judged.
    return f"No interview for {max(SILENT_DAYS, (moment - last_interview_at).days)} days"


def _days_ago(asked: float, moment: datetime) -> str:
    days = max(0, int((moment.timestamp() - asked) // 86_400))
    return "today" if days == 0 else f"{quantity(days, 'day')} ago"
