"""Where interviews stand on an axis of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import accumulate, pairwise
from typing import Final

from analytics.formatting import as_utc, wall_clock
from analytics.queries.candidates import SkillRecord

_SAME_MOMENT: Final = 250
# What lies beyond is a mistake or no end at all, and leaves no room on the calendar around it.
_FIRST_DRAWN: Final = datetime(1000, 1, 1, tzinfo=UTC)
_LAST_DRAWN: Final = datetime(4000, 1, 1, tzinfo=UTC)


def place_in_time(interviews: Mapping[int, SkillRecord], zone: tzinfo) -> dict[int, datetime]:
    """Place interviews in time; those of the same moment stand a little apart, so that each can be seen and clicked."""
    if not interviews:
        return {}
    # Where clocks are put back an hour comes twice, and what came later may show an earlier time.
    dates = (min(max(as_utc(record.date), _FIRST_DRAWN), _LAST_DRAWN) for record in interviews.values())
    drawn = (wall_clock(date, zone) for date in dates)
    moments = list(accumulate(drawn, max))
    apart = max((moments[-1] - moments[0]) / max(_SAME_MOMENT, len(moments)), timedelta(hours=1))
    counts = Counter(moments)
    later = dict(pairwise(counts))
    places: list[datetime] = []
    for moment, count in counts.items():
        # All before the next moment, or the line would run backwards.
        step = min(apart, (later[moment] - moment) // count) if moment in later else apart
        places += [moment + place * step for place in range(count)]
    return dict(zip(interviews, places, strict=True))
