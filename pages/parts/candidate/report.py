"""The download of a candidate's report: a period, a format, and the file."""

from __future__ import annotations

from datetime import date
from typing import Literal

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.formatting import wall_clock
from analytics.report.html import report_html
from analytics.report.pdf import report_pdf
from analytics.text import safe_file_name
from analytics.views.candidate import CandidateView
from pages.parts import common, reads, times
from pages.parts.candidate import own_data, report_links
from pages.parts.viewer import while_same

_PAPERS: dict[str, Literal["a4", "us-letter"]] = {"A4": "a4", "US Letter": "us-letter"}


def report_menu(viewer: Viewer, view: CandidateView) -> None:
    """Offer the report as PDF and as HTML, made when requested."""
    opened = st.popover("Report", icon=":material/description:", key="report", on_change="rerun")
    if not opened.open:
        return
    with opened:
        whole = reads.candidate(viewer, view.candidate.user_id) if view.is_filtered else None
        days = [wall_clock(record.date, times.zone()).date() for record in (whole or view).history]
        key = f"report_period_{view.candidate.user_id}"
        period = st.date_input("Period", (min(days), max(days)), key=key, format="YYYY-MM-DD")
        paper = st.segmented_control("Paper", list(_PAPERS), default="A4", required=True, key="report_paper")
        since, until = _both(period)
        name = view.candidate.name
        with st.container(horizontal=True):
            st.download_button(
                "PDF",
                while_same(viewer, lambda: _pdf(viewer, view.candidate.user_id, since, until, _PAPERS[str(paper)])),
                file_name=safe_file_name(f"interview-skills-{name}", "pdf"),
                mime="application/pdf",
                icon=":material/picture_as_pdf:",
                on_click="ignore",
                key="report_pdf",
            )
            st.download_button(
                "HTML",
                while_same(viewer, lambda: _html(viewer, view.candidate.user_id, since, until)),
                file_name=safe_file_name(f"interview-skills-{name}", "html"),
                mime="text/html",
                icon=":material/html:",
                on_click="ignore",
                key="report_html",
            )
        st.caption("One or two pages: levels, progression, and claims with their quotes.")
        if view.is_filtered:
            st.caption("It is about interviews of every kind and difficulty, whatever is chosen above.")
        # A workspace of one's own answers nobody else.
        if not common.is_own():
            report_links.report_links(viewer, view.candidate.user_id, since, until)


def _both(period: object) -> tuple[date | None, date | None]:
    """Read the period; while only its first day is chosen, it has no last one."""
    days = [day for day in period if isinstance(day, date)] if isinstance(period, tuple) else []
    return (days[0] if days else None), (days[1] if len(days) > 1 else None)


def _pdf(
    viewer: Viewer, user_id: int, since: date | None, until: date | None, paper: Literal["a4", "us-letter"]
) -> bytes:
    report = reads.report(viewer, user_id, since, until, times.zone())
    own_data.note_look(viewer, "report", user_ids=[user_id])
    return b"" if report is None else report_pdf(report, paper=paper)


def _html(viewer: Viewer, user_id: int, since: date | None, until: date | None) -> bytes:
    report = reads.report(viewer, user_id, since, until, times.zone())
    own_data.note_look(viewer, "report", user_ids=[user_id])
    return b"" if report is None else report_html(report).encode()
