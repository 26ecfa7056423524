"""The parts of a candidate's page; with `yours` they address the candidate."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import streamlit as st

from analytics.candidate import skill_trends
from analytics.candidate.focus import Recommendation, focus_sentence, outcome_sentence
from analytics.candidate.headline import headline
from analytics.formatting import number, quantity, signed_number
from analytics.judges import SEVERAL
from analytics.runtime import settings
from analytics.skills import BY_KEY, SKILLS, Skill, overall
from analytics.trends.design import FEWEST_INTERVIEWS
from analytics.trends.labels import Trend
from analytics.views.candidate import CandidateView, Evidence
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


def work_on_next(view: CandidateView, *, yours: bool) -> None:
    """Show which skill to work on, why, how sure that is, and what the last breakdowns recommended.

    To the candidates themselves one thing is shown, and the others are one press away.
    """
    focus = view.focus
    if not focus.skills:
        return
    # Advice stands once: with what became of it, once there was an interview since, else below its weakness.
    # A stored recommendation goes on with how one notices progress.
    advice = tuple(evidence.advice for evidence in view.evidence if evidence.advice)
    told = [each for each in view.recommendations if each.interviews_after or not each.text.startswith(advice)]
    points = [
        *(
            partial(_evidence, one, advised=not any(each.text.startswith(one.advice) for each in told))
            for one in view.evidence
        ),
        *(partial(_recommendation, one, named=len(focus.skills) == 1) for one in told),
    ]
    first = [*(one.skill for one in view.evidence), *(one.skill for one in told), *focus.skills][0]
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            names = " or ".join(_label(key).lower() for key in ([first] if yours else focus.skills))
            st.header(f"Work on next: {names}", anchor=False)
            common.help_text()
        st.markdown(focus_sentence(focus, view.trends, settings().targets, yours=yours))
        at_once = 1 if yours else len(points)
        for show in points[:at_once]:
            show()
        if more := points[at_once:]:
            title = f"{quantity(len(more), 'more point')} to work on"
            opened = st.expander(title, key="more_points", on_change="rerun")
            if opened.open:
                with opened:
                    for show in more:
                        show()


def _evidence(evidence: Evidence, *, advised: bool) -> None:
    """Show a weakness, what was said that shows it, and perhaps the advice; the link leads to the sentence itself."""
    with st.container(gap="xsmall"):
        advice = f"\n- :material/arrow_right: {plain(evidence.advice, 300)}" if advised and evidence.advice else ""
        st.markdown(f"**{plain(evidence.weakness, 300)}**  \n“{plain(evidence.quote, 300)}”{advice}")
        st.page_link(
            "interview.py",
            label=f"Show where it was said: {plain(evidence.title, 60)}", icon=":material/format_quote:",
            query_params={"interview": str(evidence.interview_id), "quote": evidence.quote_id}, help="",
        )  # fmt: skip


def _label(key: str) -> str:
    return BY_KEY[key].label


def _recommendation(recommendation: Recommendation, *, named: bool) -> None:
    """Show advice and what became of it; its skill is `named` already where there is only one."""
    about = "" if named else f" :gray[· {_label(recommendation.skill).lower()}]"
    with st.container(gap=None):
        st.markdown(f":material/arrow_right: {plain(recommendation.text, 300)}{about}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.space(20)
            for mention in recommendation.mentions:
                st.page_link(
                    "interview.py", label=plain(mention.title, 40), icon=":material/forum:",
                    query_params={"interview": str(mention.interview_id)}, help=plain(mention.title, 200),
                )  # fmt: skip
            st.caption(outcome_sentence(recommendation), width="content")
