"""Dates, numbers and states as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Final

from analytics.interviewlab.feedback import State

STATE_WORDS: Final[Mapping[str, str]] = {
    State.SCORED: "scored",
    State.NOT_ASSESSED: "not assessed",
    State.FAILED: "scoring failed",
    State.PENDING: "not scored yet",
}
STATUS_WORDS: Final[Mapping[str, str]] = {
    "pending": "not started",
    "in_progress": "in progress",
    "completed": "completed",
    "cancelled": "cancelled",
}

# Names of programming languages that are no word with a capital letter.
_LANGUAGE_NAMES: Final[Mapping[str, str]] = {
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "cpp": "C++",
    "csharp": "C#",
    "golang": "Go",
    **{name: name.upper() for name in ("css", "html", "php", "sql")},
}

# A unit, from how many days on it is used, and how many days it has.
_UNITS: Final = (("year", 730, 365.25), ("month", 61, 30.44), ("week", 14, 7), ("day", 0, 1))


def as_utc(moment: datetime) -> datetime:
    """Interpret a time without a zone as UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def day(moment: datetime | None, zone: tzinfo = UTC) -> str:
    """Format a date as everywhere in the program, as the day it was in a zone."""
    if moment is None:
        return "–"
    return calendar_day(wall_clock(moment, zone))


def calendar_day(there: date) -> str:
    """Format a calendar date that has no time zone, such as a due date."""
    return f"{there.day} {there:%b %Y}"


def ago(moment: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """Describe how long before `now` a day was, in days, weeks, months or years; empty for a day still to come."""
    days = (wall_clock(now, zone).date() - wall_clock(moment, zone).date()).days
    if days < 0:
        return ""
    if days < 2:
        return ("today", "yesterday")[days]
    unit, length = next((unit, length) for unit, fewest, length in _UNITS if days >= fewest)
    return f"{quantity(round(days / length), unit)} ago"


def day_and_age(moment: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """Format a date and how long ago it was: "16 Oct 2026, 6 weeks ago"."""
    return ", ".join(filter(None, (day(moment, zone), ago(moment, now, zone))))


def number(score: float | None) -> str:
    """Format a score with two decimals; a dash for none."""
    return "–" if score is None else f"{score:.2f}"


def rounded(score: float | None) -> float | None:
    """Round a score as `number` shows it, for the browser, which would round 0.625 up."""
    return None if score is None else round(score, 2)


def signed_number(difference: float | None) -> str:
    """Format a difference with sign, two decimals and a typographic minus; a dash for none."""
    if difference is None:
        return "–"
    rounded = round(difference, 2)
    return f"{rounded:+.2f}".replace("-", "−") if rounded else "0.00"


def change(before: float, after: float) -> str:
    """Format the difference of two scores as they are shown, so that the numbers add up."""
    return signed_number(round(after, 2) - round(before, 2))


def give_or_take(value: float | None, error: float | None) -> str:
    """Format a figure with its 95% interval, or alone without one; a dash for none."""
    if value is None:
        return "–"
    return number(value) if error is None else f"{value:.2f} ± {min(error, 1.0):.2f}"


def percent(share: float) -> str:
    """Format a share between 0 and 1; only the whole is 100%, and only nothing is 0%."""
    rounded = round(share * 100)
    return f"{min(max(rounded, 1), 99) if 0 < share < 1 else rounded}%"


def quantity(count: int, one: str, many: str | None = None) -> str:
    """Format a count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def wall_clock(moment: datetime, zone: tzinfo) -> datetime:
    """Return the local time in a zone, without the zone."""
    try:
        there: datetime = as_utc(moment).astimezone(zone)
    except OverflowError:
        # The calendar's first and last day are nowhere else in it.
        there = moment
    return there.replace(tzinfo=None)


def state_words(state: str) -> str:
    """Describe a skill's state in words."""
    return STATE_WORDS.get(state, "not scored")


def language_name(language: str) -> str:
    """Return the name of a programming language as people write it; what has capitals already stays."""
    name = language.strip()
    return _LANGUAGE_NAMES.get(name.lower(), name.capitalize() if name.islower() else name)
