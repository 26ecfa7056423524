"""Days in the viewer's time zone; the database and the API use UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from analytics import formatting
from analytics.columns import now
from analytics.formatting import as_utc

_UTC: Final = ZoneInfo("UTC")


def zone() -> ZoneInfo:
    """Return the browser's time zone; UTC if it is missing or unknown."""
    named = st.context.timezone
    try:
        return ZoneInfo(named) if named else _UTC
    # Whoever speaks to the websocket may name anything: a folder, a path, a name too long for a file.
    except (KeyError, OSError, ValueError):
        return _UTC


def day(moment: datetime | None) -> str:
    """Format the day of a moment, or a dash."""
    return formatting.day(moment, zone())


def ago(moment: datetime | None) -> str:
    """Format how long ago a moment was; empty without one."""
    return "" if moment is None else formatting.ago(moment, now(), zone())


def day_and_age(moment: datetime) -> str:
    """Format a day and how long ago it was."""
    return formatting.day_and_age(moment, now(), zone())


def minute(moment: datetime) -> str:
    """Format the day and time of a moment."""
    return f"{day(moment)}, {as_utc(moment).astimezone(zone()):%H:%M}"
