"""The roster: who comes first, and why."""

from __future__ import annotations

import streamlit as st

from analytics.roster.keyset import CursorError
from pages.parts import address, notes, reads, report_batch, reviews, roster

viewer = st.session_state["viewer"]

address.restore_address("", roster.WIDGETS)
st.title("Candidates", anchor=False)
reviews.queue(viewer)
filters, sort, descending, view = roster.toolbar()

try:
    after, before = roster.cursors()
    page = reads.candidates(viewer, filters, sort=sort, descending=descending, after=after, before=before)
except CursorError as error:
    st.warning(str(error))
    roster.first_page()
    page = reads.candidates(viewer, filters, sort=sort, descending=descending)

if not page.rows:
    roster.explain_no_match(filters)
    st.stop()

roster.show_mixed_judges(page)
if view == roster.HEAT_MAP:
    roster.heat_map(page.rows)
else:
    roster.roster_list(page.rows)
roster.turn_pages(page)
report_batch.reports(viewer, filters, sort, descending=descending)
notes.about_anybody(viewer)
