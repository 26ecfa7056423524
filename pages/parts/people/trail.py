"""The *Audit trail* tab of the People page: what was changed, by whom and when."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics.access import audit
from analytics.access.viewer import Viewer
from pages.parts import reads
from pages.parts.people.common import people_table

_PAGE: Final = 50
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


def trail(viewer: Viewer) -> None:
    """Show the audit trail, newest first, page by page."""
    before = st.session_state.get("trail_before")
    with reads.reading() as db:
        rows = audit.trail(viewer, db, size=_PAGE + 1, before=before)
    page_rows = rows[:_PAGE]
    if not page_rows:
        st.info("No changes yet.", icon=":material/history:")
        return
    people_table(
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


def _about(row: audit.AuditRow) -> str:
    known = {"interview": row.interview_id, "candidate": row.user_id} | row.detail
    told = (f"{name.replace('_', ' ')}: {_write_value(value)}" for name, value in known.items() if value is not None)
    return ", ".join(told)


def _write_value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
