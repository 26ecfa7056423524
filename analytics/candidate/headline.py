"""The headline of a candidate's page: one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.candidate.skill_trends import SkillTrend
from analytics.formatting import quantity
from analytics.skills import BY_KEY
from analytics.trends.design import FEWEST_INTERVIEWS
from analytics.trends.labels import Trend


def headline(trends: Mapping[str, SkillTrend], *, yours: bool = False) -> str:
    """Describe what changed, largest change first; to candidates themselves only what improved.

    Empty where nothing was scored.
    """
    interviews = max((trend.scored for trend in trends.values()), default=0)
    if not interviews:
        return ""
    over = f"over {quantity(interviews, 'interview')}"
    up, down = _select_moved(trends, Trend.IMPROVING), _select_moved(trends, Trend.DECLINING)
    if yours:
        if up:
            return f"You improved {over}: {_changes(up)}."
        return f"{_describe_unchanged(interviews, trends, over)} Your next interview adds to the picture."
    sentences = []
    if down:
        sentences.append(f"Down {over}: {_changes(down)}.")
    if up:
        sentences.append(f"{'Up' if down else f'Up {over}'}: {_changes(up)}.")
    return " ".join(sentences) or _describe_unchanged(interviews, trends, over)


def _select_moved(trends: Mapping[str, SkillTrend], trend: Trend) -> list[SkillTrend]:
    moved = [each for each in trends.values() if each.trend is trend and each.change is not None]
    return sorted(moved, key=lambda each: -abs(each.change or 0.0))


def _changes(moved: Sequence[SkillTrend]) -> str:
    words = [f"{BY_KEY[each.skill].label.lower()} by {abs(each.change or 0.0):.2f}" for each in moved]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _describe_unchanged(interviews: int, trends: Mapping[str, SkillTrend], over: str) -> str:
    if interviews < FEWEST_INTERVIEWS:
        return f"{quantity(interviews, 'scored interview')} so far. A trend needs at least four."
    if all(each.trend is Trend.STEADY for each in trends.values() if each.scored):
        return f"Steady {over}."
    return f"No clear change {over}."
