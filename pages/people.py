"""Who has which role, who coaches whom, and who changed that: for admins."""

from __future__ import annotations

import streamlit as st

from pages.parts import membership
from pages.parts.who import current_viewer

viewer = current_viewer()
if not viewer.administers:
    st.info("There is no such page, or you may not see it.", icon=":material/search_off:")
    st.stop()

st.title("People")
membership.said()
roles, coaching, access, trail = st.tabs(
    ["Roles", "Coaching", "Who sees whom", "Audit trail"], key="people", on_change="rerun", bind="query-params"
)
if roles.open:
    with roles:
        membership.roles(viewer)
if coaching.open:
    with coaching:
        membership.coaching(viewer)
if access.open:
    with access:
        membership.access(viewer)
if trail.open:
    with trail:
        membership.trail(viewer)
