"""Roles, coaching assignments and the audit trail, for admins."""

from __future__ import annotations

import streamlit as st

from pages.parts.change import confirm
from pages.parts.people.access import access
from pages.parts.people.coaching import coaching
from pages.parts.people.common import PLACE, is_alone
from pages.parts.people.installation import installation
from pages.parts.people.roles import roles
from pages.parts.people.trail import trail
from pages.parts.viewer import current_viewer

viewer = current_viewer()
if not viewer.administers:
    st.info("This page does not exist, or you do not have access.", icon=":material/search_off:")
    st.stop()

st.title("People")
confirm(PLACE)
sections = {"Audit trail": trail, "Setup": installation}
if not is_alone():
    sections = {"Roles": roles, "Coaching": coaching, "Who sees whom": access, **sections}
tabs = st.tabs(list(sections), key="people", on_change="rerun", bind="query-params")
for tab, show in zip(tabs, sections.values(), strict=True):
    if tab.open:
        with tab:
            show(viewer)
