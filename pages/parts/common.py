"""The pieces several pages are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from analytics import runtime
from analytics.text import shorten
from analytics.trends.wording import EXPLANATION
from analytics.views.candidate import CandidateView
from analytics.views.interview import InterviewView
from pages.parts import address, reads
from pages.parts.markdown import plain

PROGRAM: Final = "Interview skill analytics"
ICON: Final = Path(__file__).with_name("icon.svg")
STYLE: Final = Path(__file__).with_name("style.css")


def help_text() -> None:
    """Explain, one click away, how trends and levels are calculated."""
    with st.popover("How is this calculated?", icon=":material/help:", type="tertiary"):
        st.markdown(EXPLANATION)


def is_demo() -> bool:
    """Return whether these are the demo people."""
    return runtime.settings().is_demo


def is_own() -> bool:
    """Return whether this is one person's workspace."""
    return runtime.settings().is_own


def explain_set_up() -> bool:
    """Say, where that is so, that scores are missing because set-up has not read all interviews yet."""
    if reads.is_set_up():
        return False
    st.info(
        "InterviewLab's interviews are still being read. Scores appear here when that is done.",
        icon=":material/hourglass_empty:",
    )
    return True


def explain_unknown_page() -> None:
    """Say so where the address names no page that this person has; the first one is then drawn in its place."""
    context = get_script_run_ctx()
    if context is None or not (asked := context.pages_manager.intended_page_name):
        return
    if asked not in {page["url_pathname"] for page in context.pages_manager.get_pages().values()}:
        st.info("This page does not exist, or you do not have access.", icon=":material/search_off:")


def demo_banner() -> None:
    """Show that nobody here exists, when that is so, and what leads to those who do."""
    if is_demo():
        st.markdown(
            ":orange-badge[:material/science: Demo data] All people and interviews are fictional. "
            "To see yours: make own, or set DATABASE_URL.",
            width="content",
        )


def back_to_candidates() -> None:
    """Link back to the roster as it was left; for an interviewee, who has none, to their own page."""
    if not st.session_state["viewer"].sees_others:
        st.page_link("candidate.py", label="Your skills", icon=":material/arrow_back:")
        return
    st.page_link(
        "candidates.py",
        label="Candidates",
        icon=":material/arrow_back:",
        query_params=address.read_address(""),
    )


def candidate_or_stop(view: CandidateView | None) -> CandidateView:
    """Return the candidate; where there is none, say so, lead back and end the page."""
    if view is None:
        st.info("This candidate does not exist, or you do not have access.", icon=":material/person_off:")
        back_to_candidates()
        st.stop()
    return view


def interview_or_stop(view: InterviewView | None) -> InterviewView:
    """Return the interview; where there is none, say so, lead back and end the page."""
    if view is None:
        st.info("This interview does not exist, or you do not have access.", icon=":material/search_off:")
        back_to_candidates()
        st.stop()
    return view


def name_tab(name: str) -> None:
    """Name the browser's tab after what the page shows."""
    st.set_page_config(page_title=f"{name} · {PROGRAM}")


def title(text: str) -> None:
    """Show a name or a title that somebody wrote; cut when it is long, and then complete in the tooltip."""
    cut = plain(text, 80)
    name_tab(shorten(text, 60))
    st.title(cut, help=plain(text) if cut != plain(text) else None, anchor=False)


def bar() -> DeltaGenerator:
    """Begin the bar that stays at the top while the page is scrolled; its first title names the page."""
    return st.container(key="bar", horizontal=True, vertical_alignment="center", gap="small")


def section() -> None:
    """Name, in the bar, the section that one has scrolled to; the page's own script writes it there."""
    st.html("<span data-section></span>", width="content")


def to_candidate(user_id: int, name: str) -> None:
    """Link to the candidate."""
    st.page_link(
        "candidate.py", label=plain(name, 60), icon=":material/arrow_back:", query_params={"candidate": str(user_id)}
    )
