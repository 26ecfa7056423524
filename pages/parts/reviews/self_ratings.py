"""Self-ratings on a page: asking for them, and how they differ from the scores."""

from __future__ import annotations

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.skills import SKILLS, Skill
from analytics.views.candidate import CandidateView
from analytics.views.interview import InterviewView
from analytics.views.reviews import ReviewsView, rate_own
from pages.parts import verdicts
from pages.parts.change import save
from pages.parts.markdown import plain
from pages.parts.reviews.common import LEVELS, PLACE


def self_views(view: CandidateView, *, yours: bool) -> None:
    """Show how a person's self-ratings differ from the scores."""
    for one in view.self_views:
        st.caption(f":material/person: {one.sentence(own=yours)}")


def self_rating(view: ReviewsView, skill: Skill) -> None:
    """Show how the person rated this skill of theirs, where they were asked."""
    if view.self_ratings is None:
        return
    own = "You rated yourself" if view.own else "Self-rating"
    level = view.self_ratings.get(skill.key)
    st.caption(f":material/person: {own}: {'skipped' if level is None else LEVELS[level].lower()}")


def rate_oneself(viewer: Viewer, view: InterviewView) -> None:
    """Ask for a self-rating of a new interview before its scores and claims are sent."""
    st.info(
        "How do you rate yourself in this interview? Scores and claims show after that. You can skip any skill.",
        icon=":material/person:",
    )
    levels: dict[str, int | None] = {}
    number = view.interview.interview_id
    with st.form(f"rate_oneself_{number}"):
        for skill in SKILLS:
            anchors = [plain(verdicts.rubric_of(skill).anchor(level)) for level in range(1, 6)]
            levels[skill.key] = st.radio(
                skill.label, list(range(1, 6)), index=None, format_func=LEVELS.__getitem__, captions=anchors,
                key=f"own_{skill.key}_{number}",
            )  # fmt: skip
        above = st.container()
        with st.container(horizontal=True):
            rated = st.form_submit_button("Save and show the scores", type="primary")
            passed = st.form_submit_button("Show the scores without rating")
    if rated and not any(levels.values()):
        above.error("Choose a level for a skill, or show the scores without rating.", icon=":material/error:")
    elif rated or passed:
        said = levels if rated else {}
        save(PLACE, lambda db: rate_own(viewer, db, number, said), "Here are the scores.")
