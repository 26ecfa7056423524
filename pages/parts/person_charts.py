"""The charts of a candidate's page, each with its own choices; with `yours` they speak to the candidate."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import streamlit as st

from analytics import charts
from analytics.database import now
from analytics.outlook import SkillOutlook
from analytics.queries import SkillRecord
from analytics.runtime import settings
from analytics.skills import BY_KEY, SKILLS
from pages.parts import cards, filters, local
from pages.parts.data import CandidatePage
from pages.parts.text import counted, give_or_take, number

PERIODS: Final = {"All": None, "365 days": 365, "90 days": 90, "30 days": 30}
WIDGETS: Final = ("period", "skills", "overlays")


def progression(shown: CandidatePage, *, yours: bool) -> None:
    """Draw the progression of the period and the skills chosen; a point opens its interview."""
    history, skills = _chosen_part(shown, yours=yours)
    if not history:
        return
    clicked = cards.figure(
        charts.progression(history, shown.outlooks, skills=skills, zone=local.zone()),
        key="progression",
        file_name=f"progression {shown.candidate.name}",
        clickable=True,
    )
    if clicked is not None:
        st.switch_page("interview.py", query_params={"interview": str(clicked)})


def averages(shown: CandidatePage, *, with_everyone: bool, yours: bool) -> None:
    """Draw the averages, with the overlays chosen."""
    outlooks = shown.outlooks
    st.subheader("Average by skill", anchor=False)
    overlays: dict[str, dict[str, float | None]] = {
        "First three": charts.recent_average(shown.history, first=True),
        "Latest three": charts.recent_average(shown.history, first=False),
        "Current level": {key: outlook.current for key, outlook in outlooks.items()},
    }
    if with_everyone and any(outlook.median is not None for outlook in outlooks.values()):
        overlays["Everybody's median"] = {key: outlook.median for key, outlook in outlooks.items()}
    chosen = filters.several("Also show", "overlays", list(overlays))
    averages = {key: outlook.average for key, outlook in outlooks.items()}
    layers = {"All interviews": averages} | {name: overlays[name] for name in chosen}
    errors = {key: outlook.average_error for key, outlook in outlooks.items()}
    cards.figure(charts.radar(layers, errors), key="averages", file_name=f"averages {shown.candidate.name}")
    unscored = [BY_KEY[key].label for key, average in averages.items() if average is None]
    if unscored:
        none = "you have no score yet" if yours else "no score yet"
        st.caption(f"{' and '.join(unscored)}: {none}, so the line stays open there.")


def levels(shown: CandidatePage, *, with_everyone: bool, yours: bool) -> None:
    """Show each skill's average and current level, how sure they are, and how everybody else does."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Levels", anchor=False)
        cards.how()
    outlooks = list(shown.outlooks.values())
    targets = settings().targets
    table = {
        "Skill": [BY_KEY[outlook.skill].label for outlook in outlooks],
        "Average": [give_or_take(outlook.average, outlook.average_error) for outlook in outlooks],
        "Current level": [give_or_take(outlook.current, outlook.current_error) for outlook in outlooks],
        "Target": [number(targets[outlook.skill]) for outlook in outlooks],
    }
    if with_everyone and any(outlook.median is not None for outlook in outlooks):
        table["Everybody's median"] = [number(outlook.median) for outlook in outlooks]
    table["Scored"] = [counted(outlook.scored, "time") for outlook in outlooks]
    st.table(table, border="horizontal", hide_index=True, alt="Average, current level and target of each skill")
    st.caption("± is the 95% interval. The current level is where the trend stands at the latest interview.")
    placed = [outlook for outlook in outlooks if outlook.position] if with_everyone else []
    for outlook in placed:
        st.caption(f"{BY_KEY[outlook.skill].label}: {'you do ' if yours else ''}{_position(outlook)}")


def _chosen_part(shown: CandidatePage, *, yours: bool) -> tuple[list[SkillRecord], list[str]]:
    """Let a period and skills be chosen; give the history of that period and the keys of these skills."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        labels = [skill.label for skill in SKILLS]
        chosen = filters.several("Skills", "skills", labels, default=labels)
        days = filters.choice("Period", "period", PERIODS)
    history = shown.history
    if days is not None:
        begin = now() - timedelta(days=days)
        history = [record for record in history if record.date >= begin]
    if not history:
        none = "You completed no interview" if yours else "No completed interview"
        st.info(f"{none} in this period. Choose a longer one.", icon=":material/event_busy:")
    elif days is not None:
        st.caption("The chart shows this period; trends and bands always use all interviews.")
    return history, [skill.key for skill in SKILLS if skill.label in chosen] or [skill.key for skill in SKILLS]


def _position(outlook: SkillOutlook) -> str:
    position = outlook.position
    if position is None:
        return ""
    return (
        f"better than about {position.percentile:.0f} of 100 candidates (between {position.low:.0f} and "
        f"{position.high:.0f})."
    )
