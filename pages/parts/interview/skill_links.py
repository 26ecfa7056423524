"""Links that lead to one skill of an interview, from its page and from elsewhere (`about=technical` in the address)."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics.formatting import number
from analytics.skills import BY_KEY, SKILLS, Skill
from analytics.views.interview import InterviewView
from pages.parts import scroll

# Which skill of which interview was led to.
_LED: Final = "review_led_to"


# The anchors of the parts of the page.
SKILLS_ANCHOR, CODE_ANCHOR, CONVERSATION_ANCHOR = "skills", "code", "conversation"


def skill_anchor(skill: Skill) -> str:
    """Return the anchor of a skill's card."""
    return f"skill-{skill.key}"


def to_parts(view: InterviewView) -> None:
    """Link to the parts of the page, in the bar that stays: on a phone they stand far below one another."""
    parts = [("Skills", SKILLS_ANCHOR)]
    parts += [("Code", CODE_ANCHOR)] if view.conversation.submissions else []
    parts += [("Conversation", CONVERSATION_ANCHOR)]
    with st.container(key="parts", width="content"):
        st.markdown(" · ".join(f"[{name}](#{anchor})" for name, anchor in parts), width="content")


def to_skills(view: InterviewView) -> None:
    """Link to the card of each skill, with its score."""
    scores = {skill: view.feedback.skills[skill.key].score for skill in SKILLS}
    words = (
        f"[{skill.label}](#{skill_anchor(skill)}) **{number(score)}**".replace(" ", "\u00a0")
        for skill, score in scores.items()
    )
    st.markdown(" · ".join(words))


def lead_to_skill(view: InterviewView) -> None:
    """Scroll once to the skill in the address (`about=technical`); call it after the page is drawn."""
    asked = st.query_params.get("about")
    here = view.interview.interview_id, asked
    if asked is not None and asked in BY_KEY and st.session_state.get(_LED) != here:
        st.session_state[_LED] = here
        scroll.scroll_to(skill_anchor(BY_KEY[asked]), "")
