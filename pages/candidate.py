"""One person: how the four skills develop, what to work on next, and every interview."""

from __future__ import annotations

import streamlit as st

from pages.parts import ahead, cards, data, filters, person, person_charts
from pages.parts.redrawn import part
from pages.parts.text import plain
from pages.parts.who import is_still

viewer = st.session_state["viewer"]
filters.keep_place("candidate", person_charts.WIDGETS)
user_id = ahead.candidate_shown(viewer)
shown = data.candidate(viewer, user_id) if user_id is not None else None
if shown is None:
    cards.nobody()
    st.stop()

yours = not viewer.sees_others


def same() -> bool:
    """Tell whether the page as a whole would still look as it does."""
    filters.keep_place("candidate", person_charts.WIDGETS)
    return is_still(viewer) and data.candidate(viewer, shown.candidate.user_id) == shown


if not yours:
    cards.back_to_candidates()
cards.title("Your skills" if yours else shown.candidate.name)
st.caption(plain(shown.candidate.email))
person.figures(shown)
if not shown.history:
    person.nothing_scored(shown, yours=yours)
    person.interview_list(shown, yours=yours)
    st.stop()
person.work_on_next(shown, yours=yours)

with st.container(border=True):
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.subheader("Progression", anchor=False)
        cards.how()
    person.sentences(shown, yours=yours)
    part(lambda: person_charts.progression(shown, yours=yours), still=same)

radar, levels = st.columns(2)
with radar.container(border=True, height="stretch"):
    part(lambda: person_charts.averages(shown, with_everyone=viewer.sees_cohort, yours=yours), still=same)
with levels.container(border=True, height="stretch"):
    person_charts.levels(shown, with_everyone=viewer.sees_cohort, yours=yours)
with st.container(border=True):
    person.interview_list(shown, yours=yours)
