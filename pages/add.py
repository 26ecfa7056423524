"""Add interviews: a transcript, its speakers, the person, and a preview before it is saved."""

from __future__ import annotations

import streamlit as st

from pages.parts import add, add_details, add_speakers, recording
from pages.parts.viewer import current_viewer

viewer = current_viewer()
if not viewer.may_add:
    st.info("This page does not exist, or you do not have access.", icon=":material/search_off:")
    st.stop()

st.title("Add interviews", anchor=False)
add.stop_without_rights()
add.show_saved(viewer)
draft = add.draft(viewer, [*add.sources(), *recording.recordings(viewer)])
if draft is None:
    add.formats(recordings=recording.is_offered())
    add_details.kinds_by_title(viewer)
    st.stop()

st.header("Speakers", anchor=False)
add_speakers.table(draft.key)
candidate = add_speakers.candidate(draft.key)
st.header("Conversation", anchor=False)
add_speakers.turns(draft.key)
st.header("Details", anchor=False)
person = add_details.person(viewer, candidate)
add_speakers.warnings(draft.key, candidate, person.name)
add_details.save(viewer, draft, candidate, person)
