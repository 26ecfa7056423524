"""Parts that several pages share."""

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
    """Return whether this is a personal workspace."""
    return runtime.settings().is_own


def explain_set_up() -> bool:
    """Show that scores are missing while set-up has not read all interviews."""
    if reads.is_set_up():
        return False
    st.info(
        "InterviewLab's interviews are still being read. Scores appear here when that is done.",
        icon=":material/hourglass_empty:",
    )
    return True


def explain_unknown_page() -> None:
    """Show that the address names an unknown page; the first page is drawn instead."""
    context = get_script_run_ctx()
    if context is None or not (asked := context.pages_manager.intended_page_name):
        return
    if asked not in {page["url_pathname"] for page in context.pages_manager.get_pages().values()}:
        st.info("This page does not exist, or you do not have access.", icon=":material/search_off:")


def demo_banner() -> None:
    """Show, in the demo, that nobody here is real, and how to connect real data."""
    if is_demo():
        st.markdown(
            ":orange-badge[:material/science: Demo data] All people and interviews are fictional. "
            "To see yours: `make own`, or set `DATABASE_URL`.",
            width="content",
        )


def back_to_candidates() -> None:
    """Link back to the roster as it was left; for interviewees, to their own page."""
    if not st.session_state["viewer"].sees_others:
        st.page_link("candidate.py", label="Your skills", icon=":material/arrow_back:")
        return
    st.page_link(
        "candidates.py",
        label="Candidates",
        icon=":material/arrow_back:",
        query_params=address.read_address(""),
    )


def nothing() -> DeltaGenerator:
    """Open a place for why there is nothing to see; where it stands, the demo's tour is not shown."""
    return st.container(key="nothing")


def candidate_or_stop(view: CandidateView | None) -> CandidateView:
    """Return the candidate; without one, say so, link back and end the page."""
    if view is None:
        nothing().info("This candidate does not exist, or you do not have access.", icon=":material/person_off:")
        back_to_candidates()
        st.stop()
    return view


def interview_or_stop(view: InterviewView | None) -> InterviewView:
    """Return the interview; without one, say so, link back and end the page."""
    if view is None:
        nothing().info("This interview does not exist, or you do not have access.", icon=":material/search_off:")
        back_to_candidates()
        st.stop()
    return view


def name_tab(name: str) -> None:
    """Name the browser's tab after the page's content."""
    st.set_page_config(page_title=f"{name} · {PROGRAM}")


def title(text: str) -> None:
    """Show a name or title entered by somebody; a long one is cut, with all of it in the tooltip."""
    cut = plain(text, 80)
    name_tab(shorten(text, 60))
    st.title(cut, help=plain(text) if cut != plain(text) else None, anchor=False)


def bar() -> DeltaGenerator:
    """Open the bar that stays at the top while scrolling; its first title names the page."""
    return st.container(key="bar", horizontal=True, vertical_alignment="center", gap="small")


def section() -> None:
    """Name the current section in the bar; the page's own script updates it while scrolling."""
    st.html("<span data-section></span>", width="content")


def to_candidate(user_id: int, name: str) -> None:
    """Link to the candidate."""
    # By its key it is printed, unlike links that only lead on.
    with st.container(key="named_candidate", width="content"):
        st.page_link(
            "candidate.py",
            label=plain(name, 60),
            icon=":material/arrow_back:",
            query_params={"candidate": str(user_id)},
        )
