"""The roster: who is improving, who needs attention."""

from __future__ import annotations

import streamlit as st

from analytics.roster import CursorError
from pages.parts import cards, data, filters, lists

viewer = st.session_state["viewer"]

filters.keep_place("", lists.WIDGETS)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    st.title("Candidates", anchor=False)
    cards.how()
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = lists.roster_filters()
with st.container(horizontal=True, vertical_alignment="bottom"):
    sort, descending, trends = lists.roster_order()
    by_name = st.container(width="content")

try:
    page = data.candidates(viewer, chosen, sort=sort, descending=descending, **lists.cursors())
except CursorError as error:
    st.warning(str(error))
    lists.first_page()
    page = data.candidates(viewer, chosen, sort=sort, descending=descending)

if not page.rows:
    lists.nobody_found(chosen)
    st.stop()

with by_name:
    named = lists.open_by_name(page.rows)
opened = lists.roster_table(page.rows, sort, trends=trends) or named
lists.turn_pages(page)
if opened is not None:
    st.switch_page("candidate.py", query_params={"candidate": str(opened)})
