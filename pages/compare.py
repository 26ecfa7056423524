"""Two to six interviews side by side, skill by skill, of one person or several."""

from __future__ import annotations

import streamlit as st

from analytics.charts import comparison as charts_comparison
from analytics.columns import now
from pages.parts import address, chart, common, reads, times
from pages.parts.candidate import own_data
from pages.parts.comparison import claims, differences, selection
from pages.parts.interview import tags

viewer = st.session_state["viewer"]

address.restore_address("interviews", (*differences.WIDGETS, *tags.WIDGETS))
st.title("Compare interviews", anchor=False)
view, scatter = reads.comparison(viewer, address.identities("interviews")[: selection.MOST_ASKED])
asked = selection.at_most_six(view.records)
own_data.note_look(viewer, "comparison", user_ids={record.user_id for record in asked})
records = tags.of_kind(viewer, asked)
chosen = selection.chosen_interviews(records, among=[record.interview_id for record in asked])
selection.add_interview(viewer, list(dict.fromkeys(record.interview_id for record in asked)))
if len(chosen) < selection.FEWEST:
    selection.too_few(len(chosen))
    st.stop()

baseline = selection.baseline(chosen)
left, right = st.columns([3, 2] if len(chosen) <= 3 else 2)
with left.container(border=True, height="stretch"):
    st.header("Scores by skill", anchor=False)
    if all(record.shown_score is None for record in records):
        st.caption("None of these interviews has a score yet.")
    else:
        by_change = differences.choose_sorting()
        changes = {about: found.change for about, found in scatter.differences(records, baseline).items()}
        chart.figure(
            charts_comparison.comparison(
                records, changes, by_change=by_change, zone=times.zone(), now=now(), judges=reads.judges(records)
            ),
            key="comparison",
            file_name="comparison",
        )
with right.container(border=True, height="stretch"):
    st.header("Differences from the baseline", anchor=False)
    differences.show_differences(records, baseline, scatter)
    common.help_text()
with st.container(border=True):
    st.header("What was said", anchor=False)
    before, after = claims.two_of(chosen, baseline)
    claims.claim_changes(reads.claim_changes(viewer, before.interview_id, after.interview_id), before, after)
