"""What a breakdown says across skills: the priorities, and each question with what its answer held."""

from __future__ import annotations

import streamlit as st

from analytics.breakdown import InterviewFeedback
from analytics.skills import BY_KEY
from analytics.views.interview import InterviewView
from pages.parts.interview import facts
from pages.parts.markdown import plain


def priorities(view: InterviewView, breakdown: InterviewFeedback) -> None:
    """Show the priorities and their reasons; nothing if a version has none."""
    if not breakdown.priorities:
        return
    with st.container(border=True):
        st.markdown(":material/flag: **Work on first**")
        for priority in breakdown.priorities:
            mark = facts.again(view.came_before.get((priority.skill, priority.text), 0))
            st.markdown(f"**{BY_KEY[priority.skill].label}:** {plain(priority.text)} {mark}".rstrip())
            st.caption(plain(priority.reason))


def questions(view: InterviewView, breakdown: InterviewFeedback) -> None:
    """List the questions: what each asked for, what the answer held and what it left out."""
    if not breakdown.questions:
        return
    opened = st.expander(
        f"Question by question ({len(breakdown.questions)})",
        icon=":material/forum:",
        key=f"questions_{view.interview.interview_id}",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened:
        for question in breakdown.questions:
            with st.container(border=True, gap="small"):
                st.markdown(f":blue-badge[{plain(question.id)}] **Asked for:** {plain(question.asked)}")
                st.markdown(f"**Answer:** {plain(question.held) or 'nothing that answers it'}")
                if question.left_out:
                    st.markdown(f":orange-badge[left out] {plain(question.left_out)}")
        if breakdown.post:
            st.caption(f"Rated by what is expected at this level: {breakdown.post}.")
