"""Reports about everybody on the list: one for each as a zip, and the heat map as one document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.columns import now
from analytics.formatting import day, quantity
from analytics.report.archive import archive
from analytics.report.cohort import CohortReport, cohort_html, cohort_pdf, cohort_report
from analytics.report.html import report_html
from analytics.report.pdf import ReportError, report_pdf
from analytics.roster.filters import Filters
from analytics.roster.order import Sort
from analytics.roster.page import RosterRow
from analytics.runtime import settings
from analytics.skills import SKILLS
from analytics.text import visible
from pages.parts import chart, own_data, reads, times

# As many are made while one waits: about eight in a second.
MOST: Final = 100
_MADE: Final = "report_archive"


def reports(viewer: Viewer, filters: Filters, sort: Sort, *, descending: bool) -> None:
    """Offer the reports of those on the list, in its order and as it is filtered."""
    opened = st.popover("Reports", icon=":material/description:", key="reports", on_change="rerun")
    if not opened.open:
        st.session_state.pop(_MADE, None)
        return
    with opened:
        found = reads.candidates(viewer, filters, sort=sort, descending=descending, size=MOST)
        if found.total > MOST:
            st.caption(f"Of the first {MOST} of {found.total:,} candidates in this order. Filter the list for others.")
        _each(viewer, found.rows)
        _heat_map(found.rows)


def _each(viewer: Viewer, rows: Sequence[RosterRow]) -> None:
    ids = [row.user_id for row in rows]
    asked = f"Make {quantity(len(rows), 'report')}"
    if st.button(asked, icon=":material/folder_zip:", key="make_reports", disabled=not rows):
        bar = st.progress(0.0, "Making the reports. Stay on this page until they are made.")
        st.session_state[_MADE] = ids, archive(_made(viewer, rows, bar))
        bar.empty()
    made = st.session_state.get(_MADE)
    if made is not None and made[0] == ids:
        st.download_button(
            "Download as zip", made[1], file_name="interview-skills.zip", mime="application/zip",
            icon=":material/download:", on_click="ignore", key="reports_zip",
        )  # fmt: skip


def _made(
    viewer: Viewer, rows: Sequence[RosterRow], bar: st.delta_generator.DeltaGenerator
) -> Iterator[tuple[str, bytes]]:
    """Make the reports one after the other, with the rights of this moment; one that is no PDF becomes HTML."""
    for place, row in enumerate(rows, 1):
        report = reads.report(viewer, row.user_id, None, None, times.zone())
        if report is not None:
            own_data.looked(viewer, "report", user_ids=[row.user_id])
            try:
                yield chart.safe_file_name(f"interview-skills-{row.name}", "pdf"), report_pdf(report)
            except ReportError:
                yield chart.safe_file_name(f"interview-skills-{row.name}", "html"), report_html(report).encode()
        bar.progress(place / len(rows))


def _heat_map(rows: Sequence[RosterRow]) -> None:
    st.caption("The heat map of all of them, with its numbers, as one document:")
    with st.container(horizontal=True):
        st.download_button(
            "PDF", lambda: cohort_pdf(_cohort(rows)), file_name="skills-of-candidates.pdf", mime="application/pdf",
            icon=":material/picture_as_pdf:", on_click="ignore", key="cohort_pdf",
        )  # fmt: skip
        st.download_button(
            "HTML", lambda: cohort_html(_cohort(rows)).encode(), file_name="skills-of-candidates.html",
            mime="text/html", icon=":material/html:", on_click="ignore", key="cohort_html",
        )  # fmt: skip


def _cohort(rows: Sequence[RosterRow]) -> CohortReport:
    names = [visible(row.name) for row in rows]
    levels = [{key: (level.now, level.error) for key, level in row.levels.items()} for row in rows]
    labels = {skill.key: skill.label for skill in SKILLS}
    return cohort_report(names, levels, labels, settings().targets, made=f"Made on {day(now(), times.zone())}.")
