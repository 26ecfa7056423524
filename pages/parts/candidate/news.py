"""What is new about a candidate since the viewer last looked."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.coaching.news import QUIET, Kind
from analytics.views.news import News, NewsLine
from pages.parts import reads, times
from pages.parts.markdown import plain

_LONGEST: Final = 300
_ICONS: Final = {
    Kind.INTERVIEW: ":material/forum:",
    Kind.BREAKDOWN: ":material/rate_review:",
    Kind.STEP: ":material/check_circle:",
    Kind.GOAL: ":material/flag:",
    Kind.TREND: ":material/trending_up:",
    Kind.VERDICT: ":material/gavel:",
    Kind.REVIEW: ":material/live_help:",
}
_RULE: Final = (
    f"This list stays until you mark it as seen, or until you have not opened this page for "
    f"{QUIET.total_seconds() / 3600:.0f} hours. Only you see it."
)


def news(viewer: Viewer, user_id: int, found: News) -> None:
    """Show what is new, or that nothing is, with a button to mark it as seen."""
    if found.since is None:
        st.caption("This is your first look. Next time you will see here what is new since today.")
        return
    if not found.lines:
        st.caption(f"Nothing new since you last looked, {times.day_and_age(found.since)}.")
        return
    with st.container(key="news", gap="small"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**Since you last looked**, {times.day_and_age(found.since)}", help=_RULE)
            if st.button("Mark as seen", icon=":material/done_all:", key="news_seen"):
                reads.mark_news_seen(viewer, user_id)
                st.rerun()
        for line in found.lines:
            _line(line)


def _line(line: NewsLine) -> None:
    text = f"{_ICONS[line.kind]} {plain(line.text, _LONGEST)}"
    if line.interview_id is None:
        st.markdown(text)
    else:
        st.page_link("interview.py", label=text, query_params={"interview": str(line.interview_id)})
