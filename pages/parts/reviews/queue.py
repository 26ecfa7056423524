"""The requests for review that wait for the viewer, on the Candidates page."""

from __future__ import annotations

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.formatting import quantity
from analytics.reviews.requests import ReviewState
from analytics.skills import BY_KEY
from pages.parts import reads, times
from pages.parts.markdown import plain


def review_queue(viewer: Viewer) -> None:
    """Show on the roster which requests wait for the viewer, each linked to its interview and skill."""
    waiting = reads.review_queue(viewer)
    if waiting is None:
        # The roster stands in tables of our own, and goes on without.
        st.caption("The requests for review cannot be read now.")
    if not waiting:
        return
    label = f"{quantity(len(waiting), 'request')} for review"
    opened = st.expander(label, icon=":material/rate_review:", key="review_queue", on_change="rerun")
    if not opened.open:
        return
    with opened:
        for one in waiting:
            about = one.request.about
            what = BY_KEY[about.skill].label if about.kind is None else f"{BY_KEY[about.skill].label}, a claim"
            since = times.ago(one.request.waits_since)
            again = ", asked once more" if one.request.state is ReviewState.AGAIN else ""
            st.page_link(
                "interview.py", icon=":material/rate_review:",
                label=f"**{plain(one.candidate, 60)}** · {what} · {plain(one.interview_title, 60)} · {since}{again}",
                query_params={"interview": str(about.interview_id), "about": about.skill},
            )  # fmt: skip
