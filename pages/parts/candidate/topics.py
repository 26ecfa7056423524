"""What to talk about in a session: the skill to work on, and up to three topics with what was said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from analytics.candidate.focus import Recommendation, focus_sentence, outcome_sentence
from analytics.formatting import quantity
from analytics.runtime import settings
from analytics.skills import BY_KEY
from analytics.views.candidate import MOST_EVIDENCE, CandidateView, Evidence
from pages.parts import common
from pages.parts.markdown import plain


def topics(view: CandidateView, *, yours: bool) -> None:
    """Show which skill to work on, why, how sure that is, and up to three topics; others are one press away.

    To the candidates themselves one topic is shown.
    """
    focus = view.focus
    if not focus.skills:
        return
    points, told = _points(view)
    first = [*(one.skill for one in view.evidence), *(one.skill for one in told), *focus.skills][0]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        names = " or ".join(_label(key).lower() for key in ([first] if yours else focus.skills))
        st.subheader(f"Work on next: {names}", anchor=False)
        common.help_text()
    st.markdown(focus_sentence(focus, view.trends, settings().targets, yours=yours))
    at_once = 1 if yours else MOST_EVIDENCE
    for show in points[:at_once]:
        show()
    more = points[at_once:]
    title = f"{quantity(len(more), 'more point')} to work on"
    if more and (opened := st.expander(title, key="more_points", on_change="rerun")).open:
        with opened:
            for show in more:
                show()


def _points(view: CandidateView) -> tuple[list[Callable[[], None]], list[Recommendation]]:
    """Return the topics to show, and the recommendations among them that answer no weakness.

    Advice stands once, below the first weakness it answers: with what became of it, once there was an interview since.
    """
    tried = [each for each in view.recommendations if each.interviews_after]
    points: list[Callable[[], None]] = []
    given: set[tuple[str, str]] = set()
    for one in view.evidence:
        outcome = next((each for each in tried if _answers(each, one)), None)
        points.append(partial(_evidence, one, advised=(one.skill, one.advice) not in given, outcome=outcome))
        given.add((one.skill, one.advice))
        tried = [each for each in tried if each is not outcome]
    told = [each for each in view.recommendations if not any(_answers(each, one) for one in view.evidence)]
    named = len(view.focus.skills) == 1
    return [*points, *(partial(_recommendation, one, named=named) for one in told)], told


def _answers(recommendation: Recommendation, evidence: Evidence) -> bool:
    # A stored recommendation goes on with how one notices progress.
    same = bool(evidence.advice) and recommendation.text.startswith(evidence.advice)
    return same and recommendation.skill == evidence.skill


def _evidence(evidence: Evidence, *, advised: bool, outcome: Recommendation | None) -> None:
    """Show a weakness, what was said that shows it, and perhaps the advice; the link leads to the sentence itself."""
    with st.container(gap="xsmall"):
        own = advised and evidence.advice and outcome is None
        advice = f"\n- :material/arrow_right: {plain(evidence.advice, 300)}" if own else ""
        st.markdown(f"**{plain(evidence.weakness, 300)}**  \n“{plain(evidence.quote, 300)}”{advice}")
        if outcome is not None:
            _recommendation(outcome, named=True)
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
