"""One person: how the four skills develop, what to work on next, and every interview."""

from __future__ import annotations

import streamlit as st

from pages.parts import address, common, reads, verdicts
from pages.parts.candidate import charts, interview_list, other_judges, overview, own_data, report, session
from pages.parts.fragments import fragment
from pages.parts.interview import tags
from pages.parts.reviews.self_ratings import self_views
from pages.parts.viewer import is_still

viewer = st.session_state["viewer"]
address.restore_address("candidate", (*charts.WIDGETS, *tags.WIDGETS))
user_id = address.candidate_shown(viewer)
tags.forget_kind_of_another(user_id)
asked = tags.kind_asked(), tags.difficulty_asked()
view = common.candidate_or_stop(reads.candidate(viewer, user_id, *asked) if user_id is not None else None)
own_data.note_look(viewer, "page", user_ids=[view.candidate.user_id])

yours = not viewer.sees_others


def same() -> bool:
    """Return whether the page as a whole would look the same."""
    address.restore_address("candidate", (*charts.WIDGETS, *tags.WIDGETS))
    return is_still(viewer) and reads.candidate(viewer, view.candidate.user_id, *asked) == view


with common.bar():
    if not yours:
        common.back_to_candidates()
    common.title("Your skills" if yours else view.candidate.name)
    common.section()
    if not yours:
        overview.neighbours(view.candidate.user_id)
overview.facts(view)
verdicts.to_rate(view)
tags.choose_kind(view.kinds, view.difficulties)
if not view.is_scored:
    overview.explain_no_scores(view, yours=yours)
    interview_list.show_latest(view)
    session.session(viewer, view)
    interview_list.show_all(view, yours=yours)
    own_data.own_data(viewer)
    st.stop()
overview.levels(view, yours=yours)
interview_list.show_latest(view)
goals = session.session(viewer, view)
report.report_menu(viewer, view)

with st.container(border=True):
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.header("Progression", anchor=False)
        common.help_text()
    self_views(view, yours=yours)
    other_judges.notes(viewer, view)
    fragment(lambda: charts.progression(view, goals), still=same)

radar, levels = st.columns(2)
with radar.container(border=True, height="stretch"):
    fragment(lambda: charts.averages(view), still=same)
with levels.container(border=True, height="stretch"):
    charts.levels(view, yours=yours)
with st.container(border=True):
    interview_list.show_all(view, yours=yours)
own_data.own_data(viewer)
