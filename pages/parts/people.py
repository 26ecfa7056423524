"""The parts of the People page: roles, assignments, access, and the audit trail.

Nothing here runs in a callback: a change is made in the run whose viewer was just looked up, and the change itself asks
again whether that viewer is an admin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import streamlit as st

from analytics import runtime
from analytics.access import audit, members
from analytics.access.members import ChangeError
from analytics.access.viewer import Role, Viewer
from analytics.database.sessions import Connection
from analytics.formatting import quantity
from analytics.text import visible
from pages.parts import reads
from pages.parts.markdown import plain
from pages.parts.tables import table

T = TypeVar("T")

_PAGE: Final = 50
_FLASH: Final = "people_flash"
ACTIONS: Final = {
    "accept breakdown": "Took a draft",
    "add_interview": "Added an interview",
    "agree_step": "Agreed a step",
    "answer_review": "Answered a request for review",
    "approve breakdown": "Approved a version",
    "ask_deletion": "Asked for deletion of their data",
    "ask_reports": "Asked for the reports of many",
    "ask_review": "Asked for a review",
    "ask_review_again": "Asked for a review once more",
    "assign": "Assigned candidates",
    "audit_judge": "Audited the judge",
    "bring_in_levels": "Brought in people's levels",
    "cancel breakdown": "Cancelled a breakdown",
    "cancel_deletion": "Took back the request for deletion",
    "change_speakers": "Changed who spoke",
    "choose_digest": "Chose a digest",
    "delete_interview": "Deleted an interview",
    "deletion": "Deleted people's data after the waiting time",
    "draw_interviews": "Drew interviews to rate blind",
    "end_digest": "Ended a digest",
    "end_sessions": "Signed someone out",
    "first_sign_in": "Signed in for the first time",
    "forget": "Forgot a person",
    "generate breakdown": "Made a breakdown",
    "give_verdict": "Gave a verdict",
    "make_report_link": "Made a link to a report",
    "mark_step": "Marked a step",
    "note": "Wrote a note",
    "rate_blind": "Switched rating before seeing",
    "rate_oneself": "Rated themselves",
    "release_sign_in": "Allowed a different account",
    "restore breakdown": "Restored a version",
    "retention": "Deleted what no longer counts",
    "revoke_report_link": "Revoked a link to a report",
    "role": "Changed a role",
    "set_goal": "Set a goal",
    "share_interview": "Shared an interview",
    "start breakdown": "Asked for a breakdown",
    "strike_claim": "Marked a claim as wrong",
    "tag": "Set kind and difficulty",
    "tag_by_title": "Set kinds by title",
    "unassign": "Removed candidates",
    "unstrike_claim": "Showed a claim again",
    "withdraw approval of breakdown": "Withdrew an approval",
    "withdraw_interview": "Took back an interview",
    "withdraw_verdict": "Withdrew a verdict",
}


def flash() -> None:
    """Show the result of the last change."""
    if message := st.session_state.pop(_FLASH, None):
        st.success(message, icon=":material/check:")


def is_alone() -> bool:
    """Return whether only the viewer can ever have a role: in a personal workspace."""
    return runtime.settings().is_own


def roles(viewer: Viewer) -> None:
    """List people with a role, and offer to give and remove roles."""
    with reads.reading() as db:
        listed = members.list_members(viewer, db)
    st.caption("Everyone can see their own interviews. These people can see more.")
    _table(
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
        if st.form_submit_button("Save", type="primary"):
            _change(
                lambda db: members.set_role(viewer, db, email, Role(role), runtime.settings()),
                f"{plain(email)} has the role {role} now.",
            )
    with st.form("sessions", border=True):
        st.header("Sign someone out")
        st.caption("Signs a person out in every tab and on every device, from their next step on.")
        ended = st.text_input("E-mail", max_chars=255, key="ended")
        release = st.checkbox("Let them sign in with a different account next time")
        if st.form_submit_button("Sign out"):
            _change(
                lambda db: members.end_sessions(viewer, db, ended, release=release), f"{plain(ended)} is signed out."
            )


def coaching(viewer: Viewer) -> None:
    """Assign candidates to a coach, several at once, and remove them."""
    with reads.reading() as db:
        coaches = [member for member in members.list_members(viewer, db) if member.role == Role.COACH]
    if not coaches:
        st.info("No coach yet. Add one under “Roles” first.", icon=":material/person_add:")
        return
    coach = _choose("Coach", coaches, lambda member: member.email, "coach")
    with reads.reading() as db:
        candidates = members.candidates_of(viewer, db, coach.id)
    search = st.text_input("Find candidates", type="search", placeholder="Name or e-mail", max_chars=100, key="find")
    have = {person.user_id for person in candidates}
    people = [row for row in reads.search_candidates(viewer, search or "") if row.user_id not in have]
    with st.form("assign", clear_on_submit=True, border=True):
        selection = st.multiselect(
            "Candidates to assign",
            [row.user_id for row in people],
            format_func={row.user_id: visible(f"{row.name} ({row.email})") for row in people}.__getitem__,
            placeholder=f"Choose from {quantity(len(people), 'candidate')}" if people else "No other candidates match",
        )
        if st.form_submit_button("Assign", type="primary", disabled=not people) and selection:
            _change(
                lambda db: members.assign(viewer, db, coach.id, selection),
                f"{plain(coach.email)} now sees {quantity(len(selection), 'more candidate')}.",
            )
    st.header(f"{quantity(len(candidates), 'candidate')} assigned")
    with st.form("unassign", clear_on_submit=True, border=False):
        removed = st.multiselect(
            "Remove candidates",
            [person.user_id for person in candidates],
            format_func={
                person.user_id: visible(f"{person.name} ({person.email})") for person in candidates
            }.__getitem__,
        )
        if st.form_submit_button("Remove", disabled=not candidates) and removed:
            _change(
                lambda db: members.unassign(viewer, db, coach.id, removed),
                f"{plain(coach.email)} no longer sees {quantity(len(removed), 'candidate')}.",
            )
    _table(
        {
            "Name": [person.name for person in candidates],
            "E-mail": [person.email for person in candidates],
            "Since": [person.assigned_at for person in candidates],
            "Assigned by": [person.assigned_by for person in candidates],
        },
        alt="Whom this coach sees",
    )


def access(viewer: Viewer) -> None:
    """Show who can see a candidate."""
    search = st.text_input("Find a candidate", type="search", placeholder="Name or e-mail", max_chars=100, key="seen")
    people = reads.search_candidates(viewer, search or "")
    if not people:
        st.info("No candidates match.", icon=":material/person_search:")
        return
    person = _choose("Candidate", people, lambda row: f"{row.name} ({row.email})", "candidate_seen")
    with reads.reading() as db:
        coaches = members.coaches_of(viewer, db, person.user_id)
        admins = [member.email for member in members.list_members(viewer, db) if member.role == Role.ADMIN]
    admins = sorted({*admins, *runtime.settings().admin_emails})
    _table(
        {
            "Who": [person.email, *(coach.email for coach in coaches), *admins],
            "Why": ["Sees their own interviews", *["Coaches them"] * len(coaches), *["Is an admin"] * len(admins)],
        },
        alt="Who can see this candidate, and why",
    )


def trail(viewer: Viewer) -> None:
    """Show the audit trail, newest first, page by page."""
    before = st.session_state.get("trail_before")
    with reads.reading() as db:
        rows = audit.trail(viewer, db, size=_PAGE + 1, before=before)
    page_rows = rows[:_PAGE]
    if not page_rows:
        st.info("No changes yet.", icon=":material/history:")
        return
    _table(
        {
            "When": [row.at for row in page_rows],
            "Who": [row.actor for row in page_rows],
            "What": [ACTIONS.get(row.action, row.action) for row in page_rows],
            "About": [_about(row) for row in page_rows],
        },
        alt="What was changed, by whom and when",
    )
    with st.container(horizontal=True):
        if before is not None and st.button("Latest", icon=":material/first_page:"):
            del st.session_state["trail_before"]
            st.rerun()
        if len(rows) > _PAGE and st.button("Older", icon=":material/chevron_right:"):
            st.session_state["trail_before"] = page_rows[-1].id
            st.rerun()


def _change(change: Callable[[Connection], object], done: str) -> None:
    """Make a change and show the page as it is then; one that cannot be made is explained, and nothing has changed."""
    try:
        with reads.writing() as db:
            change(db)
    except ChangeError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state[_FLASH] = done
    st.rerun()


def _choose(label: str, options: Sequence[T], write: Callable[[T], str], key: str) -> T:
    place = st.selectbox(label, range(len(options)), format_func=lambda place: visible(write(options[place])), key=key)
    return options[place]


def _about(row: audit.AuditRow) -> str:
    known = {"interview": row.interview_id, "candidate": row.user_id} | row.detail
    told = (f"{name.replace('_', ' ')}: {_write_value(value)}" for name, value in known.items() if value is not None)
    return ", ".join(told)


def _write_value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _table(columns: Mapping[str, Sequence[object]], alt: str) -> None:
    if not any(columns.values()):
        st.caption("Nobody yet.")
        return
    table(columns, alt=alt)
