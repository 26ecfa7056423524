"""The pieces of the People page: roles, assignments, who sees whom, and the record of every change.

Nothing here runs in a callback: a change is made in the run whose viewer was just looked up, and the change itself asks
again whether that viewer is an admin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import streamlit as st

from analytics import audit, members, runtime
from analytics.access import Role, Viewer
from analytics.database import Session
from analytics.members import ChangeError
from analytics.text import visible
from pages.parts import data, local
from pages.parts.text import counted, plain

T = TypeVar("T")

_PAGE: Final = 50
_SAID: Final = "people_said"
_ACTIONS: Final = {
    "role": "Changed a role",
    "assign": "Assigned candidates",
    "unassign": "Took candidates away",
    "first_sign_in": "Signed in for the first time",
    "end_sessions": "Signed somebody out",
    "release_sign_in": "Released a sign-in",
}


def said() -> None:
    """Say what the last change did."""
    if message := st.session_state.pop(_SAID, None):
        st.success(message, icon=":material/check:")


def roles(viewer: Viewer) -> None:
    """List who has a role, and let roles be given and taken."""
    with data.reading() as db:
        listed = members.listed(viewer, db)
    st.caption("Everybody with an account on the interview platform may see their own interviews. These see more.")
    _table(
        {
            "E-mail": [member.email for member in listed],
            "Role": [member.role for member in listed],
            "Candidates": [member.candidates if member.role == Role.COACH else None for member in listed],
            "Last sign-in": [member.signed_in_at for member in listed],
        }
    )
    if named := runtime.settings().admin_emails:
        st.caption(f"Admins by the setting ADMIN_EMAILS: {plain(', '.join(sorted(named)))}")
    with st.form("role", border=True):
        st.subheader("Give a role")
        email = st.text_input("E-mail", max_chars=255)
        role = st.segmented_control("Role", list(Role), default=Role.COACH, required=True, format_func=str.capitalize)
        if st.form_submit_button("Save", type="primary"):
            _change(
                lambda db: members.set_role(viewer, db, email, Role(role), runtime.settings()),
                f"{plain(email)} has the role {role} now.",
            )
    with st.form("sessions", border=True):
        st.subheader("End a sign-in")
        st.caption("Signs a person out in every tab and on every device, from their next step on.")
        ended = st.text_input("E-mail", max_chars=255, key="ended")
        release = st.checkbox("Also let their next sign-in come from another account of the sign-in provider")
        if st.form_submit_button("Sign out"):
            _change(
                lambda db: members.end_sessions(viewer, db, ended, release=release), f"{plain(ended)} is signed out."
            )


def coaching(viewer: Viewer) -> None:
    """Assign candidates to a coach, several at once, and take them away."""
    with data.reading() as db:
        coaches = [member for member in members.listed(viewer, db) if member.role == Role.COACH]
    if not coaches:
        st.info("There is no coach yet. Give somebody that role first.", icon=":material/person_add:")
        return
    coach = _chosen("Coach", coaches, lambda member: member.email, "coach")
    with data.reading() as db:
        coached = members.coached(viewer, db, coach.id)
    search = st.text_input("Find candidates", type="search", placeholder="Name or e-mail", max_chars=100, key="find")
    have = {person.user_id for person in coached}
    found = [row for row in data.found(viewer, search or "") if row.user_id not in have]
    with st.form("assign", clear_on_submit=True, border=True):
        chosen = st.multiselect(
            "Candidates to assign",
            [row.user_id for row in found],
            format_func={row.user_id: visible(f"{row.name} ({row.email})") for row in found}.get,
            placeholder=f"Choose from {counted(len(found), 'candidate')}" if found else "Nobody else was found",
        )
        if st.form_submit_button("Assign", type="primary", disabled=not found) and chosen:
            _change(
                lambda db: members.assign(viewer, db, coach.id, chosen),
                f"{plain(coach.email)} now sees {counted(len(chosen), 'more candidate')}.",
            )
    st.subheader(f"{counted(len(coached), 'candidate')} assigned")
    with st.form("unassign", clear_on_submit=True, border=False):
        removed = st.multiselect(
            "Candidates to take away",
            [person.user_id for person in coached],
            format_func={person.user_id: visible(f"{person.name} ({person.email})") for person in coached}.get,
        )
        if st.form_submit_button("Take away", disabled=not coached) and removed:
            _change(
                lambda db: members.unassign(viewer, db, coach.id, removed),
                f"{plain(coach.email)} no longer sees {counted(len(removed), 'candidate')}.",
            )
    _table(
        {
            "Name": [person.name for person in coached],
            "E-mail": [person.email for person in coached],
            "Since": [person.assigned_at for person in coached],
            "Assigned by": [person.assigned_by for person in coached],
        }
    )


def access(viewer: Viewer) -> None:
    """Tell who sees a candidate."""
    search = st.text_input("Find a candidate", type="search", placeholder="Name or e-mail", max_chars=100, key="seen")
    found = data.found(viewer, search or "")
    if not found:
        st.info("Nobody was found.", icon=":material/person_search:")
        return
    person = _chosen("Candidate", found, lambda row: f"{row.name} ({row.email})", "candidate_seen")
    with data.reading() as db:
        coaches = members.coaches_of(viewer, db, person.user_id)
        admins = [member.email for member in members.listed(viewer, db) if member.role == Role.ADMIN]
    admins = sorted({*admins, *runtime.settings().admin_emails})
    _table(
        {
            "Who": [person.email, *(coach.email for coach in coaches), *admins],
            "Why": ["Sees their own interviews", *["Coaches them"] * len(coaches), *["Is an admin"] * len(admins)],
        }
    )


def trail(viewer: Viewer) -> None:
    """Show the record of changes, the latest first, page by page."""
    before = st.session_state.get("trail_before")
    with data.reading() as db:
        rows = audit.trail(viewer, db, size=_PAGE + 1, before=before)
    shown = rows[:_PAGE]
    if not shown:
        st.info("Nothing has been changed yet.", icon=":material/history:")
        return
    _table(
        {
            "When": [row.at for row in shown],
            "Who": [row.actor for row in shown],
            "What": [_ACTIONS.get(row.action, row.action) for row in shown],
            "About": [_about(row) for row in shown],
        }
    )
    with st.container(horizontal=True):
        if before is not None and st.button("Latest", icon=":material/first_page:"):
            del st.session_state["trail_before"]
            st.rerun()
        if len(rows) > _PAGE and st.button("Older", icon=":material/chevron_right:"):
            st.session_state["trail_before"] = shown[-1].id
            st.rerun()


def _change(change: Callable[[Session], object], done: str) -> None:
    """Make a change and show the page as it is then; one that cannot be made is explained, and nothing has changed."""
    try:
        with data.changing() as db:
            change(db)
    except ChangeError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state[_SAID] = done
    st.rerun()


def _chosen(label: str, options: Sequence[T], write: Callable[[T], str], key: str) -> T:
    place = st.selectbox(label, range(len(options)), format_func=lambda place: visible(write(options[place])), key=key)
    return options[place]


def _about(row: audit.AuditRow) -> str:
    known = {"Interview": row.interview_id, "Candidate": row.user_id} | row.detail
    return ", ".join(f"{name}: {_said(value)}" for name, value in known.items() if value is not None)


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _table(columns: Mapping[str, Sequence[object]]) -> None:
    written = {
        name: [visible(cell) if isinstance(cell, str) else cell for cell in column] for name, column in columns.items()
    }
    moment = st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", timezone=local.zone().key)
    moments = [name for name, column in columns.items() if any(isinstance(cell, datetime) for cell in column)]
    st.dataframe(written, hide_index=True, column_config=dict.fromkeys(moments, moment))
