"""Lines that may show a claim without a quote, as suggestions that are not stored."""

from __future__ import annotations

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.breakdown import Quote
from analytics.formatting import quantity
from analytics.skills import Skill
from analytics.views.interview import InterviewView
from pages.parts import reads
from pages.parts.interview import conversation
from pages.parts.markdown import plain

_SHOWN_LENGTH = 220


def find(viewer: Viewer, view: InterviewView, skill: Skill, claims: tuple[str, ...]) -> dict[str, tuple[Quote, ...]]:
    """Offer to search for the lines behind a skill's claims; returns them by claim once requested."""
    if not claims or not view.conversation.turns:
        return {}
    asked = f"likely_lines_{view.interview.interview_id}_{skill.key}"
    if not st.session_state.get(asked):
        label = "Find the sentence" if len(claims) == 1 else "Find the sentences"
        st.button(
            label, icon=":material/search:", type="tertiary", key=f"{asked}_find", on_click=_ask, args=(asked,),
            help="InterviewLab does not say which words its feedback rests on. This looks for lines that share words.",
        )  # fmt: skip
        return {}
    found = reads.likely_lines(viewer, view.interview.interview_id, skill.key, claims)
    near = sum(bool(lines) for lines in found.values())
    about = f"Lines found for {near} of {quantity(len(claims), 'claim')}." if near else "No similar lines found."
    st.caption(f":material/search: {about} Suggestions by shared words: no proof, and not stored.")
    return found


def suggest(lines: tuple[Quote, ...], key: str) -> None:
    """Show lines as suggestions, each linked to its place in the conversation."""
    for quote in lines:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                plain(quote.id), icon=":material/search:", type="tertiary", key=f"likely_{key}_{quote.id}",
                help="Show it in the conversation", on_click=conversation.ask_for, args=(quote.id,),
            )  # fmt: skip
            st.markdown(f":gray-badge[suggestion] :gray[{plain(quote.text, _SHOWN_LENGTH)}]")


def _ask(asked: str) -> None:
    st.session_state[asked] = True
