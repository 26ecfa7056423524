"""Two to six interviews side by side, skill by skill, of one person or several."""

from __future__ import annotations

import streamlit as st

from analytics import charts
from pages.parts import bench, cards, data, filters, local

viewer = st.session_state["viewer"]

filters.keep_place("interviews")
st.title("Compare interviews", anchor=False)
compared = data.compared(viewer, filters.identities("interviews")[: bench.MOST_ASKED])
records = bench.at_most_six(compared.records)
chosen = bench.chosen_interviews(records)
bench.add_interview(viewer, [record.interview_id for record in chosen])
if len(chosen) < bench.FEWEST:
    bench.too_few(len(chosen))
    st.stop()

baseline = bench.baseline(chosen)
bars, differences = st.columns([3, 2] if len(chosen) <= 3 else 2)
with bars.container(border=True, height="stretch"):
    st.subheader("Scores by skill", anchor=False)
    cards.figure(charts.comparison(records, baseline, zone=local.zone()), key="comparison", file_name="comparison")
with differences.container(border=True, height="stretch"):
    st.subheader("Differences from the baseline", anchor=False)
    bench.differences(records, baseline, compared)
    cards.how()
