"""The parts of a candidate's page; with `yours` they address the candidate."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from analytics.candidate import skill_trends
from analytics.candidate.headline import headline
from analytics.formatting import number, quantity, signed_number
from analytics.judges import SEVERAL
from analytics.runtime import settings
from analytics.skills import SKILLS, Skill, overall
from analytics.trends.design import FEWEST_INTERVIEWS
from analytics.trends.labels import Trend
from analytics.views.candidate import CandidateView
from pages.parts import common, times
from pages.parts.markdown import plain


def neighbours(user_id: int) -> None:
    """Link to the candidates before and after this one in the list one came from."""
    listed: list[tuple[int, str]] = st.session_state.get("listed", [])
    place = next((place for place, (other, _) in enumerate(listed) if other == user_id), None)
    if place is None:
        return
    for step, word, icon in ((-1, "Previous", ":material/chevron_left:"), (1, "Next", ":material/chevron_right:")):
        if 0 <= place + step < len(listed):
            other, name = listed[place + step]
            st.page_link(
                "candidate.py", label=f"{word}: {plain(name, 30)}", icon=icon, help="",
                icon_position="left" if step < 0 else "right", query_params={"candidate": str(other)},
            )  # fmt: skip


def facts(view: CandidateView) -> None:
    """Show in one line who this is and how much is known."""
    completed = [row for row in view.interviews if row.status == "completed"]
    mean = overall({key: trend.average for key, trend in view.trends.items()})
    parts = [plain(view.candidate.email)]
    if completed:
        parts += [quantity(len(completed), "interview"), f"last {times.day_and_age(completed[0].date)}"]
    else:
        parts.append("no completed interview matches" if view.is_filtered else "no completed interview")
    if mean is not None:
        several = len({trend.judge for trend in view.trends.values() if trend.scored}) > 1
        parts.append(f"overall average {number(mean)}{f' ({SEVERAL})' if several else ''}")
    st.caption(" · ".join(parts), help=_OVERALL_HELP if mean is not None else None)


def levels(view: CandidateView, *, yours: bool) -> None:
    """Show what changed, and each skill's current level, change and target."""
    if told := headline(view.trends, yours=yours):
        st.markdown(f"**{told}**")
    targets = settings().targets
    # In pairs, so that four stand in one row, in two, or each below the other, and never three above one.
    with st.grid(2, min_column_width=_PAIR):
        for place in range(0, len(SKILLS), 2):
            with st.grid(2, min_column_width=_LEVEL):
                for skill in SKILLS[place : place + 2]:
                    _level(skill, view.trends[skill.key], targets[skill.key])


def _level(skill: Skill, trend: skill_trends.SkillTrend, target: float) -> None:
    moved = trend.trend in _DELTAS and trend.change is not None
    delta = signed_number(trend.change) if moved else _unmoved(trend)
    look = _DELTAS[trend.trend] if moved else _NO_CHANGE
    st.metric(
        skill.label, number(trend.current), f"{delta} · target {number(target)}",
        border=True, height="stretch", **look,
    )  # fmt: skip


def _unmoved(trend: skill_trends.SkillTrend) -> str:
    if not trend.scored:
        return "not scored"
    # Below that many, nothing can be said about a trend.
    return quantity(trend.scored, "interview") if trend.scored < FEWEST_INTERVIEWS else TREND_WORDS[trend.trend]


# Pixels that a level needs, and two of them side by side.
_LEVEL: Final = 150
_PAIR: Final = 2 * _LEVEL + 16
# Colour and arrow of a change; anything else is no change for the better or worse.
_DELTAS: Final[dict[Trend, dict[str, Any]]] = {
    Trend.IMPROVING: {"delta_color": "green", "delta_arrow": "up"},
    Trend.DECLINING: {"delta_color": "red", "delta_arrow": "down"},
}
_NO_CHANGE: Final[dict[str, Any]] = {"delta_color": "off", "delta_arrow": "off"}
TREND_WORDS: Final = {
    Trend.IMPROVING: "improving",
    Trend.DECLINING: "declining",
    Trend.STEADY: "steady",
    Trend.NOT_ENOUGH_EVIDENCE: "no clear trend",
}
_SHARES: Final = [f"{skill.label.lower()} {skill.weight / sum(each.weight for each in SKILLS):.0%}" for skill in SKILLS]
_OVERALL_HELP: Final = (
    f"From 0 to 1. {', '.join(_SHARES[:-1]).replace(' ', ' counts ', 1).capitalize()} and {_SHARES[-1]}; "
    "a skill without scores is left out and the others count for more. Where several judges scored the skills, "
    "part of a difference may be the judges'."
)


def explain_no_scores(view: CandidateView, *, yours: bool) -> None:
    """Show what would fill the charts."""
    if common.explain_set_up():
        return
    if view.is_filtered:
        common.nothing().info(
            "No scored interview matches. Choose “All kinds” or “Any” above.", icon=":material/filter_alt_off:"
        )
        return
    if view.interviews:
        sentence = "No scored interview yet."
    else:
        sentence = "You have no interviews yet." if yours else "No interviews yet."
    common.nothing().info(f"{sentence} Charts appear after the first scored one.", icon=":material/hourglass_empty:")
