"""A report behind a link: its contents, described before the link is made, and the report when opened."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Engine

from analytics.coaching.links import count_opening, find_link
from analytics.database.sessions import reading, writing
from analytics.report.content import Report
from analytics.settings import Settings
from analytics.views.report import ONLY_QUOTED, view_report

_WITHOUT_SCORES: Final = "Scores and levels were left out on purpose."


def open_report(engine: Engine, token: str, settings: Settings, *, counted: bool = True) -> Report | None:
    """Return the report of a link, as its maker may see it now, and count the opening.

    None for a token that opens nothing, for whatever reason.
    """
    with reading(engine) as db:
        found = find_link(db, token, settings)
        if found is None:
            return None
        link = found.link
        zone = ZoneInfo(link.zone or "UTC")
        # What somebody shares with nobody is not for whoever has a link either.
        report = view_report(
            found.maker, link.user_id, settings.targets, db,
            since=link.since, until=link.until, zone=zone, practice=False,
        )  # fmt: skip
    if report is None:
        return None
    if counted:
        with writing(engine) as connection:
            if not count_opening(connection, link.id):
                return None
    return without_scores(report) if link.without_scores else report


def without_scores(report: Report) -> Report:
    """Remove every score, level and change from a report; claims, quotes and steps stay."""
    return replace(report, skills=(), scored_by="", limits=(_WITHOUT_SCORES, ONLY_QUOTED))


def holds(*, without_scores: bool) -> str:
    """Describe what anybody with the link can read."""
    scores = (
        "no scores, levels or charts"
        if without_scores
        else "the four skills with level, change, target and every score of the period"
    )
    return (
        f"The candidate's name, {scores}, up to three claims with a quote from an interview each, and the open next "
        "steps. No notes, no goals, no conversation, nothing of practice interviews. It is made anew at each opening, "
        "so it shows what is true then."
    )
