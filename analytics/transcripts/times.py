"""Times in transcripts."""

from __future__ import annotations

import re
from typing import Final

# Bounded everywhere, so that no line can make matching slow. Hours may be missing, digits may be single (Microsoft).
# Programs that cut films count frames behind the seconds; how many make a second, the file does not say.
CLOCK: Final = r"-?(?:\d{1,4}:\d{1,2}:\d{2}[:;]\d{2}|(?:\d{1,4}:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,9})?)"
# What stands between two times, where a line gives both.
UNTIL: Final = r"\s{0,3}(?:-->|[-–—])\s{0,3}"
_PARTS: Final = re.compile(r"(-?)(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d{1,9})?)")
_FRAMES: Final = re.compile(r"(\d{1,4}:\d{1,2}:\d{2})[:;]\d{2}")


def seconds(clock: str) -> float | None:
    """Parse `1:02:03.5`, `02:03` or `0:0:0.0` to seconds; a negative start is 0, and None means no time.

    Frames behind the seconds (`1:02:03:12`) are left out.
    """
    parts = _PARTS.fullmatch(_FRAMES.sub(r"\1", clock.strip()))
    if parts is None:
        return None
    sign, hours, minutes, rest = parts.groups()
    value = int(hours or 0) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
    return 0.0 if sign else value


def number(value: object, scale: float = 1.0) -> float | None:
    """Parse a JSON number, or a number written as text, as seconds; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value) * scale
    except ValueError:
        return seconds(value) if isinstance(value, str) else None
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return read if 0 <= read < 1e7 else None
