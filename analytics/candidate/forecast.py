"""The forecast of a goal in words: when it is reached at the present pace."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Final

from analytics.candidate.skill_trends import SkillTrend
from analytics.trends.design import t_quantile
from analytics.trends.forecast import Line, reach

CANNOT_TELL: Final = "Cannot tell yet when."
# Such goals could be set once.
NEVER: Final = "No level is above 1.00, so set a lower goal."
# Half a year; nobody goes on as they did for longer.
_DAYS_AHEAD: Final = 183
# Whoever stays away for longer than so many usual gaps, and for longer than a month, no longer keeps the pace.
_GAPS: Final = 3
_DAYS_AWAY: Final = 30


def forecast_sentence(trend: SkillTrend, target: float, today: date) -> str:
    """Describe when a target is reached at the present pace, or that this cannot be told.

    Nothing is told for more than half a year ahead, nor for more interviews to come than there were; nor of a target
    too close to 1 to be called reached until then, nor of somebody who no longer comes at that pace.
    """
    if target >= 1:
        return NEVER
    line, pace = _line(trend), _pace(trend)
    if line is None or pace is None or target >= _highest_reached(trend) or _is_away(trend, pace, today):
        return CANNOT_TELL
    found = reach(line, target, min(_DAYS_AHEAD / pace, trend.scored))
    if found is None:
        return CANNOT_TELL
    earliest = _month(today, found.earliest * pace)
    if found.latest is None:
        return f"At this pace between {earliest} and never."
    latest = _month(today, found.latest * pace)
    if found.earliest == 0:
        return f"At this pace by {latest}."
    return f"At this pace in {latest}." if earliest == latest else f"At this pace between {earliest} and {latest}."


def _line(trend: SkillTrend) -> Line | None:
    if trend.average is None or trend.average_error is None or trend.change is None or trend.change_error is None:
        return None
    wide = float(t_quantile(0.975, [trend.df])[0])
    return Line(
        average=trend.average,
        average_sd=trend.average_error / wide,
        change=trend.change,
        change_sd=trend.change_error / wide,
        df=trend.df,
        count=trend.scored,
    )


def _pace(trend: SkillTrend) -> float | None:
    """Return the days from one scored interview to the next, on average; None where they were all at once."""
    if trend.scored < 2:
        return None
    days = (trend.band[-1].date - trend.band[0].date) / timedelta(days=1)
    return days / (trend.scored - 1) if days > 0 else None


def _highest_reached(trend: SkillTrend) -> float:
    """Return the highest lower end that a level's interval can have after as many interviews again."""
    return 1 - (trend.current_error or 0.0) / math.sqrt(2)


def _is_away(trend: SkillTrend, pace: float, today: date) -> bool:
    return (today - trend.band[-1].date.date()).days > max(_GAPS * pace, _DAYS_AWAY)


def _month(today: date, days: float) -> str:
    return f"{today + timedelta(days=round(days)):%b %Y}"
