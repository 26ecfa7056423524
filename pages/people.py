"""Who has which role, who coaches whom, and who changed that: for admins."""

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
roles, coaching, access, trail, setup = st.tabs(
    ["Roles", "Coaching", "Who sees whom", "Audit trail", "Setup"], key="people", on_change="rerun", bind="query-params"
)
if roles.open:
    with roles:
        people.roles(viewer)
if coaching.open:
    with coaching:
        people.coaching(viewer)
if access.open:
    with access:
        people.access(viewer)
if trail.open:
    with trail:
        people.trail(viewer)
if setup.open:
    with setup:
        installation(viewer)
