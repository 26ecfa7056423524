"""The *Roles* tab of the People page: who has which role, and signing someone out."""

from __future__ import annotations

import streamlit as st

from analytics import runtime
from analytics.access import members
from analytics.access.viewer import Role, Viewer
from pages.parts import reads
from pages.parts.change import save, submit
from pages.parts.markdown import plain
from pages.parts.people.common import PLACE, people_table


def roles(viewer: Viewer) -> None:
    """List people with a role, and offer to give and remove roles."""
    with reads.reading() as db:
        listed = members.list_members(viewer, db)
    st.caption("Everyone can see their own interviews. These people can see more.")
    people_table(
        {
            "E-mail": [member.email for member in listed],
            "Role": [member.role for member in listed],
            "Candidates": [member.candidates if member.role == Role.COACH else None for member in listed],
            "Last sign-in": [member.signed_in_at for member in listed],
        },
        alt="Who has which role",
    )
    if named := runtime.settings().admin_emails:
        st.caption(f"Admins by the setting ADMIN_EMAILS: {plain(', '.join(sorted(named)))}")
    with st.form("role", border=True):
        st.header("Add a role")
        email = st.text_input("E-mail", max_chars=255)
        role = st.segmented_control("Role", list(Role), default=Role.COACH, required=True, format_func=str.capitalize)
        if above := submit("Save"):
            with above:
                save(
                    PLACE,
                    lambda db: members.set_role(viewer, db, email, Role(role), runtime.settings()),
                    f"{plain(email)} has the role {role} now.",
                )
    with st.form("sessions", border=True):
        st.header("Sign someone out")
        st.caption("Signs a person out in every tab and on every device, from their next step on.")
        ended = st.text_input("E-mail", max_chars=255, key="ended")
        release = st.checkbox("Let them sign in with a different account next time")
        if above := submit("Sign out", primary=False):
            with above:
                save(
                    PLACE,
                    lambda db: members.end_sessions(viewer, db, ended, release=release),
                    f"{plain(ended)} is signed out.",
                )
