"""Roles, coaching assignments and the audit trail, for admins."""

from __future__ import annotations

import streamlit as st

from pages.parts import people
from pages.parts.installation import installation
from pages.parts.viewer import current_viewer

viewer = current_viewer()
if not viewer.administers:
    st.info("This page does not exist, or you do not have access.", icon=":material/search_off:")
    st.stop()

st.title("People")
people.flash()
sections = {"Audit trail": people.trail, "Setup": installation}
if not people.is_alone():
    sections = {"Roles": people.roles, "Coaching": people.coaching, "Who sees whom": people.access, **sections}
tabs = st.tabs(list(sections), key="people", on_change="rerun", bind="query-params")
for tab, show in zip(tabs, sections.values(), strict=True):
    if tab.open:
        with tab:
            show(viewer)
