"""How far the judge can be trusted: its scores beside people's. For coaches and admins."""

from __future__ import annotations

import streamlit as st

from pages.parts import address, reads
from pages.parts.judge import audits, figures, levels
from pages.parts.viewer import current_viewer

viewer = current_viewer()
if not viewer.sees_others:
    st.info("This page does not exist, or you do not have access.", icon=":material/search_off:")
    st.stop()

address.restore_address("judge", figures.WIDGETS)
st.title("Judge", anchor=False)
levels.flash()
view = reads.judge(viewer)
found = figures.choose_judge(view)
if found is None:
    figures.explain_no_pairs(view)
else:
    figures.overview(found)
    skill = figures.choose_skill(found)
    corrected = figures.corrected_scale(skill)
    left, right = st.columns([3, 2])
    with left.container(border=True, height="stretch"):
        figures.show_skill(skill)
    with right.container(border=True, height="stretch"):
        figures.scatter(found, skill, corrected=corrected)
    with st.container(border=True):
        figures.disagreements(skill, corrected=corrected)
with st.container(border=True, key="controls_queue"):
    levels.queue(viewer, view)
with st.container(border=True, key="controls_levels"):
    levels.bring_in_levels(viewer)
with st.container(border=True):
    audits.audit(view)
