"""Links that lead to one skill of an interview (`about=technical` in the address)."""

from __future__ import annotations

from typing import Final, Literal

import streamlit as st

from analytics.skills import BY_KEY, Skill
from analytics.views.interview import InterviewView
from pages.parts import scroll

# Which skill of which interview was led to.
_LED: Final = "review_led_to"


def skill_anchor(skill: Skill) -> str | Literal[False]:
    """Return the anchor of a skill's card if the address names it."""
    return f"skill-{skill.key}" if st.query_params.get("about") == skill.key else False


def lead_to_skill(view: InterviewView) -> None:
    """Scroll once to the skill in the address (`about=technical`); call it after the page is drawn."""
    asked = st.query_params.get("about")
    here = view.interview.interview_id, asked
    if asked in BY_KEY and st.session_state.get(_LED) != here:
        st.session_state[_LED] = here
        scroll.scroll_to(f"skill-{asked}", "")
