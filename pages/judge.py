"""How far the judge can be trusted: its scores beside people's. For coaches and admins."""

from __future__ import annotations

import streamlit as st

from pages.parts import address, judge, reads
from pages.parts.viewer import current_viewer

viewer = current_viewer()
if not viewer.sees_others:
    st.info("This page does not exist, or you do not have access.", icon=":material/search_off:")
    st.stop()

address.restore_address("judge", judge.WIDGETS)
st.title("Judge", anchor=False)
judge.flash()
view = reads.judge(viewer)
found = judge.choose_judge(view)
if found is None:
    judge.explain_no_pairs(view)
else:
    judge.overview(found)
    skill = judge.choose_skill(found)
    corrected = judge.corrected_scale(skill)
    figures, scatter = st.columns([3, 2])
    with figures.container(border=True, height="stretch"):
        judge.figures(skill)
    with scatter.container(border=True, height="stretch"):
        judge.scatter(found, skill, corrected=corrected)
    with st.container(border=True):
        judge.disagreements(skill, corrected=corrected)
with st.container(border=True, key="controls_queue"):
    judge.queue(viewer, view)
with st.container(border=True, key="controls_levels"):
    judge.bring_in_levels(viewer)
with st.container(border=True):
    judge.audit(view)
