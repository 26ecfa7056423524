"""Reports about everybody on the list: a zip with one each, and the heat map as one document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.batches import store
from analytics.columns import now
from analytics.formatting import day, quantity
from analytics.report.archive import archive
from analytics.report.cohort import CohortReport, cohort_html, cohort_pdf, cohort_report
from analytics.roster.filters import Filters
from analytics.roster.order import Sort
from analytics.roster.page import RosterRow
from analytics.runtime import settings
from analytics.skills import SKILLS
from analytics.text import visible
from pages.parts import reads, times
from pages.parts.change import confirm, save
from pages.parts.viewer import current_viewer, while_same

_PLACE: Final = "reports"
_LOOK_SECONDS: Final = 1
# The heat map is one document.
_MOST_TOGETHER: Final = 100


def reports(viewer: Viewer, filters: Filters, sort: Sort, *, descending: bool) -> None:
    """Offer the reports of everybody on the list, ordered and filtered as it is."""
    confirm(_PLACE)
    opened = st.popover("Reports", icon=":material/description:", key="reports", on_change="rerun")
    if not opened.open:
        return
    with opened:
        found = reads.candidates(viewer, filters, sort=sort, descending=descending, size=store.MOST)
        if found.total > store.MOST:
            st.caption(f"Of the first {store.MOST} of {found.total:,} candidates in this order. Filter for others.")
        _each(viewer, found.rows)
        _heat_map(viewer, found.rows)


def _each(viewer: Viewer, rows: Sequence[RosterRow]) -> None:
    with reads.reading(primary=True) as db:
        batch = store.latest(viewer, db)
    if batch is not None and batch.is_open:
        _follow()
        return
    ids = [row.user_id for row in rows]
    if st.button(f"Make {quantity(len(rows), 'report')}", icon=":material/folder_zip:", key="make_reports"):
        save(_PLACE, lambda db: store.ask(viewer, db, ids, zone=str(times.zone())), "")
    if batch is not None:
        _take(viewer, batch)


@st.fragment(run_every=_LOOK_SECONDS)
def _follow() -> None:
    """Show how far the reports are, until they are made."""
    viewer = current_viewer()
    with reads.reading(primary=True) as db:
        batch = store.latest(viewer, db)
    if batch is None or not batch.is_open:
        st.rerun()
    st.progress(batch.done / batch.total, f"{batch.done} of {quantity(batch.total, 'report')} made")
    st.caption("You can leave this page. The file is here when you come back.")
    if st.button("Cancel", icon=":material/stop:", key="cancel_reports"):
        with reads.writing() as db:
            store.drop(viewer, db, batch.id)
        st.rerun()


def _take(viewer: Viewer, batch: store.Batch) -> None:
    """Offer what was made, and say what is missing."""
    st.download_button(
        f"Download {quantity(batch.made, 'report')} as zip", while_same(viewer, lambda: _zip(viewer, batch.id)),
        file_name="interview-skills.zip", mime="application/zip", icon=":material/download:", on_click="ignore",
        key="reports_zip", disabled=not batch.made,
    )  # fmt: skip
    told = [f"Made {times.minute(batch.asked_at)}, kept for a day."]
    told += [f"{quantity(batch.failed, 'report')} could not be made."] if batch.failed else []
    told += [f"{quantity(batch.left_out, 'candidate')} left out: you may no longer see them."] if batch.left_out else []
    st.caption(" ".join(told))


def _zip(viewer: Viewer, batch_id: str) -> bytes:
    with reads.reading(primary=True) as db:
        return archive((name, content) for _, name, content in store.files(viewer, db, batch_id))


def _heat_map(viewer: Viewer, rows: Sequence[RosterRow]) -> None:
    of_whom = "all of them" if len(rows) <= _MOST_TOGETHER else f"the first {_MOST_TOGETHER}"
    st.caption(f"The heat map of {of_whom}, with its numbers, as one document:")
    rows = rows[:_MOST_TOGETHER]
    with st.container(horizontal=True):
        st.download_button(
            "PDF", while_same(viewer, lambda: cohort_pdf(_cohort(rows))), file_name="skills-of-candidates.pdf",
            mime="application/pdf", icon=":material/picture_as_pdf:", on_click="ignore", key="cohort_pdf",
        )  # fmt: skip
        st.download_button(
            "HTML", while_same(viewer, lambda: cohort_html(_cohort(rows)).encode()),
            file_name="skills-of-candidates.html", mime="text/html", icon=":material/html:", on_click="ignore",
            key="cohort_html",
        )  # fmt: skip


def _cohort(rows: Sequence[RosterRow]) -> CohortReport:
    names = [visible(row.name) for row in rows]
    levels = [{key: (level.now, level.error) for key, level in row.levels.items()} for row in rows]
    labels = {skill.key: skill.label for skill in SKILLS}
    return cohort_report(names, levels, labels, settings().targets, made=f"Made on {day(now(), times.zone())}.")
