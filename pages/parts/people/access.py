"""The *Who sees whom* tab of the People page."""

from __future__ import annotations

import streamlit as st

from analytics import runtime
from analytics.access import members
from analytics.access.viewer import Role, Viewer
from pages.parts import reads
from pages.parts.people.common import choose, people_table


def access(viewer: Viewer) -> None:
    """Show who can see a candidate."""
    search = st.text_input("Find a candidate", type="search", placeholder="Name or e-mail", max_chars=100, key="seen")
    people = reads.people(viewer, search or "")
    if not people:
        st.info("No candidates match.", icon=":material/person_search:")
        return
    by_id = {row.user_id: row for row in people}
    person = choose("Candidate", by_id, lambda row: f"{row.name} ({row.email})", "candidate_seen")
    with reads.reading() as db:
        coaches = members.coaches_of(viewer, db, person.user_id)
        admins = [member.email for member in members.list_members(viewer, db) if member.role == Role.ADMIN]
    admins = sorted({*admins, *runtime.settings().admin_emails})
    people_table(
        {
            "Who": [person.email, *(coach.email for coach in coaches), *admins],
            "Why": ["Sees their own interviews", *["Coaches them"] * len(coaches), *["Is an admin"] * len(admins)],
        },
        alt="Who can see this candidate, and why",
    )
