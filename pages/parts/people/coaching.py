"""The *Coaching* tab of the People page: which candidates a coach sees."""

from __future__ import annotations

import streamlit as st

from analytics.access import members
from analytics.access.viewer import Role, Viewer
from analytics.formatting import quantity
from analytics.text import visible
from pages.parts import reads
from pages.parts.change import save, submit
from pages.parts.markdown import plain
from pages.parts.people.common import PLACE, choose, people_table


def coaching(viewer: Viewer) -> None:
    """Assign candidates to a coach, several at once, and remove them."""
    with reads.reading() as db:
        coaches = [member for member in members.list_members(viewer, db) if member.role == Role.COACH]
    if not coaches:
        st.info("No coach yet. Add one under “Roles” first.", icon=":material/person_add:")
        return
    coach = choose("Coach", {member.id: member for member in coaches}, lambda member: member.email, "coach")
    with reads.reading() as db:
        candidates = members.candidates_of(viewer, db, coach.id)
    search = st.text_input("Find candidates", type="search", placeholder="Name or e-mail", max_chars=100, key="find")
    have = {person.user_id for person in candidates}
    people = [row for row in reads.people(viewer, search or "") if row.user_id not in have]
    with st.form(f"assign_{coach.id}", clear_on_submit=True, border=True):
        selection = st.multiselect(
            "Candidates to assign",
            [row.user_id for row in people],
            format_func={row.user_id: visible(f"{row.name} ({row.email})") for row in people}.__getitem__,
            placeholder=f"Choose from {quantity(len(people), 'candidate')}" if people else "No other candidates match",
        )
        if (above := submit("Assign", disabled=not people)) and selection:
            with above:
                save(
                    PLACE,
                    lambda db: members.assign(viewer, db, coach.id, selection),
                    f"{plain(coach.email)} now sees {quantity(len(selection), 'more candidate')}.",
                )
    st.header(f"{quantity(len(candidates), 'candidate')} assigned")
    with st.form(f"unassign_{coach.id}", clear_on_submit=True, border=False):
        removed = st.multiselect(
            "Remove candidates",
            [person.user_id for person in candidates],
            format_func={
                person.user_id: visible(f"{person.name} ({person.email})") for person in candidates
            }.__getitem__,
        )
        if (above := submit("Remove", primary=False, disabled=not candidates)) and removed:
            with above:
                save(
                    PLACE,
                    lambda db: members.unassign(viewer, db, coach.id, removed),
                    f"{plain(coach.email)} no longer sees {quantity(len(removed), 'candidate')}.",
                )
    people_table(
        {
            "Name": [person.name for person in candidates],
            "E-mail": [person.email for person in candidates],
            "Since": [person.assigned_at for person in candidates],
            "Assigned by": [person.assigned_by for person in candidates],
        },
        alt="Whom this coach sees",
    )
