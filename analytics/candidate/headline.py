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
    up, down = _select_moved(trends, Trend.IMPROVING), _select_moved(trends, Trend.DECLINING)
    if yours and up:
        return _describe_moved({"You improved": up})
    if yours:
        # Not that nothing changed, where something fell.
        known = f"{quantity(interviews, 'interview')} so far." if down else _describe_unchanged(interviews, trends)
        return f"{known} Your next interview adds to the picture."
    return _describe_moved({"Down": down, "Up": up}) or _describe_unchanged(interviews, trends)


def _select_moved(trends: Mapping[str, SkillTrend], trend: Trend) -> list[SkillTrend]:
    moved = [each for each in trends.values() if each.trend is trend and each.change is not None]
    return sorted(moved, key=lambda each: -abs(each.change or 0.0))


def _describe_moved(ways: Mapping[str, Sequence[SkillTrend]]) -> str:
    """Write what moved which way, and over how many interviews: a range where skills have not all as many."""
    counts = [each.scored for moved in ways.values() for each in moved]
    if not counts:
        return ""
    fewest, most = min(counts), max(counts)
    over = f" over {quantity(most, 'interview')}" if fewest == most else f" over {fewest:,} to {most:,} interviews"
    sentences: list[str] = []
    for way, moved in ways.items():
        if moved:
            words = [f"{BY_KEY[each.skill].label.lower()} by {abs(each.change or 0.0):.2f}" for each in moved]
            listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
            sentences.append(f"{way}{'' if sentences else over}: {listed}.")
    return " ".join(sentences)


def _describe_unchanged(interviews: int, trends: Mapping[str, SkillTrend]) -> str:
    over = f"over {quantity(interviews, 'interview')}"
    if interviews < FEWEST_INTERVIEWS:
        return f"{quantity(interviews, 'scored interview')} so far. A trend needs at least four."
    if all(each.trend is Trend.STEADY for each in trends.values() if each.scored):
        return f"Steady {over}."
    return f"No clear change {over}."
