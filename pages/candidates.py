"""The roster: who comes first, and why."""

from __future__ import annotations

import streamlit as st

from analytics.roster.filters import Filters
from analytics.roster.keyset import CursorError
from pages.parts import address, notes, reads
from pages.parts.reviews.queue import review_queue
from pages.parts.roster import report_batch, rows, toolbar

viewer = st.session_state["viewer"]

address.restore_address("", toolbar.WIDGETS)
st.title("Candidates", anchor=False)
review_queue(viewer)
if not toolbar.has_choices(viewer):
    toolbar.explain_no_match(Filters())
    st.stop()
filters, sort, descending, view = toolbar.toolbar()

try:
    after, before = toolbar.cursors()
    page = reads.candidates(viewer, filters, sort=sort, descending=descending, after=after, before=before)
except CursorError as error:
    st.warning(str(error))
    toolbar.first_page()
    page = reads.candidates(viewer, filters, sort=sort, descending=descending)

if not page.rows:
    toolbar.explain_no_match(filters)
    st.stop()

rows.show_mixed_judges(page)
if view == toolbar.HEAT_MAP:
    rows.heat_map(page.rows)
else:
    rows.roster_list(page.rows)
rows.turn_pages(page)
report_batch.reports(viewer, filters, sort, descending=descending)
notes.about_anybody(viewer)
