"""What to work on next, and what became of earlier recommendations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from analytics.candidate.skill_trends import SkillTrend, _or_nan
from analytics.queries.candidates import SkillRecord
from analytics.queries.feedback import FeedbackRow
from analytics.skills import BY_KEY, SKILL_KEYS
from analytics.trends import analysis

LAST_BREAKDOWNS: Final = 6


@dataclass(frozen=True, slots=True)
class Focus:
    """The skill to work on next: one if `clear`, otherwise the two likeliest, likeliest first; none without scores.

    `gaps` are target minus current level, `probabilities` those of being the largest gap.
    """

    skills: tuple[str, ...]
    clear: bool
    gaps: Mapping[str, float]
    probabilities: Mapping[str, float]


class Mention(NamedTuple):
    """An interview whose breakdown holds a recommendation."""

    interview_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recent recommendation, and how its skill went after it was first given.

    `before` is the score of the interview it first stood in, `after` the average of the scored interviews since; None
    until there are any, and where `another_judge` gave the first, which is then no measure.
    """

    skill: str
    text: str
    mentions: tuple[Mention, ...]
    before: float | None
    after: float | None
    interviews_after: int
    another_judge: bool = False


def choose_focus(trends: Mapping[str, SkillTrend], targets: Mapping[str, float]) -> Focus:
    """Choose the skill whose current level is furthest below its target (targets between 0 and 1)."""
    return _choose_focus(
        tuple((key, _or_nan(trend.current), _or_nan(trend.current_sd), targets[key]) for key, trend in trends.items())
    )


@lru_cache(maxsize=128)
def _choose_focus(levels: tuple[tuple[str, float, float, float], ...]) -> Focus:
    keys, current, sds, targets = zip(*levels, strict=True) if levels else ((), (), (), ())
    choice = analysis.work_on_next(current, sds, targets)
    return Focus(
        skills=tuple(keys[place] for place in choice.skills),
        clear=choice.clear,
        gaps={key: float(gap) for key, gap in zip(keys, choice.gap, strict=True) if np.isfinite(gap)},
        probabilities={
            key: float(share) for key, share in zip(keys, choice.probability, strict=True) if np.isfinite(share)
        },
    )


# From here on a figure would only look more certain than it is.
_CLEARLY: Final = 0.95


def focus_sentence(
    focus: Focus, trends: Mapping[str, SkillTrend], targets: Mapping[str, float], *, yours: bool = False
) -> str:
    """Describe why these skills come next and how sure that is; `focus` holds at least one."""
    if max(focus.gaps.values()) <= 0:
        closest = max(focus.gaps, key=focus.gaps.__getitem__)
        every = "All skills" if len(focus.gaps) == len(SKILL_KEYS) else "All scored skills"
        level = f"{trends[closest].current:.2f}, target {targets[closest]:.2f}"
        return f"{every} have reached the target. Smallest margin: {_label(closest)} ({level})."
    whose, first = "your" if yours else "the", focus.skills[0]
    if not focus.clear and len(focus.skills) > 1:
        both = " and ".join(_label(key) for key in focus.skills)
        return f"Two skills are about equally far from {whose} target: {both}."
    level = f"{BY_KEY[first].label} is at about {trends[first].current:.2f}. Target: {targets[first]:.2f}."
    if yours and focus.probabilities[first] < _CLEARLY:
        return f"{level} This is probably your biggest gap."
    if focus.probabilities[first] >= _CLEARLY:
        return f"{level} This is clearly {whose} biggest gap."
    return f"{level} We are {focus.probabilities[first]:.0%} sure this is {whose} biggest gap."


def outcome_sentence(recommendation: Recommendation) -> str:
    """Describe how the skill went after a recommendation; empty if its first interview has no score."""
    if recommendation.another_judge:
        return "Suggested when another judge scored, so scores before and since cannot be compared"
    if recommendation.before is None:
        return ""
    suggested = f"{recommendation.before:.2f} when suggested"
    if recommendation.after is None:
        return f"{suggested}, no interview since"
    if recommendation.interviews_after == 1:
        return f"{suggested}, {recommendation.after:.2f} in the one interview since"
    return (
        f"{suggested}, {recommendation.after:.2f} on average in the {recommendation.interviews_after} interviews since"
    )


def recommendations(
    feedback: Sequence[FeedbackRow],
    history: Sequence[SkillRecord],
    skills: Sequence[str],
    trends: Mapping[str, SkillTrend],
    most: int = 3,
) -> list[Recommendation]:
    """List what the latest breakdowns recommend for these skills, most frequent first.

    `feedback` is the latest interview first, `history` on the scale of the trends. Recommendations count as one where
    they differ only in case, spaces and punctuation.
    """
    found: dict[tuple[str, str], list[tuple[Mention, str]]] = {}
    completed = [row for row in feedback if row.status == "completed"]
    for row in completed[:LAST_BREAKDOWNS]:
        breakdown = row.read().skills
        for key in skills:
            once: dict[str, str] = {}
            for text in breakdown[key].recommendations:
                once.setdefault(_normalise(text), text)
            for normal, text in once.items():
                found.setdefault((key, normal), []).append((Mention(row.interview_id, row.title), text))
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), skills.index(item[0][0])))
    return [
        _recommendation(key, mentions, history, trends[key].left_out_interviews) for (key, _), mentions in ranked[:most]
    ]


def _recommendation(
    key: str, mentions: Sequence[tuple[Mention, str]], history: Sequence[SkillRecord], left_out: Sequence[int]
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
        another_judge=first in left_out,
    )


def _label(skill: str) -> str:
    return BY_KEY[skill].label.lower()


def _normalise(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold())) or text
